// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Kernels of known numbers that are a product of three lines of taps: whether one is, and its lines.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/known_tap.hpp>
#include <espalier/shape.hpp>
#include <limits>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// The taps of a kernel along one axis, from the first that is not zero to the last.
struct tap_line {
  /// Sums of longer lines would be cut elsewhere; products of more taps than `most_products` would unroll too far.
  static constexpr index_t most = 64, most_products = 32;

  index_t first = 0;  ///< Zeros before the line, on the axis of the kernel.
  index_t taps = 0;
  std::array<double, static_cast<std::size_t>(most)> value{};  ///< Of a sum: ones.
  double scale = 1;                                            ///< What the whole line is multiplied by.

  [[nodiscard]] constexpr double operator[](index_t tap) const { return value[static_cast<std::size_t>(tap)]; }
  /// Whether it is a sum of neighbours.
  [[nodiscard]] constexpr bool sums() const {
    for (index_t k = 0; k < taps; ++k) {
      if ((*this)[k] != 1) return false;
    }
    return true;
  }
  /// Taps that are not zero.
  [[nodiscard]] constexpr index_t kept() const {
    index_t count = 0;
    for (index_t k = 0; k < taps; ++k) count += (*this)[k] != 0 ? 1 : 0;
    return count;
  }
  /// The same line read backwards, on an axis of `extent` taps.
  [[nodiscard]] constexpr tap_line reversed(index_t extent) const {
    tap_line line = *this;
    line.first = extent - first - taps;
    for (index_t k = 0; k < taps; ++k) line.value[static_cast<std::size_t>(k)] = (*this)[taps - 1 - k];
    return line;
  }

  friend constexpr bool operator==(const tap_line&, const tap_line&) = default;
};

/// A kernel as `d[kd] h[kh] w[kw]`, if it is one. The scale of all is that of `h`, whose pass is the first.
struct kernel_lines {
  bool exist = false;
  tap_line d, h, w;
};

/// Makes lines of a kernel of `Count` taps with numbers of type `T`.
template <class T, std::size_t Count>
class line_finder {
 public:
  constexpr line_finder(const std::array<known_tap, Count>& taps, const extents& kernel)
      : taps_(taps), kernel_(kernel) {}

  /// The lines of the kernel, or none.
  ///
  /// None where a tap is not known, where all are zero, where a line is longer than its pass takes, and where the
  /// product of the lines in `T` is further from some tap than four units in its last place (three for the roundings of
  /// the lines, one for that of a product of doubles); zeros are exactly those of the kernel.
  [[nodiscard]] constexpr kernel_lines find() const {
    kernel_lines lines;
    index_t pivot = -1;
    for (index_t t = 0; t < kernel_.volume(); ++t) {
      if (!known(t)) return lines;
      // The smallest: ratios to it are whole numbers where the taps are multiples of it.
      if (value(t) != 0 && (pivot < 0 || size(value(t)) < size(value(pivot)))) pivot = t;
    }
    if (pivot < 0) return lines;
    const tap_index at = tap_at(pivot, kernel_);
    const index_t row = kernel_.w, plane = kernel_.h * kernel_.w;
    lines.w = line_of(kernel_.w, pivot - at.w, 1, 1);
    lines.h = line_of(kernel_.h, pivot - at.h * row, row, value(pivot));
    lines.d = line_of(kernel_.d, pivot - at.d * plane, plane, value(pivot));
    for (const tap_line* line : {&lines.d, &lines.h, &lines.w}) {
      if (line->taps > (line->sums() ? tap_line::most : tap_line::most_products)) return {};
    }
    gather_scale(lines);
    lines.exist = reproduced(lines);
    return lines;
  }

 private:
  [[nodiscard]] constexpr const known_tap& tap(index_t t) const { return taps_[static_cast<std::size_t>(t)]; }
  [[nodiscard]] constexpr bool known(index_t t) const {
    return tap(t).kind == tap_kind::zero || tap(t).kind == tap_kind::constant;
  }
  [[nodiscard]] constexpr double value(index_t t) const { return tap(t).kind == tap_kind::zero ? 0 : tap(t).value; }
  static constexpr double size(double v) { return v < 0 ? -v : v; }

