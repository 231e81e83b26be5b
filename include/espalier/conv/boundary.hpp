// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What stands in the padding of a convolution: one rule for all of it, one per axis, or one per side of an axis.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>

namespace esp::inline ESPALIER_ABI {

/// What is read where the padding lies: of a row `a b c d`, with a padding of 2 on either side.
enum class boundary : unsigned char {
  zeros,      ///< `0 0 | a b c d | 0 0`.
  replicate,  ///< `a a | a b c d | d d`: the nearest element. PyTorch's "replicate", numpy's "edge", SciPy's "nearest".
  reflect,  ///< `c b | a b c d | c b`: a mirror on the last element. PyTorch's and numpy's "reflect", SciPy's "mirror".
  symmetric,  ///< `b a | a b c d | d c`: a mirror behind it. numpy's "symmetric", SciPy's "reflect".
  circular,   ///< `c d | a b c d | a b`: from the other end. PyTorch's "circular", numpy's and SciPy's "wrap".
};

/// The two sides of one axis: `{boundary::reflect, boundary::zeros}`, or one rule for both.
struct axis_boundary {
  boundary before = boundary::zeros;
  boundary after = boundary::zeros;

  constexpr axis_boundary() = default;
  constexpr axis_boundary(boundary both) : before(both), after(both) {}
  constexpr axis_boundary(boundary first, boundary last) : before(first), after(last) {}

  friend constexpr bool operator==(const axis_boundary&, const axis_boundary&) = default;
};

/// A boundary as a user says it: `boundary::reflect`, `{boundary::replicate, boundary::zeros, boundary::zeros}` for
/// depth, height and width, or `{{boundary::replicate, boundary::zeros}, boundary::reflect, boundary::circular}`. Each
/// axis is read by itself: a corner is what the rules of its axes make of it, and a zero where one of them says so.
/// Example: docs/edges.md
struct boundaries {
  axis_boundary d, h, w;

  constexpr boundaries() = default;
  constexpr boundaries(boundary all) : d(all), h(all), w(all) {}
  constexpr boundaries(axis_boundary depth, axis_boundary height, axis_boundary width)
      : d(depth), h(height), w(width) {}

  ESPALIER_UNAVAILABLE(
      "ESP-247: boundary takes one of esp::boundary, three {depth, height, width}, or three with pairs "
      "{{before, after}, height, width}")
  constexpr boundaries(axis_boundary, axis_boundary) {}
  template <std::size_t N>
  ESPALIER_UNAVAILABLE(
      "ESP-247: boundary takes one of esp::boundary, three {depth, height, width}, or three with pairs "
      "{{before, after}, height, width}")
  constexpr boundaries(const char (&)[N]) {}

  friend constexpr bool operator==(const boundaries&, const boundaries&) = default;
};

namespace detail {

/// The name that a program writes behind `boundary::`.
[[nodiscard]] constexpr const char* name_of(boundary b) {
  switch (b) {
    case boundary::replicate:
      return "replicate";
    case boundary::reflect:
      return "reflect";
    case boundary::symmetric:
      return "symmetric";
    case boundary::circular:
      return "circular";
    default:
      return "zeros";
  }
}

/// Whether all three axes have one rule on both sides.
[[nodiscard]] constexpr bool is_one(const boundaries& b) { return b == boundaries(b.d.before); }

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
