// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdlib>
#include <espalier/convolution.hpp>
#include <espalier/modes.hpp>
#include <limits>
#include <new>
#include <vector>

#include "conv/drawn_forward.hpp"
#include "support/layer.hpp"

// The operations on raw pointers: their scratch, what they refuse, that they allocate nothing.

namespace {

/// Calls of operator new on this thread; those of other threads and other libraries' mallocs do not disturb it.
thread_local long allocations = 0;

void* counted_or_null(std::size_t size, std::size_t align) noexcept {
  ++allocations;
  // aligned_alloc wants a multiple of the alignment.
  return align <= alignof(std::max_align_t) ? std::malloc(size + (size == 0 ? 1 : 0))
                                            : std::aligned_alloc(align, (size / align + 1) * align);
}
void* counted(std::size_t size, std::size_t align) {
  void* const p = counted_or_null(size, align);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}

/// Not inlined: g++ takes `free` for a mismatch where it sees the `new` of a container beside it.
[[gnu::noinline]] void released(void* p) noexcept { std::free(p); }

}  // namespace

void* operator new(std::size_t size) { return counted(size, 1); }
void* operator new[](std::size_t size) { return counted(size, 1); }
void* operator new(std::size_t size, std::align_val_t align) { return counted(size, static_cast<std::size_t>(align)); }
void* operator new[](std::size_t size, std::align_val_t align) {
  return counted(size, static_cast<std::size_t>(align));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return counted_or_null(size, 1); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return counted_or_null(size, 1); }
