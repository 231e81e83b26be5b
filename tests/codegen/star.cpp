// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A star of 7 of 27 taps in tiles of 4 rows by one register: 28 multiply-adds, and no others, for 4 registers of sums.
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/tile/row_tile.hpp>

namespace {

constexpr esp::detail::kept_taps star() {
  esp::detail::kept_taps result;
  for (esp::index_t t = 0; t < 27; ++t) {
    const esp::tap_index k = esp::detail::tap_at(t, 3);
    if ((k.d != 1) + (k.h != 1) + (k.w != 1) > 1) result.drop(t);
  }
  return result;
}

template <class T>
using tile =
    esp::detail::row_tile<esp::detail::some_columns<esp::extents{3}, star()>, 4, 1, esp::detail::row_ends::none, T>;
template <class T>
using input = esp::detail::row_tile_input<T>;
template <class T>
using output = esp::detail::row_tile_output<T>;

}  // namespace

void star_of_floats(const input<float>& in, const float* weight, const output<float>& out) {
  tile<float>::run(in, 0, 9, weight, esp::detail::channel_epilogue<esp::activation::relu, float>{1}, out);
}
void star_of_doubles(const input<double>& in, const double* weight, const output<double>& out) {
  tile<double>::run(in, 0, 9, weight, esp::detail::channel_epilogue<esp::activation::none, double>{0}, out);
}
