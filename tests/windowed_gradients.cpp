// SPDX-License-Identifier: BSD-3-Clause
// Gradients of windows of every family between walls: of the input with the bits of the whole, of weight and bias with
// its sums; nothing beside the parts is read.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <espalier/modes.hpp>
#include <espalier/policies/causal.hpp>
#include <espalier/policies/gaussian.hpp>
#include <espalier/policies/masked.hpp>
#include <espalier/policies/symmetric.hpp>
#include <espalier/windowed_gradients.hpp>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "conv/replicated.hpp"
#include "conv/walled.hpp"
#include "conv/window_rows.hpp"
#include "support/catch.hpp"

namespace {

using drawn::causal, drawn::mirrored, drawn::mixed, drawn::reflected, drawn::replicated, drawn::turning;
using drawn::drawn_reals, drawn::rows_of;
using esp::conv3d, esp::dims5, esp::extents, esp::index_t, esp::kernel_family, esp::volume_window;

using tied_type = std::remove_const_t<decltype(esp::symmetric<esp::cube_group>)>;

/// The gradients of one layer behind function pointers, so that what draws and compares is compiled once a type.
template <class T>
struct gradients {
  conv3d config;
  bool is_exact;  ///< Whether the prior passes gradients on as they are, or drops them.
  index_t weights;
  index_t (*whole_scratch)(dims5);
  void (*whole)(const T* x, dims5, const T* weight, const T* y, const T* grad_y, T* grad_x, T* grad_w, T* grad_b,
                std::span<T> scratch);
  volume_window (*reads)(dims5, const volume_window&);
  index_t (*data_scratch)(dims5, const volume_window&, index_t team);
  void (*data)(const T* y, const T* grad_y, const volume_window& part, dims5, const volume_window&, const T* weight,
               T* grad_x, std::span<T> scratch, index_t team);
  volume_window (*input_reads)(dims5, const volume_window&);
  index_t (*weights_scratch)(dims5, const volume_window&, index_t team);
  void (*add_weights)(const T* x, const volume_window& part, dims5, const volume_window&, const T* weight, const T* y,
                      const T* grad_y, T* grad_w, T* grad_b, std::span<T> scratch, index_t team);
};

template <conv3d Config, auto Prior, class T>
gradients<T> gradients_of() {
  using whole = esp::convolution<Config, Prior, T>;
  using parts = esp::windowed_gradients<Config, Prior, T>;
  return {Config,
          !std::is_same_v<std::remove_const_t<decltype(Prior)>, tied_type>,
          whole::weight_size,
          [](dims5 input) { return whole::backward_scratch_size(input); },
          [](const T* x, dims5 input, const T* weight, const T* y, const T* grad_y, T* grad_x, T* grad_w, T* grad_b,
             std::span<T> scratch) {
            whole::backward(x, input, weight, y, grad_y, grad_x, grad_w, grad_b, scratch, esp::threads{1});
          },
          &parts::reads,
          &parts::data_scratch_size,
          [](const T* y, const T* grad_y, const volume_window& part, dims5 input, const volume_window& window,
             const T* weight, T* grad_x, std::span<T> scratch, index_t team) {
            parts::backward_data(y, grad_y, part, input, window, weight, grad_x, scratch, esp::threads{team});
          },
          &parts::input_reads,
          &parts::weights_scratch_size,
          [](const T* x, const volume_window& part, dims5 input, const volume_window& window, const T* weight,
             const T* y, const T* grad_y, T* grad_w, T* grad_b, std::span<T> scratch, index_t team) {
            parts::backward_weights(x, part, input, window, weight, y, grad_y, grad_w, grad_b, scratch,
                                    esp::threads{team});
          }};
}

template <class T>
std::vector<T> drawn_integers(index_t count, std::mt19937& engine) {
  std::vector<T> result(static_cast<std::size_t>(count));
  for (T& value : result) value = static_cast<T>(static_cast<int>(engine() % 5) - 2);
  return result;
}

/// A window of a tensor between walls.
template <class T>
class part_of {
 public:
  part_of(const dims5& shape, const volume_window& window, const std::vector<T>& from, bool behind)
      : memory_(esp::resized(shape, window.size).size()), begin_(behind ? memory_.back() : memory_.front()) {
    rows_of(shape, window,
            [&](index_t row, index_t own) { std::copy_n(&from[index(row)], window.size.w, begin_ + own); });
  }
  [[nodiscard]] const T* data() const { return begin_; }

