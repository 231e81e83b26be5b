// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/flat/nest.hpp>

#include "conv/drawn_backward_data.hpp"
#include "conv/drawn_forward.hpp"

namespace {

using esp::conv3d;
using esp::index_t;

constexpr conv3d layer(index_t in, index_t out, index_t groups = 1, bool bias = true) {
  return {.in_channels = in, .out_channels = out, .kernel_size = 1, .groups = groups, .bias = bias};
}

template <conv3d... Configs>
void families(unsigned seed) {
  static_assert(((esp::direct_forward<Configs, float>::chosen.family == esp::kernel_family::flat) && ...));
  static_assert(((esp::direct_backward_data<Configs, float>::chosen.family == esp::kernel_family::flat) && ...));
  REQUIRE(drawn::families<Configs...>(seed) == static_cast<index_t>(sizeof...(Configs)) * 90);
  REQUIRE(drawn::data_families<Configs...>(seed) == static_cast<index_t>(sizeof...(Configs)) * 90);
}

/// Every width from 1 to 70, and starts that are not aligned: nothing outside of the tensors is touched.
template <conv3d Config, class T>
void widths() {
  for (index_t w = 1; w <= 70; ++w) {
    drawn::compare<Config, T>({1 + w % 2, Config.in_channels, 1, 1, w}, static_cast<unsigned>(w), w % 3 != 0);
    drawn::compare_data<Config, T>({1 + w % 2, Config.in_channels, 1, 1, w}, static_cast<unsigned>(w));
  }
}

/// The output for a team of `team`, from a first element `shift` elements past a cache line.
template <conv3d Config, class T>
std::vector<T> output(const std::vector<T>& x, esp::dims5 input, index_t team, std::size_t shift) {
  using forward = esp::direct_forward<Config, T>;
  const esp::weight_shape shape = esp::weight_shape_of(Config);
  std::vector<T> weight(static_cast<std::size_t>(shape.size())), bias(static_cast<std::size_t>(Config.out_channels)),
      packed(static_cast<std::size_t>(forward::packed_size())),
      scratch(static_cast<std::size_t>(forward::scratch_size(input, team)));
  for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = T(1) / static_cast<T>(i + 3);
  for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = T(1) / static_cast<T>(i + 7);
  forward::pack(weight.data(), packed.data());
  const esp::dims5 Y = esp::output_dims(Config, input);
  const std::size_t count = static_cast<std::size_t>(Y.size());
  std::vector<T> y(count + 64);
  T* to = y.data();
  while (reinterpret_cast<std::uintptr_t>(to) % esp::alignment != 0) ++to;
  forward::run(x.data(), input, packed.data(), bias.data(), to + shift, scratch.data(), esp::threads{team});
  return {to + shift, to + shift + count};
}

template <conv3d Config, class T>
void same_for_every_team_and_start(esp::dims5 input) {
  std::mt19937 engine(7);
  std::uniform_real_distribution<T> uniform(-1, 1);
  std::vector<T> x(static_cast<std::size_t>(input.size()));
  for (T& value : x) value = uniform(engine);
  const std::vector<T> expected = output<Config, T>(x, input, 1, 0);
  for (const index_t team : {1, 2, 3, 7}) {
    for (const std::size_t shift : {std::size_t{0}, std::size_t{1}, std::size_t{5}}) {
      REQUIRE(std::memcmp(output<Config, T>(x, input, team, shift).data(), expected.data(),
                          expected.size() * sizeof(T)) == 0);
    }
  }
}

}  // namespace

TEST_CASE("extent 1: channels and groups", "[conv]") {
  families<layer(1, 1), layer(5, 3), layer(3, 5, 1, false), layer(13, 12), layer(6, 4, 2), layer(18, 20, 2),
           layer(4, 4, 4)>(31000);
}

TEST_CASE("extent 1: every width", "[conv]") {
  widths<layer(3, 2), float>();
  widths<layer(2, 11), float>();
  widths<layer(9, 7), double>();
  widths<layer(17, 10), double>();
}

TEST_CASE("extent 1: several blocks, passes and tasks", "[conv]") {
  drawn::compare<layer(9, 3), float>({2, 9, 7, 13, 41}, 1, true);
  drawn::compare<layer(9, 9), double>({1, 9, 8, 16, 16}, 2, true);
  drawn::compare_data<layer(9, 3), float>({1, 9, 8, 16, 32}, 3);
  drawn::compare_data<layer(2, 40), double>({2, 2, 5, 11, 37}, 1);
  // More channels than a copy holds at a time.
  drawn::compare<layer(2100, 17), float>({1, 2100, 1, 3, 50}, 2, true);
}

TEST_CASE("extent 1: bitwise the same for every team and start of the output", "[conv]") {
  same_for_every_team_and_start<layer(8, 3), float>({1, 8, 4, 16, 64});
  same_for_every_team_and_start<layer(8, 3), double>({2, 8, 3, 11, 33});
  same_for_every_team_and_start<layer(5, 40), float>({1, 5, 2, 16, 32});
  // Stores that go past the caches.
  same_for_every_team_and_start<layer(2, 20), float>({1, 2, 53, 64, 64});
}