void* operator new(std::size_t size, std::align_val_t align, const std::nothrow_t&) noexcept {
  return counted_or_null(size, static_cast<std::size_t>(align));
}
void* operator new[](std::size_t size, std::align_val_t align, const std::nothrow_t&) noexcept {
  return counted_or_null(size, static_cast<std::size_t>(align));
}
void operator delete(void* p) noexcept { released(p); }
void operator delete[](void* p) noexcept { released(p); }
void operator delete(void* p, std::size_t) noexcept { released(p); }
void operator delete[](void* p, std::size_t) noexcept { released(p); }
void operator delete(void* p, std::align_val_t) noexcept { released(p); }
void operator delete[](void* p, std::align_val_t) noexcept { released(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { released(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { released(p); }

namespace {

using drawn::guarded;
using esp::index_t;
using support::throws;

constexpr esp::conv3d config{.in_channels = 3, .out_channels = 5, .kernel_size = {3, 3, 2}, .padding = 1};
constexpr esp::conv3d post_step{.in_channels = 3,
                                .out_channels = 5,
                                .kernel_size = {3, 3, 2},
                                .padding = 1,
                                .enforce = esp::enforcement::post_step};
constexpr esp::dims5 input{2, 3, 4, 5, 9};
constexpr auto prior = esp::modes::nonneg_sum1;

/// All memory of one call, each part between guard zones, outputs and scratch full of NaN.
template <class Op>
struct call {
  using T = typename Op::element;
  guarded<T> x{input.size()}, weight{Op::weights.size()}, bias{Op::config.out_channels};
  guarded<T> y{Op::output_shape(input).size()}, scratch;

  explicit call(index_t workers = 1) : scratch(Op::scratch_size(input, workers)) {
    std::mt19937 engine(5);
    for (auto* part : {&x, &weight, &bias}) drawn::draw_reals(*part, engine);
  }
  [[nodiscard]] std::span<T> whole_scratch() { return {scratch.data(), static_cast<std::size_t>(scratch.size())}; }
  template <class E = esp::serial>
  void run(const E& executor = {}) {
    Op::forward(x.data(), input, weight.data(), bias.data(), y.data(), whole_scratch(), executor);
  }
  [[nodiscard]] bool intact() const {
    return x.intact() && weight.intact() && bias.intact() && y.intact() && scratch.intact();
  }
  /// No element of y was written.
  [[nodiscard]] bool untouched() const {
    return intact() && std::all_of(y.data(), y.data() + y.size(), [](T v) { return v != v; });
  }
};

/// The layer's output for the same numbers.
template <class Op, auto Prior>
bool equals_layer(const call<Op>& c) {
  using T = typename Op::element;
  esp::constrained_conv3d<Op::config, Prior, T> conv;
  std::copy_n(c.weight.data(), c.weight.size(), conv.weight().data());
  std::copy_n(c.bias.data(), c.bias.size(), conv.bias().data());
  esp::tensor<T, 5> x(support::shape5{2, 3, 4, 5, 9});
  std::copy_n(c.x.data(), c.x.size(), x.data());
  const auto y = conv(x);
  return static_cast<index_t>(y.size()) == c.y.size() && std::memcmp(y.data(), c.y.data(), y.size() * sizeof(T)) == 0;
}

}  // namespace

TEMPLATE_TEST_CASE("forward on raw pointers equals the layer bit by bit", "[convolution]", float, double) {
  using forward = esp::convolution<config, prior, TestType>;
  using stored = esp::convolution<post_step, prior, TestType>;
  for (const index_t team : {1, 2, 5}) {
    call<forward> a(team);
    a.run(esp::threads{team});
    REQUIRE(a.intact());
    REQUIRE(equals_layer<forward, prior>(a));
    call<stored> b(team);
    b.run(esp::threads{team});
    REQUIRE(b.intact());
    REQUIRE(equals_layer<stored, prior>(b));
    REQUIRE(std::memcmp(a.y.data(), b.y.data(), static_cast<std::size_t>(a.y.size()) * sizeof(TestType)) != 0);
  }
}

TEST_CASE("neither forward nor constrain allocates", "[convolution]") {
  using op = esp::convolution<config, prior>;
  call<op> c(2);
  guarded<float> result(op::weights.size()), scratch(op::constrain_scratch_size());
  const long before = allocations;
  c.run();
  c.run(esp::threads{2});
  op::constrain(c.weight.data(), result.data(), {scratch.data(), static_cast<std::size_t>(scratch.size())});
  const index_t size = op::scratch_size(input, 2);
  REQUIRE(allocations == before);
  REQUIRE(size == c.scratch.size());
  REQUIRE((result.intact() && scratch.intact()));

  // The counter counts.
  const esp::aligned_buffer<float> one(1);
  const std::vector<int> two(1);
  REQUIRE(allocations >= before + 2);
}

TEST_CASE("scratch may start at any element and one element less is refused", "[convolution]") {
  using op = esp::convolution<config, prior>;
  const index_t needed = op::scratch_size(input);
  call<op> c;
  for (index_t start = 0; start < 17; ++start) {
    // A vector of the very size: a sanitizer sees the first element too many.
    std::vector<float> memory(static_cast<std::size_t>(needed + start));
    const std::span<float> scratch(memory.data() + start, static_cast<std::size_t>(needed));
    op::forward(c.x.data(), input, c.weight.data(), c.bias.data(), c.y.data(), scratch);
    REQUIRE(equals_layer<op, prior>(c));
    std::fill_n(c.y.data(), c.y.size(), std::numeric_limits<float>::quiet_NaN());
    const auto shorter = scratch.first(scratch.size() - 1);
    REQUIRE(throws([&] { op::forward(c.x.data(), input, c.weight.data(), c.bias.data(), c.y.data(), shorter); },
                   "ESP-105", std::to_string(needed - 1) + " elements", std::to_string(needed) + " are needed",
                   "ask scratch_size(input, workers)"));
    REQUIRE(c.untouched());
  }
  REQUIRE(throws([&] { op::forward(c.x.data(), input, c.weight.data(), c.bias.data(), c.y.data(), {}); }, "ESP-105"));
  // A team needs more than one worker does.
  REQUIRE(op::scratch_size(input, 3) > needed);
#if defined(_OPENMP)
  REQUIRE(throws([&] { c.run(esp::threads{3}); }, "ESP-105"));
#endif
  REQUIRE(c.untouched());
}

TEST_CASE("constrain writes the layer's constrained weight, in place too", "[convolution]") {
  using op = esp::convolution<config, prior, double>;
  STATIC_REQUIRE(op::constrain_scratch_size() > 0);
  call<op> c;
  esp::constrained_conv3d<config, prior, double> conv;
  std::copy_n(c.weight.data(), c.weight.size(), conv.weight().data());
  const auto expected = conv.constrained_weight();
  for (index_t start = 0; start < 9; ++start) {
    guarded<double> result(op::weights.size()), memory(op::constrain_scratch_size() + start);
    const std::span<double> scratch(memory.data() + start, static_cast<std::size_t>(op::constrain_scratch_size()));
    op::constrain(c.weight.data(), result.data(), scratch);
    REQUIRE((result.intact() && memory.intact() && c.intact()));
    REQUIRE(std::equal(expected.begin(), expected.end(), result.data()));
    std::copy_n(c.weight.data(), c.weight.size(), result.data());
    op::constrain(result.data(), result.data(), scratch);
    REQUIRE(std::equal(expected.begin(), expected.end(), result.data()));
    REQUIRE(throws([&] { op::constrain(c.weight.data(), result.data(), scratch.first(scratch.size() - 1)); }, "ESP-105",
                   "ask constrain_scratch_size()"));
    REQUIRE(throws([&] { op::constrain(nullptr, result.data(), scratch); }, "ESP-106"));
    REQUIRE(throws([&] { op::constrain(c.weight.data(), nullptr, scratch); }, "ESP-106"));
    REQUIRE(std::equal(expected.begin(), expected.end(), result.data()));
  }
}

TEMPLATE_TEST_CASE("memory that no element may lie at is refused", "[convolution]", float, double) {
  using T = TestType;
  using op = esp::convolution<config, prior, T>;
  call<op> c;
  const index_t needed = op::scratch_size(input);
  std::vector<T> memory(static_cast<std::size_t>(needed + c.x.size() + c.y.size() + c.weight.size() + 2));
  for (std::size_t off = 1; off < sizeof(T); ++off) {
    T* const crooked = reinterpret_cast<T*>(reinterpret_cast<char*>(memory.data()) + off);
    const std::span<T> scratch = c.whole_scratch(), crooked_scratch(crooked, static_cast<std::size_t>(needed));
    const auto refused = [&](const T* x, const T* weight, const T* bias, T* y, std::span<T> room) {
      return throws([&] { op::forward(x, input, weight, bias, y, room); }, "ESP-180",
                    "multiple of " + std::to_string(alignof(T))) &&
             c.untouched();
    };
    REQUIRE(refused(c.x.data(), c.weight.data(), c.bias.data(), c.y.data(), crooked_scratch));
    REQUIRE(refused(crooked, c.weight.data(), c.bias.data(), c.y.data(), scratch));
    REQUIRE(refused(c.x.data(), crooked, c.bias.data(), c.y.data(), scratch));
    REQUIRE(refused(c.x.data(), c.weight.data(), crooked, c.y.data(), scratch));
    REQUIRE(refused(c.x.data(), c.weight.data(), c.bias.data(), crooked, scratch));
    REQUIRE(throws([&] { op::constrain(c.weight.data(), c.weight.data(), crooked_scratch); }, "ESP-180"));
    REQUIRE(throws(
        [&] {
          op::backward(c.x.data(), input, c.weight.data(), c.y.data(), nullptr, memory.data(), memory.data(),
                       std::span<T>(crooked, std::size_t{1} << 40));
        },
        "ESP-180"));
  }
}

TEST_CASE("null pointers are refused", "[convolution]") {
  using op = esp::convolution<config, prior>;
  call<op> c;
  const auto refused = [&](const float* x, const float* weight, const float* bias, float* y) {
    return throws([&] { op::forward(x, input, weight, bias, y, c.whole_scratch()); }, "ESP-106", "null pointer",
                  "x, weight, bias or y") &&
           c.untouched();
  };
  REQUIRE(refused(nullptr, c.weight.data(), c.bias.data(), c.y.data()));
  REQUIRE(refused(c.x.data(), nullptr, c.bias.data(), c.y.data()));
  REQUIRE(refused(c.x.data(), c.weight.data(), nullptr, c.y.data()));
  REQUIRE(refused(c.x.data(), c.weight.data(), c.bias.data(), nullptr));

  // What is never read may be null: the bias where there is none, x and y of an empty batch.
  using plain = esp::convolution<esp::conv3d{.in_channels = 3, .out_channels = 5, .kernel_size = 1, .bias = false}>;
  std::vector<float> y(static_cast<std::size_t>(plain::output_shape(input).size()));
  std::vector<float> scratch(static_cast<std::size_t>(plain::scratch_size(input)));
  plain::forward(c.x.data(), input, c.weight.data(), nullptr, y.data(), scratch);
  plain::forward(nullptr, {0, 3, 4, 5, 9}, c.weight.data(), nullptr, nullptr, scratch);
}

TEST_CASE("an output that overlaps the input is refused, neighbours are not", "[convolution]") {
  using op = esp::convolution<esp::conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = 3, .padding = 1}>;
  constexpr esp::dims5 shape{1, 2, 3, 4, 5};
  constexpr index_t size = shape.size();
  std::vector<float> memory(static_cast<std::size_t>(3 * size), 1.0F);
  std::vector<float> weight(static_cast<std::size_t>(op::weights.size()), 1.0F), bias(2, 0.0F);
  std::vector<float> scratch(static_cast<std::size_t>(op::scratch_size(shape)));
  float* const x = memory.data() + size;
  for (const index_t shift : {-size + 1, index_t{-1}, index_t{0}, index_t{1}, size - 1}) {
    REQUIRE(throws([&] { op::forward(x, shape, weight.data(), bias.data(), x + shift, scratch); }, "ESP-108"));
    REQUIRE(memory == std::vector<float>(memory.size(), 1.0F));
  }
  for (const index_t shift : {-size, size}) {
    op::forward(x, shape, weight.data(), bias.data(), x + shift, scratch);
    REQUIRE(x[shift] == 2 * 8);  // the corner: eight taps of two channels
  }
  REQUIRE(std::all_of(x, x + size, [](float v) { return v == 1; }));
}

TEST_CASE("wrong shapes and impossible teams are refused", "[convolution]") {
  using op = esp::convolution<config, prior>;
  call<op> c;
  const auto refused = [&](esp::dims5 shape, const char* id) {
    return throws([&] { static_cast<void>(op::output_shape(shape)); }, id) &&
           throws([&] { static_cast<void>(op::scratch_size(shape)); }, id) &&
           throws(
               [&] { op::forward(c.x.data(), shape, c.weight.data(), c.bias.data(), c.y.data(), c.whole_scratch()); },
               id) &&
           c.untouched();
  };
  REQUIRE(refused({2, 4, 4, 5, 9}, "ESP-101"));
  REQUIRE(refused({2, 3, 4, 0, 9}, "ESP-102"));
  REQUIRE(refused({index_t{1} << 40, 3, index_t{1} << 20, 5, 9}, "ESP-103"));
  REQUIRE(refused({2, 3, 4, -5, 9}, "ESP-104"));
  constexpr index_t most = std::numeric_limits<index_t>::max();
  for (const index_t team : {most, most / 8, most / 1024}) {
    REQUIRE(throws([&] { static_cast<void>(op::scratch_size(input, team)); }, "ESP-103", std::to_string(team)));
  }
  REQUIRE(op::scratch_size(input, 1 << 20) > 0);
  REQUIRE(op::scratch_size(input, -1) == op::scratch_size(input, 1));
}

TEST_CASE("named parameters are an argument", "[convolution]") {
  using op = esp::convolution<config, esp::modes::max_l2<esp::param<"c">>>;
  call<op> c;
  REQUIRE(throws([&] { c.run(); }, "ESP-110", "\"c\""));
  REQUIRE(c.untouched());
  op::parameters_type named;
  named.set<"c">(0.5F);
  op::forward(c.x.data(), input, c.weight.data(), c.bias.data(), c.y.data(), c.whole_scratch(), esp::serial{}, named);
  esp::constrained_conv3d<config, esp::modes::max_l2<esp::param<"c">>> conv;
  conv.set<"c">(0.5F);
  std::copy_n(c.weight.data(), c.weight.size(), conv.weight().data());
  std::copy_n(c.bias.data(), c.bias.size(), conv.bias().data());
  std::vector<float> y(static_cast<std::size_t>(c.y.size()));
  conv.forward(c.x.data(), input, y.data());
  REQUIRE(std::equal(y.begin(), y.end(), c.y.data()));
}

TEST_CASE("the algorithm changes a result by rounding alone", "[convolution]") {
  constexpr esp::conv3d automatic{.in_channels = 16, .out_channels = 16, .kernel_size = 3, .padding = 1};
  constexpr auto with = [](esp::conv3d c, esp::algorithm a) {
    c.algorithm = a;
    return c;
  };
  using fast = esp::convolution<automatic, esp::modes::unit_l2>;
  using winograd = esp::convolution<with(automatic, esp::algorithm::winograd), esp::modes::unit_l2>;
  using direct = esp::convolution<with(automatic, esp::algorithm::direct), esp::modes::unit_l2>;
  STATIC_REQUIRE(fast::algorithm_of(esp::direction::forward) == esp::algorithm::winograd);
  STATIC_REQUIRE(direct::algorithm_of(esp::direction::forward) == esp::algorithm::direct);
  const esp::dims5 in{1, 16, 4, 5, 19};
  const auto run = [&in]<class C>() {
    std::vector<float> x(static_cast<std::size_t>(in.size())), weight(static_cast<std::size_t>(C::weights.size()));
    std::vector<float> y(x.size()), bias(16, 0.5F), scratch(static_cast<std::size_t>(C::scratch_size(in, 2)));
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 13) / 7 - 1;
    for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = static_cast<float>(i % 17) / 9 - 1;
    C::forward(x.data(), in, weight.data(), bias.data(), y.data(), scratch, esp::threads{2});
    return y;
  };
  using tall = esp::convolution<with(automatic, esp::algorithm::winograd_f43), esp::modes::unit_l2>;
  STATIC_REQUIRE(tall::algorithm_of(esp::direction::forward) == esp::algorithm::winograd_f43);
  STATIC_REQUIRE(tall::algorithm_of(esp::direction::backward_weights) == esp::algorithm::winograd);
  const auto expected = run.template operator()<direct>();
  REQUIRE(run.template operator()<fast>() == run.template operator()<winograd>());
  const auto found = run.template operator()<winograd>(), found_tall = run.template operator()<tall>();
  REQUIRE(found_tall != found);
  for (std::size_t i = 0; i < found.size(); ++i) {
    REQUIRE(std::abs(found[i] - expected[i]) < 2e-5F);
    REQUIRE(std::abs(found_tall[i] - expected[i]) < 2e-5F);
  }

  const auto gradients = [&in]<class C>() {
    std::vector<float> x(static_cast<std::size_t>(in.size())), weight(static_cast<std::size_t>(C::weights.size()));
    std::vector<float> grad_y(x.size()), grads(x.size() + weight.size()), bias(16);
    std::vector<float> scratch(static_cast<std::size_t>(C::backward_scratch_size(in, 2)));
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 13) / 7 - 1;
    for (std::size_t i = 0; i < x.size(); ++i) grad_y[i] = static_cast<float>(i % 11) / 6 - 1;
    for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = static_cast<float>(i % 17) / 9 - 1;
    C::backward(x.data(), in, weight.data(), grad_y.data(), grads.data(), grads.data() + x.size(), bias.data(), scratch,
                esp::threads{2});
    return grads;
  };
  const auto expected_gradients = gradients.template operator()<direct>();
  const auto tall_gradients = gradients.template operator()<tall>();
  const auto plain_gradients = gradients.template operator()<winograd>();
  const auto size = static_cast<std::ptrdiff_t>(in.size());
  REQUIRE(std::equal(plain_gradients.begin() + size, plain_gradients.end(), tall_gradients.begin() + size));
  for (std::size_t i = 0; i < tall_gradients.size(); ++i) {
    REQUIRE(std::abs(tall_gradients[i] - expected_gradients[i]) < 2e-5F * (1 + std::abs(expected_gradients[i])));
  }
}
