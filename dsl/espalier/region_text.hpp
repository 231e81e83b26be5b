// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A region as text that tells it from every other region of the same kernel: its name, or its taps.
#pragma once

#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/region.hpp>
#include <espalier/shape.hpp>
#include <espalier/text.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Prints the taps of a region on a kernel: `d = 0`, `h = 1 or 2, w = 0`, `(0, 0, 1), (2, 1, 0)`, `all but (1, 1, 1)`,
/// or one digit a tap, rows and planes apart: `110/000/000 000/010/000 ...`.
template <class Contains>
class region_taps {
 public:
  constexpr region_taps(extents kernel, const Contains& contains) : contains_(contains), kernel_(kernel) {
    for (index_t t = 0; t < kernel.volume(); ++t) inside_ += has(tap_at(t, kernel)) ? 1 : 0;
  }

  constexpr void print(text& out) const {
    if (inside_ == 0) return void(out << "no tap");
    if (inside_ == kernel_.volume()) return void(out << "every tap");
    if (is_product()) return print_axes(out);
    if (inside_ <= few) return print_list(out, true);
    if (kernel_.volume() - inside_ <= few) {
      out << "all but ";
      return print_list(out, false);
    }
    print_digits(out);
  }

 private:
  static constexpr index_t few = 6;
  /// One bit for each index along an axis that a tap of the region has; kernels are shorter than 64 where they fit.
  using index_set = std::uint64_t;

  [[nodiscard]] constexpr bool has(tap_index t) const { return contains_(t); }
  [[nodiscard]] static constexpr bool in(index_set set, index_t i) { return (set >> i & 1) != 0; }

  constexpr void project(index_set& d, index_set& h, index_set& w) const {
    for (index_t t = 0; t < kernel_.volume(); ++t) {
      const tap_index i = tap_at(t, kernel_);
      if (!has(i)) continue;
      d |= index_set{1} << i.d;
      h |= index_set{1} << i.h;
      w |= index_set{1} << i.w;
    }
  }
  [[nodiscard]] constexpr bool is_product() const {
    if (kernel_.d > 63 || kernel_.h > 63 || kernel_.w > 63) return false;
    index_set d = 0, h = 0, w = 0;
    project(d, h, w);
    for (index_t t = 0; t < kernel_.volume(); ++t) {
      const tap_index i = tap_at(t, kernel_);
      if (has(i) != (in(d, i.d) && in(h, i.h) && in(w, i.w))) return false;
    }
    return true;
  }
  constexpr void print_axes(text& out) const {
    index_set sets[3]{};
    project(sets[0], sets[1], sets[2]);
    const index_t size[] = {kernel_.d, kernel_.h, kernel_.w};
    const char* names[] = {"d = ", "h = ", "w = "};
    const char* separator = "";
    for (int axis = 0; axis < 3; ++axis) {
      if (sets[axis] == (index_set{1} << size[axis]) - 1) continue;
      out << separator << std::string_view(names[axis]);
      const char* alternative = "";
      for (index_t i = 0; i < size[axis]; ++i) {
        if (!in(sets[axis], i)) continue;
        out << alternative << i;
        alternative = " or ";
      }
      separator = ", ";
    }
  }
  constexpr void print_list(text& out, bool members) const {
    const char* separator = "";
    for (index_t t = 0; t < kernel_.volume(); ++t) {
      const tap_index i = tap_at(t, kernel_);
      if (has(i) != members) continue;
      out << separator << "(" << i.d << ", " << i.h << ", " << i.w << ")";
      separator = ", ";
    }
  }
  constexpr void print_digits(text& out) const {
    for (index_t t = 0; t < kernel_.volume(); ++t) {
      const tap_index i = tap_at(t, kernel_);
      if (t > 0 && i.w == 0) out << (i.h == 0 ? " " : "/");
      out << (has(i) ? "1" : "0");
    }
  }

  const Contains& contains_;
  extents kernel_;
  index_t inside_ = 0;
};

/// Prints the taps for which `contains` holds.
template <class Contains>
constexpr void print_taps(text& out, extents kernel, const Contains& contains) {
  region_taps<Contains>(kernel, contains).print(out);
}

/// The name of a region where it says which taps are meant, else with its taps: `neighbors`, `tap<0, 1, 2>`,
/// `mask(d = 0)`.
constexpr void print_region(text& out, const region_info& region, extents kernel, bool named_alike = false) {
  const std::string_view name = region.name;
  out << name;
  if (region.needs_center && !named_alike) return;
  if (name == "tap") {
    for (index_t t = 0; t < kernel.volume(); ++t) {
      const tap_index i = tap_at(t, kernel);
      if (region.contains(i, kernel)) return void(out << "<" << i.d << ", " << i.h << ", " << i.w << ">");
    }
  }
  if (name != "tap" && name != "mask" && name != "region" && !named_alike) return;
  out << "(";
  print_taps(out, kernel, [&](tap_index t) { return region.contains(t, kernel); });
  out << ")";
}

}  // namespace esp::inline ESPALIER_ABI::detail