  /// The taps at `begin + k step` over `unit`: of equal ones a sum, of others the power of two taken out that leaves
  /// them a sum of magnitudes of at most 1, so that nothing grows beyond what the kernel itself makes of an input.
  [[nodiscard]] constexpr tap_line line_of(index_t extent, index_t begin, index_t step, double unit) const {
    tap_line line;
    index_t last = -1;
    for (index_t k = extent; k-- > 0;) {
      if (value(begin + k * step) == 0) continue;
      line.first = k;
      if (last < 0) last = k;
    }
    line.taps = last - line.first + 1;
    if (line.taps > tap_line::most) return line;
    bool equal = true;
    double sum = 0;
    for (index_t k = 0; k < line.taps; ++k) {
      const double v = value(begin + (line.first + k) * step) / unit;
      line.value[static_cast<std::size_t>(k)] = v;
      equal = equal && v == line[0];
      sum += size(v);
    }
    if (equal) {
      line.scale = line[0];
    } else if (sum <= std::numeric_limits<double>::max()) {
      while (sum > line.scale) line.scale *= 2;
      while (sum <= line.scale / 2 && line.scale > 0) line.scale /= 2;
    }
    for (index_t k = 0; k < line.taps; ++k) line.value[static_cast<std::size_t>(k)] = equal ? 1 : line[k] / line.scale;
    return line;
  }

  // Scales to the line of the first pass: its sums take it in a fused multiply-add, its products in their constants.
  static constexpr void gather_scale(kernel_lines& lines) {
    tap_line& h = lines.h;
    h.scale = h.scale * lines.d.scale * lines.w.scale;
    lines.d.scale = lines.w.scale = 1;
    if (h.sums()) return;
    for (index_t k = 0; k < h.taps; ++k) h.value[static_cast<std::size_t>(k)] = h[k] * h.scale;
    h.scale = 1;
  }

  /// A number as a pass holds it.
  static constexpr bool fits(double v) {
    constexpr double most = static_cast<double>(std::numeric_limits<T>::max());
    return size(v) <= most && (v == 0 || size(v) >= static_cast<double>(std::numeric_limits<T>::min()));
  }
  static constexpr double at(const tap_line& line, index_t k) {
    const bool inside = k >= line.first && k < line.first + line.taps;
    return inside ? static_cast<double>(static_cast<T>(line[k - line.first])) : 0;
  }
  [[nodiscard]] constexpr bool reproduced(const kernel_lines& lines) const {
    if (!fits(lines.h.scale)) return false;
    for (const tap_line* line : {&lines.d, &lines.h, &lines.w}) {
      for (index_t k = 0; k < line->taps; ++k) {
        if (!fits((*line)[k])) return false;
      }
    }
    const double scale = static_cast<double>(static_cast<T>(lines.h.scale));
    for (index_t t = 0; t < kernel_.volume(); ++t) {
      const tap_index k = tap_at(t, kernel_);
      const double product = at(lines.d, k.d) * (at(lines.h, k.h) * scale) * at(lines.w, k.w);
      constexpr double units = 4 * static_cast<double>(std::numeric_limits<T>::epsilon());
      if (!(size(product - value(t)) <= units * size(value(t)))) return false;
    }
    return true;
  }

  const std::array<known_tap, Count>& taps_;
  extents kernel_;
};

/// The lines of the kernel that `Taps::value` tells of, which has an entry for each tap of `Kernel`.
template <class Taps, extents Kernel, class T>
inline constexpr kernel_lines lines_of =
    line_finder<T, std::tuple_size_v<std::remove_cvref_t<decltype(Taps::value)>>>(Taps::value, Kernel).find();

}  // namespace esp::inline ESPALIER_ABI::detail
