// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The matrices of a Winograd convolution along one axis, generated from interpolation points and checked.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/winograd/axis_tile.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The matrices of one tile of an axis.
///
/// With input x, weights g: `y = output ((weight g) * (input x))`, `*` product by product. The identity behind it, for
/// every output o, tap t and position i: `sum over p of output[o][p] weight[p][t] input[p][i] = (i == o + t)`.
template <axis_tile Axis>
struct winograd_transform {
  static constexpr index_t Outputs = Axis.outputs, Taps = Axis.taps, points = Axis.points();

  template <index_t Rows, index_t Columns>
  using matrix = std::array<std::array<double, static_cast<std::size_t>(Columns)>, static_cast<std::size_t>(Rows)>;

  matrix<points, points> input{};
  matrix<points, Taps> weight{};
  matrix<Outputs, points> output{};

  /// Toom and Cook's construction on these finite points and on infinity: polynomials are evaluated at the points,
  /// multiplied there, and interpolated (here transposed: correlation, not product). @pre the points differ.
  explicit constexpr winograd_transform(const std::array<double, static_cast<std::size_t>(points - 1)>& at) {
    constexpr auto n = static_cast<std::size_t>(points);
    for (std::size_t p = 0; p < n; ++p) {
      // The product of (x - a) over the other finite points a, and its value at point p.
      std::array<double, n> product{1};
      double value = 1;
      for (std::size_t other = 0; other + 1 < n; ++other) {
        if (other == p) continue;
        for (std::size_t k = n - 1; k > 0; --k) product[k] = product[k - 1] - at[other] * product[k];
        product[0] *= -at[other];
        if (p + 1 < n) value *= at[p] - at[other];
      }
      // The denominator goes to the weights, which are transformed once; at the first point its sign goes to the input,
      // so that G[0] > 0. All other rows of the input end with 1: points a and -a differ in the odd entries' sign
      // alone.
      const double sign = p == 0 && value < 0 ? -1 : 1;
      double power = 1;
      for (std::size_t k = 0; k < n; ++k) {
        const bool infinite = p + 1 == n;
        input[p][k] = sign * product[k];
        if (k < static_cast<std::size_t>(Taps)) {
          weight[p][k] = infinite ? (k + 1 == static_cast<std::size_t>(Taps) ? 1 : 0) : sign * power / value;
        }
        if (k < static_cast<std::size_t>(Outputs)) {
          output[k][p] = infinite ? (k + 1 == static_cast<std::size_t>(Outputs) ? 1 : 0) : power;
        }
        if (!infinite) power *= at[p];
      }
    }
  }

  /// Largest deviation from the identity.
  [[nodiscard]] constexpr double defect() const {
    double worst = 0;
    for (std::size_t o = 0; o < static_cast<std::size_t>(Outputs); ++o)
      for (std::size_t t = 0; t < static_cast<std::size_t>(Taps); ++t)
        for (std::size_t i = 0; i < static_cast<std::size_t>(points); ++i) {
          double difference = i == o + t ? -1 : 0;
          for (std::size_t p = 0; p < static_cast<std::size_t>(points); ++p) {
            difference += output[o][p] * weight[p][t] * input[p][i];
          }
          worst = difference > worst ? difference : (-difference > worst ? -difference : worst);
        }
    return worst;
  }
};

/// The matrices of an axis. F(2, 3) on the points 0, 1, -1 and infinity, where input and output need additions only and
/// the weights halves. F(4, 3) on 0, 11/16, -11/16, 3/2, -3/2 and infinity, of the points with few digits those with
/// the smallest error: 4 times smaller than on 0, 1, -1, 2, -2; input and output are exact in float, the weights'
/// entries are not dyadic. F(2, 2) on 0, 1 and infinity, which needs additions only. F(1, 1), which is none, else.
template <axis_tile Axis>
[[nodiscard]] consteval auto checked_transform() {
  if constexpr (Axis == axis_f43) {
    constexpr winograd_transform<Axis> made({0, 0.6875, -0.6875, 1.5, -1.5});
    static_assert(made.defect() < 1e-15, "exact but for the rounding of the weights' entries in double");
    return made;
  } else if constexpr (Axis == axis_f23) {
    constexpr winograd_transform<Axis> made({0, 1, -1});
    static_assert(made.defect() == 0, "all is dyadic");
    return made;
  } else if constexpr (Axis == axis_f22) {
    constexpr winograd_transform<Axis> made({0, 1});
    static_assert(made.defect() == 0, "all is whole");
    return made;
  } else {
    constexpr winograd_transform<axis_plain> made({});
    static_assert(made.defect() == 0, "one product");
    return made;
  }
}

/// The transform of an axis. Made where a kernel asks for it: a program without Winograd evaluates none.
template <axis_tile Axis>
inline constexpr auto transform_for = checked_transform<Axis>();

/// The column a row of a matrix starts its sum with: the first 1, which needs no multiplication, or the first positive
/// entry, so that no sign has to be turned.
template <class Row>
constexpr std::size_t first_term(const Row& row) {
  for (std::size_t j = 0; j < row.size(); ++j) {
    if (row[j] == 1) return j;
  }
  for (std::size_t j = 0; j < row.size(); ++j) {
    if (row[j] > 0) return j;
  }
  return 0;
}

/// The terms from number `K` on, added to `total`: entries 0 cost nothing, entries 1 and -1 an addition.
template <const auto& Row, std::size_t K, bool Empty, class T, class In>
ESPALIER_ALWAYS_INLINE batch<T> add_terms(const In& in, batch<T> total) {
  if constexpr (K == Row.size()) {
    return total;
  } else {
    constexpr std::size_t j = (first_term(Row) + K) % Row.size();
    constexpr double entry = Row[j];
    if constexpr (entry == 0) {
      return add_terms<Row, K + 1, Empty, T>(in, total);
    } else if constexpr (entry == 1 && Empty) {
      return add_terms<Row, K + 1, false, T>(in, in(j));
    } else if constexpr (entry == 1) {
      return add_terms<Row, K + 1, false, T>(in, total + in(j));
    } else if constexpr (entry == -1 && !Empty) {
      return add_terms<Row, K + 1, false, T>(in, total - in(j));
    } else {
      const batch<T> factor = simd::broadcast(static_cast<T>(entry));
      return add_terms<Row, K + 1, false, T>(in, Empty ? factor * in(j) : simd::fma<T>(factor, in(j), total));
    }
  }
}

/// `sum over j of Row[j] in(j)` for a row of a matrix and vectors `in(0), in(1), ...`.
template <const auto& Row, class T, class In>
ESPALIER_ALWAYS_INLINE batch<T> combine(const In& in) {
  return add_terms<Row, 0, true, T>(in, simd::broadcast(T(0)));
}

}  // namespace esp::inline ESPALIER_ABI::detail