 private:
  static std::size_t index(index_t i) { return static_cast<std::size_t>(i); }
  drawn::walled<T> memory_;
  T* begin_;
};

/// Scratch full of NaN that ends at a wall.
template <class T>
class walled_scratch {
 public:
  explicit walled_scratch(index_t count) : memory_(count), span_(memory_.back(), static_cast<std::size_t>(count)) {
    // All bits set are a NaN.
    std::memset(static_cast<void*>(span_.data()), 0xff, span_.size_bytes());
  }
  [[nodiscard]] std::span<T> span() const { return span_; }

 private:
  drawn::walled<T> memory_;
  std::span<T> span_;
};

/// Mostly one worker: where a machine is busy, teams wait for each other longer than they compute.
constexpr index_t team_of(index_t i) { return i % 24 == 0 ? 2 + i / 24 % 2 : 1; }

/// Drawn windows of one layer on one input.
template <class T>
class gradient_windows {
 public:
  gradient_windows(const gradients<T>& layer, const dims5& shape, unsigned seed)
      : g(layer),
        engine(seed),
        input(shape),
        output(esp::output_dims(layer.config, shape)),
        weight(drawn_reals<T>(layer.weights, engine)),
        y(drawn_integers<T>(output.size(), engine)) {}

  /// The gradient of the input: real numbers, bit by bit.
  index_t check_data(index_t count) {
    const std::vector<T> x = drawn_reals<T>(input.size(), engine);
    grad_y = drawn_reals<T>(output.size(), engine);
    grad_x.resize(x.size());
    std::vector<T> grad_w(weight.size()), grad_b(static_cast<std::size_t>(output.c));
    run_whole(x, grad_w, grad_b);
    for (index_t i = 0; i < count; ++i) {
      const auto [d, D] = draw(input.d);
      const auto [h, H] = draw(input.h);
      const auto [w, W] = draw(input.w);
      compare({{d, h, w}, {D, H, W}}, team_of(i), i % 2 == 0);
    }
    return count;
  }

  /// The gradients of weight and bias: integers, whose sums are exact, over the windows of drawn divisions.
  index_t check_weights(index_t divisions) {
    const std::vector<T> x = drawn_integers<T>(input.size(), engine);
    grad_y = drawn_integers<T>(output.size(), engine);
    grad_x.resize(x.size());
    std::vector<T> grad_w(weight.size()), grad_b(static_cast<std::size_t>(output.c));
    run_whole(x, grad_w, grad_b);
    index_t count = 0;
    for (index_t i = 0; i < divisions; ++i) {
      std::vector<T> sum_w(grad_w.size()), sum_b(grad_b.size());
      const auto d = divide(output.d), h = divide(output.h), w = divide(output.w);
      for (const auto& [od, OD] : d)
        for (const auto& [oh, OH] : h)
          for (const auto& [ow, OW] : w) {
            add({{od, oh, ow}, {OD, OH, OW}}, x, team_of(count), count % 2 == 0, sum_w, sum_b);
            ++count;
          }
      INFO(words());
      // A prior's gradient may round.
      index_t wrong = 0;
      for (std::size_t k = 0; k < sum_w.size(); ++k) {
        wrong +=
            g.is_exact ? sum_w[k] != grad_w[k] : std::abs(sum_w[k] - grad_w[k]) > T(1e-5) * (std::abs(grad_w[k]) + 1);
      }
      REQUIRE(wrong == 0);
      if (g.config.bias) REQUIRE(sum_b == grad_b);
    }
    return count;
  }

