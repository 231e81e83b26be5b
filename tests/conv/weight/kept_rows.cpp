// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/weight/kept_rows.hpp>
#include <espalier/conv/weight/phased_order.hpp>
#include <limits>
#include <vector>

#include "conv/drawn_taps.hpp"
#include "conv/weight/packed_by.hpp"

// The layouts of kept taps against loops that spell them out.

namespace {

using esp::extents, esp::index_t, esp::kept_taps;

/// (groups, OC blocks, ICG, kept taps, tile)
template <class T>
std::vector<T> forward_layout(const esp::weight_shape& shape, index_t groups, index_t tile, const kept_taps& kept,
                              const std::vector<T>& weight) {
  const index_t OCG = shape.out / groups, taps = shape.kernel.volume();
  std::vector<T> packed;
  for (index_t g = 0; g < groups; ++g)
    for (index_t oc0 = 0; oc0 < OCG; oc0 += tile)
      for (index_t ic = 0; ic < shape.in; ++ic)
        for (index_t tap = 0; tap < taps; ++tap)
          for (index_t oc = oc0; oc < oc0 + tile && kept.has(tap); ++oc) {
            const index_t at = ((g * OCG + oc) * shape.in + ic) * taps + tap;
            packed.push_back(oc < OCG ? weight[static_cast<std::size_t>(at)] : T(0));
          }
  return packed;
}

/// (groups, IC blocks, OCG, kept taps, tile)
template <class T>
std::vector<T> transposed_layout(const esp::conv3d& config, index_t tile, const kept_taps& kept,
                                 const std::vector<T>& weight) {
  const index_t OCG = config.out_channels / config.groups, ICG = config.in_channels / config.groups;
  const index_t taps = config.kernel_size.volume();
  std::vector<T> packed;
  for (index_t g = 0; g < config.groups; ++g)
    for (index_t ic0 = 0; ic0 < ICG; ic0 += tile)
      for (index_t oc = g * OCG; oc < (g + 1) * OCG; ++oc)
        for (index_t tap = 0; tap < taps; ++tap)
          for (index_t ic = ic0; ic < ic0 + tile && kept.has(tap); ++ic) {
            packed.push_back(ic < ICG ? weight[static_cast<std::size_t>((oc * ICG + ic) * taps + tap)] : T(0));
          }
  return packed;
}

/// What stands at taps that are dropped is not read.
template <class T>
std::vector<T> spoilt(std::vector<T> weight, const kept_taps& kept, index_t taps) {
  for (std::size_t i = 0; i < weight.size(); ++i) {
    if (!kept.has(static_cast<index_t>(i) % taps)) weight[i] = std::numeric_limits<T>::quiet_NaN();
  }
  return weight;
}

template <extents Kernel, kept_taps Kept, class T>
void check_forward(index_t out, index_t in, index_t groups) {
  const esp::weight_shape shape{out, in, Kernel};
  const std::vector<T> weight = spoilt(drawn::counted<T>(shape.size()), Kept, Kernel.volume());
  for (const index_t tile : {1, 3, 4, 8, 11, 16}) {
    const std::vector<T> expected = forward_layout(shape, groups, tile, Kept, weight);
    REQUIRE(drawn::packed_by<T>(expected.size(), [&](T* to) {
              esp::detail::pack_kept<Kept, Kernel>(shape, groups, tile, weight.data(), to);
            }) == expected);
    for (const bool whole : {false, true}) {
      REQUIRE(drawn::packed_by<T>(expected.size(), [&](T* to) {
                const index_t length = (whole ? in : 1) * Kernel.volume();
                const auto columns = esp::detail::kept_columns<Kept, Kernel>(shape, groups, tile, whole, to);
                esp::copy_columns(weight.data(), length, columns);
              }) == expected);
    }
  }
}

template <esp::conv3d Config, kept_taps Kept, class T>
void check_transposed() {
  const index_t taps = Config.kernel_size.volume();
  const std::vector<T> weight = spoilt(drawn::counted<T>(esp::weight_shape_of(Config).size()), Kept, taps);
  for (const index_t tile : {1, 3, 8, 16}) {
    const std::vector<T> expected = transposed_layout(Config, tile, Kept, weight);
    REQUIRE(drawn::packed_by<T>(expected.size(), [&](T* to) {
              esp::copy_columns(weight.data(), taps, esp::detail::transposed_columns<Config, Kept>(tile, to));
            }) == expected);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("the packed weight of the forward convolution holds the kept taps alone", "[conv][taps]", float,
                   double) {
  using T = TestType;
  check_forward<extents{3}, drawn::star(3), T>(15, 2, 1);
  check_forward<extents{3}, drawn::taps(3, 1, 50), T>(18, 5, 3);
  check_forward<extents{5, 2, 7}, drawn::taps({5, 2, 7}, 2, 30), T>(9, 3, 3);
  check_forward<extents{5}, drawn::first_taps(5, 63), T>(16, 2, 1);
  check_forward<extents{3}, drawn::first_taps(3, 1), T>(4, 1, 1);
  check_forward<extents{3}, drawn::first_taps(3, 0), T>(4, 3, 1);
}

TEMPLATE_TEST_CASE("so does that of the gradient of the input", "[conv][taps]", float, double) {
  using T = TestType;
  constexpr esp::conv3d groups{.in_channels = 10, .out_channels = 6, .kernel_size = {3, 1, 4}, .groups = 2};
  constexpr esp::conv3d cube{.in_channels = 21, .out_channels = 4, .kernel_size = 3, .dilation = 2};
  check_transposed<groups, drawn::taps({3, 1, 4}, 1, 50), T>();
  check_transposed<cube, drawn::star(3), T>();
  check_transposed<cube, drawn::first_taps(3, 13), T>();
  check_transposed<cube, drawn::first_taps(3, 0), T>();
}
