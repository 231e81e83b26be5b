// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/store/rows.hpp>
#include <vector>

#include "conv/drawn_backward_data.hpp"
#include "conv/drawn_forward.hpp"
#include "conv/drawn_winograd.hpp"

namespace {

using esp::index_t;

constexpr esp::conv3d layer(index_t in, index_t out, esp::extents kernel, esp::padding padding, esp::extents stride = 1,
                            index_t groups = 1) {
  return {.in_channels = in,
          .out_channels = out,
          .kernel_size = kernel,
          .stride = stride,
          .padding = padding,
          .groups = groups};
}

}  // namespace

TEMPLATE_TEST_CASE("rows of every length and alignment are stored, and nothing beside them", "[conv]", float, double) {
  using T = TestType;
  constexpr index_t longest = 3 * esp::lanes<T> + 1;
  std::vector<T> from(static_cast<std::size_t>(longest));
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<T>(i + 1);
  for (index_t count = 0; count <= longest; ++count) {
    for (index_t at = 0; at < esp::lanes<T>; ++at) {
      std::vector<T> expected(static_cast<std::size_t>(longest + 2 * esp::lanes<T>), T(-1)), to = expected;
      for (index_t i = 0; i < count; ++i) {
        expected[static_cast<std::size_t>(at + i)] = from[static_cast<std::size_t>(i)] + T(2);
      }
      std::vector<T> streamed = to, stored = to;
      esp::detail::store_row(stored.data() + at, from.data(), count,
                             esp::detail::channel_epilogue<esp::activation::none, T>{2});
      REQUIRE(stored == expected);
      esp::detail::stream_row(streamed.data() + at, from.data(), count,
                              esp::detail::channel_epilogue<esp::activation::none, T>{2});
      esp::simd::finish_stream();
      REQUIRE(streamed == expected);
    }
  }
}

TEMPLATE_TEST_CASE("two rows take turns, cut at both ends", "[conv]", float, double) {
  using T = TestType;
  constexpr index_t longest = 2 * esp::lanes<T> + 3, room = 2 * longest + 8;
  std::vector<T> even(static_cast<std::size_t>(longest)), odd = even;
  for (std::size_t i = 0; i < even.size(); ++i) {
    even[i] = static_cast<T>(2 * i);
    odd[i] = static_cast<T>(2 * i + 1);
  }
  for (index_t count = 1; count <= longest; ++count) {
    for (const index_t first : {-4, -3, -1, 0, 1, 2}) {
      for (const index_t size : {1, 3, 8, 2 * static_cast<int>(count) - 1, 2 * static_cast<int>(count) + 3}) {
        std::vector<T> expected(static_cast<std::size_t>(room), T(-1)), to = expected;
        for (index_t i = 0; i < 2 * count; ++i) {
          if (first + i >= 0 && first + i < size) expected[static_cast<std::size_t>(first + i)] = static_cast<T>(i);
        }
        std::vector<T> streamed = to;
        esp::detail::interleave_row(even.data(), odd.data(), count, to.data(), first, size, false);
        REQUIRE(to == expected);
        esp::detail::interleave_row(even.data(), odd.data(), count, streamed.data(), first, size, true);
        esp::simd::finish_stream();
        REQUIRE(streamed == expected);
      }
    }
  }
}

TEST_CASE("results of 8 MiB go past the caches", "[conv]") {
  STATIC_REQUIRE(esp::stores_past_caches<float>(index_t{1} << 21));
  STATIC_REQUIRE_FALSE(esp::stores_past_caches<float>((index_t{1} << 21) - 1));
  STATIC_REQUIRE(esp::stores_past_caches<double>(index_t{1} << 20));
  drawn::compare<layer(1, 12, {1, 2, 1}, 0), float>({1, 1, 40, 66, 73}, 2, true);
  drawn::compare<layer(1, 32, {1, 2, 1}, 0), float>({1, 1, 20, 67, 64}, 1, true);
  drawn::compare_data<layer(6, 1, {1, 2, 1}, 0), double>({1, 6, 40, 66, 73}, 2);
}

TEST_CASE("gradients of 8 MiB and stride 2 go past the caches", "[conv][backward]") {
  drawn::compare_data<layer(12, 1, 2, 0, 2), float>({1, 12, 40, 66, 73}, 2);
  drawn::compare_data<layer(12, 1, 3, 1, 2), float>({1, 12, 40, 66, 71}, 1);
  drawn::compare_data<layer(32, 1, 3, 1, 2), float>({1, 32, 20, 65, 64}, 2);
  drawn::compare_data<layer(32, 1, {1, 1, 2}, 0, 2), float>({1, 32, 20, 65, 71}, 1);
}

TEST_CASE("Winograd's results of 8 MiB go past the caches", "[conv][winograd]") {
  std::mt19937 engine(3);
  constexpr esp::conv3d config = [] {
    esp::conv3d c = layer(1, 4, {1, 3, 1}, {0, 1, 0});
    c.algorithm = esp::algorithm::winograd;
    return c;
  }();
  drawn::compare(drawn::winograd_kernel_for<config, float>(), {1, 1, 130, 66, 64}, 2, true);
  drawn::compare(drawn::winograd_kernel_for<config, float>(), {1, 1, 130, 66, 67}, 1, true);
}