 private:
  std::pair<index_t, index_t> draw(index_t size) {
    const index_t begin = static_cast<index_t>(engine()) % size;
    return {begin, 1 + static_cast<index_t>(engine()) % (size - begin)};
  }
  std::vector<std::pair<index_t, index_t>> divide(index_t size) {
    const index_t cut = static_cast<index_t>(engine()) % size;
    if (cut == 0) return {{0, size}};
    return {{0, cut}, {cut, size - cut}};
  }
  std::string words() const {
    const extents &K = g.config.kernel_size, &S = g.config.stride;
    const auto three = [](const extents& e) {
      return std::to_string(e.d) + " " + std::to_string(e.h) + " " + std::to_string(e.w);
    };
    return "input " + esp::to_string(input) + " > " + std::to_string(output.c) + ", kernel " + three(K) + ", stride " +
           three(S) + ", " + std::to_string(sizeof(T) * 8) + " bits";
  }
  void run_whole(const std::vector<T>& x, std::vector<T>& grad_w, std::vector<T>& grad_b) {
    std::vector<T> scratch(static_cast<std::size_t>(g.whole_scratch(input)));
    g.whole(x.data(), input, weight.data(), y.data(), grad_y.data(), grad_x.data(), grad_w.data(), grad_b.data(),
            std::span<T>(scratch));
  }

  void compare(const volume_window& window, index_t team, bool behind) {
    const volume_window part = g.reads(input, window);
    INFO(words() << ", window at " << window.begin.d << " " << window.begin.h << " " << window.begin.w << " of "
                 << window.size.d << " " << window.size.h << " " << window.size.w << ", read at " << part.begin.d << " "
                 << part.begin.h << " " << part.begin.w << " of " << part.size.d << " " << part.size.h << " "
                 << part.size.w << ", team " << team);
    const part_of<T> own_y(output, part, y, behind), own_grad(output, part, grad_y, behind);
    const walled_scratch<T> room(g.data_scratch(input, window, team));
    const index_t written = esp::resized(input, window.size).size();
    drawn::walled<T> memory(written);
    T* const result = behind ? memory.back() : memory.front();
    std::fill_n(result, written, std::numeric_limits<T>::quiet_NaN());
    g.data(own_y.data(), own_grad.data(), part, input, window, weight.data(), result, room.span(), team);
    index_t wrong = 0;
    rows_of(input, window, [&](index_t whole_row, index_t row) {
      const T* const expected = grad_x.data() + whole_row;
      for (index_t i = 0; i < window.size.w; ++i) {
        const bool zeros = expected[i] == T(0) && result[row + i] == T(0);
        wrong += zeros || std::memcmp(expected + i, result + row + i, sizeof(T)) == 0 ? 0 : 1;
      }
    });
    REQUIRE(wrong == 0);
  }

  void add(const volume_window& window, const std::vector<T>& x, index_t team, bool behind, std::vector<T>& sum_w,
           std::vector<T>& sum_b) {
    const volume_window part = g.input_reads(input, window);
    const part_of<T> own_x(input, part, x, behind), own_y(output, window, y, behind),
        own_grad(output, window, grad_y, behind);
    const walled_scratch<T> room(g.weights_scratch(input, window, team));
    g.add_weights(own_x.data(), part, input, window, weight.data(), own_y.data(), own_grad.data(), sum_w.data(),
                  sum_b.data(), room.span(), team);
  }

  gradients<T> g;
  std::mt19937 engine;
  dims5 input, output;
  std::vector<T> weight, y, grad_y{}, grad_x{};
};

constexpr index_t windows_each = 2 * 168;

struct counts {
  index_t data = 0, weights = 0;
};

/// Windows of two inputs with each of the configurations.
template <class T, auto Prior, conv3d... Configs>
counts windows(const extents& size, unsigned seed) {
  counts total;
  const auto check = [&](const gradients<T>& g, const dims5& input) {
    gradient_windows<T> windows(g, input, ++seed);
    total.data += windows.check_data(windows_each / 2);
    total.weights += windows.check_weights(6);
  };
  const auto each = [&](const gradients<T>& g) {
    const index_t c = g.config.in_channels;
    check(g, {1, c, size.d, size.h, size.w});
    check(g, {2, c, size.w / 2, size.d, size.h});
  };
  (each(gradients_of<Configs, Prior, T>()), ...);
  return total;
}

constexpr conv3d flat{.in_channels = 3, .out_channels = 32, .kernel_size = 1};

template <conv3d Config, auto Prior = esp::identity>
constexpr kernel_family family = esp::convolution<Config, Prior>::choice_of(esp::direction::backward_data).family;

}  // namespace

