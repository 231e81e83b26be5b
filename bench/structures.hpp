// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Layers of whose kernels something is known, for `bench_structure`: fixed before anything was measured.
///
/// bench/CMakeLists.txt reads the names from the lines that start with `struct T`: one row, one translation unit. A row
/// has `text`, `config`, `inputs`, its `prior`, the taps that a loop of fixed taps reads, and what was promised.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/axis.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/dims.hpp>
#include <espalier/groups.hpp>
#include <espalier/policies/assign.hpp>
#include <espalier/policies/box.hpp>
#include <espalier/policies/causal.hpp>
#include <espalier/policies/gaussian.hpp>
#include <espalier/policies/identity.hpp>
#include <espalier/policies/laplacian.hpp>
#include <espalier/policies/masked.hpp>
#include <espalier/policies/on.hpp>
#include <espalier/policies/sobel.hpp>
#include <espalier/policies/symmetric.hpp>
#include <espalier/region.hpp>
#include <espalier/shape.hpp>

namespace bench {

/// What was promised of a row; 0: nothing.
struct promise {
  double forward = 0, input = 0, weight = 0;  ///< Time of the dense twin over ours, in each direction.
  double plain = 0;                           ///< The same of the loop of fixed taps, forward.
  double of_limit = 0;                        ///< Of what binds, multiply-adds or memory, forward.
  double copies = 0;  ///< At most this many memcpys of the same bytes; then `forward` may be missed.
};

/// Which directions are timed: constant taps have no gradient.
enum class timed { forward, input_too, all };

namespace structures {

using esp::extents, esp::tap_index;

/// One-channel kernels, or as many channels as are named; output and input of one size.
constexpr esp::conv3d centred(esp::index_t in, esp::index_t out, esp::index_t kernel, esp::index_t groups = 1,
                              esp::index_t dilation = 1) {
  return {.in_channels = in,
          .out_channels = out,
          .kernel_size = kernel,
          .dilation = dilation,
          .padding = kernel / 2 * dilation,
          .groups = groups,
          .bias = false};
}

/// The middle and what lies along an axis from it.
constexpr bool on_axes(tap_index t, extents k) {
  return (t.d == k.d / 2 ? 1 : 0) + (t.h == k.h / 2 ? 1 : 0) + (t.w == k.w / 2 ? 1 : 0) >= 2;
}
constexpr bool off_axes(tap_index t, extents k) { return !on_axes(t, k); }
constexpr bool is_middle(tap_index t, extents k) { return t == tap_index{k.d / 2, k.h / 2, k.w / 2}; }

inline constexpr auto star = esp::on<esp::mask<off_axes>>(esp::assign<0>);
inline constexpr auto faces =
    esp::on<esp::mask<[](tap_index t, extents k) { return off_axes(t, k) || is_middle(t, k); }>>(esp::assign<0>);

/// Rows whose loop of fixed taps reads every tap.
struct every_tap {
  static constexpr bool reads(esp::index_t, tap_index, extents) { return true; }
};

/// A weight that is known when a program is compiled, so that a peer may hold its numbers as constants: in [-1, 1], no
/// two taps of a kernel equal.
constexpr double number_of(tap_index t, extents k) {
  const esp::index_t tap = (t.d * k.h + t.h) * k.w + t.w;
  return static_cast<double>(tap * 37 % 128 - 64) / 64;
}
struct known_numbers {
  static constexpr double weight_at(esp::index_t, tap_index t, extents k) { return number_of(t, k); }
};

/// Two of the six neighbours of a voxel that touch, for each of the twelve differences of the self-similarity context.
struct neighbour_pair {
  tap_index first, second;
};
inline constexpr std::array<neighbour_pair, 12> touching_pairs = [] {
  constexpr std::array<tap_index, 6> six{{{0, 1, 1}, {2, 1, 1}, {1, 0, 1}, {1, 2, 1}, {1, 1, 0}, {1, 1, 2}}};
  std::array<neighbour_pair, 12> out{};
  std::size_t count = 0;
  for (std::size_t i = 0; i < six.size(); ++i) {
    // Opposite neighbours do not touch.
    for (std::size_t j = i / 2 * 2 + 2; j < six.size(); ++j) out[count++] = {six[i], six[j]};
  }
  return out;
}();

inline constexpr esp::dims5 brain{1, 1, 160, 192, 224};

struct T1 : known_numbers {
  static constexpr const char* text = "star, 7 of 27";
  static constexpr auto config = centred(1, 1, 3);
  static constexpr std::array<esp::dims5, 1> inputs{{{1, 1, 128, 128, 128}}};
  static constexpr auto prior = star;
  static constexpr bool reads(esp::index_t, tap_index t, extents k) { return on_axes(t, k); }
  static constexpr timed directions = timed::all;
  static constexpr promise promised{.forward = 3.2, .input = 2.5, .weight = 2.5, .plain = 1};
};
struct T2 : every_tap, known_numbers {
  static constexpr const char* text = "dense, 27";
  static constexpr auto config = centred(1, 1, 3);
  static constexpr std::array<esp::dims5, 1> inputs{{{1, 1, 128, 128, 128}}};
  static constexpr auto prior = esp::identity;
  static constexpr timed directions = timed::all;
  static constexpr promise promised{.plain = 2.3, .of_limit = 0.6};
};
struct T3 : every_tap {
  static constexpr const char* text = "dense, 125";
  static constexpr auto config = centred(1, 1, 5);
  static constexpr std::array<esp::dims5, 1> inputs{{{1, 1, 128, 128, 128}}};
  static constexpr auto prior = esp::identity;
  static constexpr timed directions = timed::all;
  static constexpr promise promised{.plain = 2.3, .of_limit = 0.6};
};
struct T4 : every_tap {
  static constexpr const char* text = "dense, 27, three outputs";
  static constexpr auto config = centred(1, 3, 3);
  static constexpr std::array<esp::dims5, 1> inputs{{{1, 1, 96, 96, 96}}};
  static constexpr auto prior = esp::identity;
  static constexpr timed directions = timed::all;
  static constexpr promise promised{.plain = 2.3, .of_limit = 0.6};
};
struct T5 {
  static constexpr const char* text = "star, 7 of 27";
  static constexpr auto config = centred(16, 16, 3);
  static constexpr std::array<esp::dims5, 1> inputs{{{1, 16, 48, 48, 48}}};
  static constexpr auto prior = star;
  static constexpr bool reads(esp::index_t, tap_index t, extents k) { return on_axes(t, k); }
  static constexpr timed directions = timed::all;
  static constexpr promise promised{.forward = 2.5, .input = 2.5, .weight = 2.5};
};
struct T6 {
  static constexpr const char* text = "Laplacian of order 4, 13 of 125";
  static constexpr auto config = centred(1, 1, 5);
  static constexpr std::array<esp::dims5, 2> inputs{{{1, 1, 48, 48, 48}, {1, 1, 128, 128, 128}}};
  static constexpr auto prior = esp::laplacian<4>;
  static constexpr bool reads(esp::index_t, tap_index t, extents k) { return on_axes(t, k); }
  static constexpr timed directions = timed::input_too;
  static constexpr promise promised{.forward = 5};
};
struct T7 {
  static constexpr const char* text = "mask B, 63 of 125";
  static constexpr auto config = centred(32, 32, 5);
  static constexpr std::array<esp::dims5, 1> inputs{{{1, 32, 48, 48, 48}}};
  static constexpr auto prior = esp::masked<'B'>;
  static constexpr bool reads(esp::index_t, tap_index t, extents k) { return esp::raster_taps_t<'B'>::contains(t, k); }
  static constexpr timed directions = timed::all;
  static constexpr promise promised{.forward = 1.8, .input = 1.8, .weight = 1.8};
};
struct T8 {
  static constexpr const char* text = "mask A, 171 of 343";
  static constexpr auto config = centred(1, 64, 7);
  static constexpr std::array<esp::dims5, 1> inputs{{{1, 1, 64, 64, 64}}};
  static constexpr auto prior = esp::masked<'A'>;
  static constexpr bool reads(esp::index_t, tap_index t, extents k) { return esp::raster_taps_t<'A'>::contains(t, k); }
  static constexpr timed directions = timed::all;
  static constexpr promise promised{.forward = 1.8};
};
/// The weight holds the differences: the loop of fixed taps knows which two of the six taps are not 0, the prior that
/// all others are. The gradient of the weight has six taps for the one and two for the other.
struct T9 {
  static constexpr const char* text = "MIND, 12 differences, 6 of 27";
  static constexpr auto config = centred(1, 12, 3, 1, 2);
  static constexpr std::array<esp::dims5, 2> inputs{{{1, 1, 64, 64, 64}, brain}};
  static constexpr auto prior = faces;
  static constexpr bool reads(esp::index_t o, tap_index t, extents) {
    const neighbour_pair& pair = touching_pairs[static_cast<std::size_t>(o)];
    return t == pair.first || t == pair.second;
  }
  static constexpr double weight_at(esp::index_t o, tap_index t, extents) {
    const neighbour_pair& pair = touching_pairs[static_cast<std::size_t>(o)];
    return t == pair.first ? 1 : t == pair.second ? -1 : 0;
  }
  static constexpr timed directions = timed::input_too;
  static constexpr promise promised{.forward = 8};
};
struct T10 : every_tap {
  static constexpr const char* text = "box";
  static constexpr auto config = centred(1, 1, 9);
  static constexpr std::array<esp::dims5, 2> inputs{{{1, 1, 64, 64, 64}, brain}};
  static constexpr auto prior = esp::box;
  static constexpr timed directions = timed::input_too;
  static constexpr promise promised{.forward = 20, .copies = 3};
};
struct T11 : every_tap {
  static constexpr const char* text = "box, depthwise";
  static constexpr auto config = centred(5, 5, 9, 5);
  static constexpr std::array<esp::dims5, 2> inputs{{{1, 5, 64, 64, 64}, {1, 5, 160, 192, 224}}};
  static constexpr auto prior = esp::box;
  static constexpr timed directions = timed::input_too;
  static constexpr promise promised{.forward = 20, .copies = 3};
};
struct T12 : every_tap {
  static constexpr const char* text = "Gaussian, depthwise";
  static constexpr auto config = centred(8, 8, 9, 8);
  static constexpr std::array<esp::dims5, 1> inputs{{{1, 8, 64, 64, 64}}};
  static constexpr auto prior = esp::gaussian<1.5>;
  static constexpr timed directions = timed::input_too;
  static constexpr promise promised{.forward = 12};
};
struct T13 {
  static constexpr const char* text = "Sobel, 18 of 27";
  static constexpr auto config = centred(1, 3, 3);
  static constexpr std::array<esp::dims5, 1> inputs{{{1, 1, 96, 96, 96}}};
  static constexpr auto prior = esp::sobel<esp::axis::width>;
  static constexpr bool reads(esp::index_t, tap_index t, extents k) { return t.w != k.w / 2; }
  static constexpr timed directions = timed::input_too;
  static constexpr promise promised{.forward = 1.4};
};
struct T14 : every_tap {
  static constexpr const char* text = "symmetries of the cube, 4 numbers in 27";
  static constexpr auto config = centred(1, 8, 3);
  static constexpr std::array<esp::dims5, 1> inputs{{{1, 1, 64, 64, 64}}};
  static constexpr auto prior = esp::symmetric<esp::cube_group>;
  static constexpr timed directions = timed::all;
  static constexpr promise promised{.forward = 1.5, .weight = 1.5};
};
struct T15 : every_tap {
  static constexpr const char* text = "symmetries of the cube, 4 numbers in 27";
  static constexpr auto config = centred(16, 16, 3);
  static constexpr std::array<esp::dims5, 1> inputs{{{1, 16, 48, 48, 48}}};
  static constexpr auto prior = esp::symmetric<esp::cube_group>;
  static constexpr timed directions = timed::all;
  static constexpr promise promised{.forward = 1.5, .weight = 1.5};
};
struct T16 : every_tap {
  static constexpr const char* text = "symmetries of the cube, 10 numbers in 125";
  static constexpr auto config = centred(1, 8, 5);
  static constexpr std::array<esp::dims5, 1> inputs{{{1, 1, 64, 64, 64}}};
  static constexpr auto prior = esp::symmetric<esp::cube_group>;
  static constexpr timed directions = timed::all;
  static constexpr promise promised{.forward = 2.5, .weight = 1.5};
};
struct T17 {
  static constexpr const char* text = "causal, 2 x 3 x 3 of 27";
  static constexpr auto config = centred(32, 32, 3);
  static constexpr std::array<esp::dims5, 1> inputs{{{1, 32, 48, 48, 48}}};
  static constexpr auto prior = esp::causal<esp::axis::depth>;
  static constexpr bool reads(esp::index_t, tap_index t, extents k) { return t.d <= k.d / 2; }
  static constexpr timed directions = timed::all;
  static constexpr promise promised{};
};

}  // namespace structures

}  // namespace bench
