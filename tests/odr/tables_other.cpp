// SPDX-License-Identifier: BSD-3-Clause
// The other of two units whose unnamed namespaces hold tables that a compiler may give the same name.
#include <array>
#include <espalier/dsl.hpp>

namespace {

constexpr auto table = esp::at<[](esp::tap_index t) { return static_cast<double>((t.w - 2) * (t.w - 2)); }>;
constexpr auto kernel = [](auto w) { return w * table; };

}  // namespace

std::array<float, 3> other_table() {
  std::array<float, 3> block{1, 1, 1};
  return esp::evaluate<kernel, esp::extents{1, 1, 3}>(block);
}