TEST_CASE("gradients of windows of few channels", "[window]") {
  constexpr conv3d strided{
      .in_channels = 3, .out_channels = 6, .kernel_size = {3, 2, 4}, .stride = {2, 3, 2}, .padding = {{2, 0}, 1, 3}};
  constexpr conv3d grouped{.in_channels = 4,
                           .out_channels = 6,
                           .kernel_size = {2, 3, 3},
                           .dilation = {3, 2, 2},
                           .padding = esp::same,
                           .groups = 2,
                           .activation = esp::activation::relu};
  // Strides over more than the kernel reaches, so that some voxels are read by nobody.
  constexpr conv3d apart{.in_channels = 2,
                         .out_channels = 5,
                         .kernel_size = {1, 2, 1},
                         .stride = {2, 3, 4},
                         .enforce = esp::enforcement::post_step};
  constexpr conv3d row{.in_channels = 1, .out_channels = 1, .kernel_size = 5, .padding = esp::same};
  static_assert(family<strided> == kernel_family::plane && family<grouped> == kernel_family::plane);
  static_assert(family<row> == kernel_family::row && family<flat> == kernel_family::flat);
  const counts a =
      windows<float, esp::identity, mixed(strided), mirrored(grouped), apart, turning(row), flat>({5, 6, 17}, 100);
  REQUIRE(a.data == 5 * windows_each);
  REQUIRE(a.weights > 5 * 40);
}

TEST_CASE("gradients of windows of many channels", "[window]") {
  constexpr conv3d dense{.in_channels = 16, .out_channels = 32, .kernel_size = {2, 3, 2}, .padding = {{0, 1}, 1, 3}};
  constexpr conv3d strided{
      .in_channels = 48, .out_channels = 5, .kernel_size = {2, 1, 3}, .stride = {1, 2, 2}, .padding = {{0, 1}, 1, 3}};
  static_assert(esp::lanes<float> < 16 ||
                (family<dense> == kernel_family::channel && family<strided> == kernel_family::channel));
  const counts a = windows<float, esp::identity, dense, causal(strided)>({4, 4, 8}, 300);
  REQUIRE(a.data == 2 * windows_each);
}

TEST_CASE("gradients of windows of tiles", "[window]") {
  constexpr conv3d cube{.in_channels = 3,
                        .out_channels = 4,
                        .kernel_size = 3,
                        .padding = {{1, 2}, 1, {0, 4}},
                        .algorithm = esp::algorithm::winograd,
                        .activation = esp::activation::relu};
  constexpr conv3d larger{.in_channels = 2,
                          .out_channels = 3,
                          .kernel_size = 3,
                          .padding = {1, 2, 1},
                          .algorithm = esp::algorithm::winograd_f43};
  static_assert(family<cube> == kernel_family::winograd && family<larger> == kernel_family::winograd);
  const counts a = windows<float, esp::identity, cube, reflected(larger)>({5, 6, 17}, 400);
  REQUIRE(a.data == 2 * windows_each);
}

TEST_CASE("gradients of windows of kernels with structure", "[window]") {
  constexpr conv3d few{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1};
  constexpr conv3d one{.in_channels = 1, .out_channels = 1, .kernel_size = 7, .padding = esp::same, .bias = false};
  constexpr conv3d merged{.in_channels = 1, .out_channels = 12, .kernel_size = 3, .dilation = 2, .padding = 2};
  constexpr auto past = esp::causal<esp::axis::depth>;
  constexpr auto tied = esp::symmetric<esp::cube_group>;
  constexpr auto bell = esp::gaussian<1.5>;
  constexpr auto star = esp::masked<'B'>;
  static_assert(family<few, tied> == kernel_family::tied && family<one, bell> == kernel_family::separable);
  const counts a = windows<float, past, few>({5, 6, 17}, 500), b = windows<float, tied, mixed(few)>({5, 6, 17}, 600);
  const counts c = windows<float, star, few, merged>({5, 6, 17}, 700),
               d = windows<float, bell, reflected(one)>({5, 6, 17}, 800);
  REQUIRE(a.data + b.data + c.data + d.data == 5 * windows_each);
}

TEST_CASE("gradients of windows of taps that lie far apart", "[window]") {
  constexpr conv3d apart{
      .in_channels = 2, .out_channels = 3, .kernel_size = 3, .dilation = {2, 100000, 100000}, .padding = esp::same};
  const counts a = windows<float, esp::identity, replicated(apart)>({5, 6, 10}, 900);
  REQUIRE(a.data == windows_each);
}

TEST_CASE("gradients of windows that cannot be computed are refused before anything is written", "[window]") {
  using parts = esp::windowed_gradients<flat>;
  constexpr dims5 input{1, 3, 4, 4, 4};
  constexpr volume_window window{{1, 0, 0}, {2, 4, 4}}, other{{2, 0, 0}, {2, 4, 4}};
  const std::vector<float> weight(96, 1), x(96, 1), grad_y(1024, 1);
  std::vector<float> grad_x(96, 7), grad_w(96, 7), grad_b(32, 7), scratch(10000);
  const auto sentence = [](const auto& call) -> std::string {
    try {
      call();
    } catch (const esp::error& e) {
      return e.what();
    }
    return "";
  };
  const auto data = [&](const volume_window& held, const volume_window& asked, const float* from, float* to,
                        std::size_t room) {
    return sentence([&] {
      parts::backward_data(nullptr, from, held, input, asked, weight.data(), to, std::span<float>(scratch).first(room),
                           esp::threads{1});
    });
  };
  CHECK(data(other, window, grad_y.data(), grad_x.data(), 10000) ==
        "ESP-253: the part of the output's gradient has 2 positions from 2 on along D but the window reads 2 from 1 "
        "on; ask windowed_gradients::reads, or read_gradient_window for a layer");
  CHECK(data(window, {{3, 0, 0}, {2, 4, 4}}, grad_y.data(), grad_x.data(), 10000) ==
        "ESP-251: the window of 2 positions from 3 on along D is not inside of the input, which has 4 there; clip the "
        "window to the input");
  CHECK(data(window, {{3, 0, 0}, {0, 4, 4}}, grad_y.data(), grad_x.data(), 10000).substr(0, 7) == "ESP-250");
  CHECK(data(window, window, nullptr, grad_x.data(), 10000).substr(0, 7) == "ESP-106");
  CHECK(data(window, window, grad_y.data(), nullptr, 10000).substr(0, 7) == "ESP-106");
  CHECK(data(window, window, grad_x.data(), grad_x.data(), 10000).substr(0, 7) == "ESP-108");
  CHECK(data(window, window, grad_y.data(), grad_x.data(), 10).substr(0, 7) == "ESP-105");
  CHECK(grad_x == std::vector<float>(96, 7));
  const auto weights = [&](const volume_window& held, float* to, float* bias) {
    return sentence([&] {
      parts::backward_weights(x.data(), held, input, window, weight.data(), nullptr, grad_y.data(), to, bias,
                              std::span<float>(scratch), esp::threads{1});
    });
  };
  CHECK(weights(other, grad_w.data(), grad_b.data()) ==
        "ESP-252: the part of the input has 2 voxels from 2 on along D but the window reads 2 from 1 on; ask "
        "windowed_gradients::input_reads, or read_weights_window for a layer");
  CHECK(weights(window, nullptr, grad_b.data()).substr(0, 7) == "ESP-106");
  CHECK(weights(window, grad_w.data(), nullptr).substr(0, 7) == "ESP-106");
  CHECK(weights(window, grad_w.data(), grad_w.data()).substr(0, 7) == "ESP-108");
  CHECK((grad_w == std::vector<float>(96, 7) && grad_b == std::vector<float>(32, 7)));
  CHECK(weights(window, grad_w.data(), grad_b.data()).empty());
  CHECK((grad_w == std::vector<float>(96, 39) && grad_b == std::vector<float>(32, 39)));
}
