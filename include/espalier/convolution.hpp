// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A constrained convolution on raw pointers: no container, no state, and no allocation when given its scratch.
#pragma once

#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/conv/forward.hpp>
#include <espalier/error.hpp>
#include <espalier/executor.hpp>
#include <espalier/policies/identity.hpp>
#include <espalier/simd/sweep.hpp>
#include <espalier/valid_prior.hpp>
#include <espalier/weights/parameters.hpp>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

/// The formula of `Prior` on the weight of `Config`; of a prior that leaves the weight alone where either is refused,
/// so that one mistake prints one sentence.
template <conv3d Config, class Prior, bool Valid>
struct constrained_formula {
  using type = formula<refused_t, weight_shape{.out = 1, .in = 1, .kernel = 1}>;
};
template <conv3d Config, class Prior>
struct constrained_formula<Config, Prior, true> {
  using rules = valid_prior<Prior, weight_shape_of(Config), Config.eps>;
  using type =
      formula<std::conditional_t<rules::value, to_policy_t<Prior>, refused_t>, weight_shape_of(Config), Config.eps>;
};

/// The operations of a layer as static functions: what embedders without xtensor call, and what the layer itself calls.
///
/// Shapes: x (N, IC, D, H, W), weight (OC, IC / groups, KD, KH, KW), bias (OC), y (N, OC, OD, OH, OW), all contiguous.
/// Rejected when `validated<Config>` (ESP-001 to ESP-014) or `valid_prior` (ESP-020 to ESP-042) is.
/// Example: examples/raw_pointers.cpp
template <conv3d Config, auto Prior = identity, class T = float>
struct convolution {
  using element = std::conditional_t<validated_element<T>::value, T, float>;
  using direct = direct_forward<Config, element>;
  using formula_type =
      typename constrained_formula<Config, std::remove_const_t<decltype(Prior)>, validated<Config>::value>::type;
  using sweep_type = sweep<formula_type, element>;
  using parameters_type = parameters<formula_type, element>;

  static constexpr conv3d config = direct::config;
  static constexpr weight_shape weights = weight_shape_of(config);

  /// Shape of the output for an input of this shape. Throws ESP-101 to ESP-104.
  [[nodiscard]] static dims5 output_shape(dims5 input) { return output_dims(config, input); }

  /// Elements of scratch for `constrain`: a constant, one tile of the sweep and the scalars of its blocks.
  [[nodiscard]] static constexpr index_t constrain_scratch_size() { return sweep_type::scratch_size + line; }

  /// Elements of scratch for `forward` on an input of this shape with a team of `workers`. Cheap: no memory is touched.
  /// Throws ESP-101 to ESP-104; ESP-103 too for a team whose scratch no 64-bit size can count.
  [[nodiscard]] static index_t scratch_size(dims5 input, index_t workers = 1) {
    // A larger team cuts the work finer, so no worker of it needs more than the only one of a team of one.
    if (workers > std::numeric_limits<index_t>::max() / 16 / direct::scratch_size(input, 1)) {
      throw error("ESP-103", "the scratch of " + std::to_string(workers) +
                                 " workers has more bytes than a 64-bit size can count; use fewer threads");
    }
    const index_t running = direct::scratch_size(input, workers);
    return packed_room + weight_room + line + (running < sweep_type::scratch_size ? sweep_type::scratch_size : running);
  }

  /// Writes the constrained value of `weight` to `result`; both may be the same memory. Allocates nothing.
  /// Throws ESP-105 for scratch that is too small, ESP-106 for a null pointer, ESP-110 for a parameter without a value.
  static void constrain(const element* weight, element* result, std::span<element> scratch,
                        const parameters_type& named = {}) {
    require_scratch(scratch, constrain_scratch_size());
    if (weight == nullptr || result == nullptr) throw null_pointer("weight or result");
    named.require_all();
    sweep_type::run(weight, result, named.data(), aligned(scratch.data()));
  }

  /// y = convolution of x with the weight, which is constrained on the way where the configuration enforces in forward.
  ///
  /// `bias` is read only where the configuration has one. Allocates nothing: `scratch` has `scratch_size(input,
  /// executor.workers())` elements. Results depend on neither executor nor scratch. Throws ESP-101 to ESP-105, ESP-106
  /// for a null pointer, ESP-108 where y overlaps x, ESP-110; y is then unchanged. Cost: one sweep over the weight, one
  /// packing of it, then 2 * N * OC * IC / groups * taps * OD * OH * OW operations.
  template <Executor E = serial>
  static void forward(const element* x, dims5 input, const element* weight, const element* bias, element* y,
                      std::span<element> scratch, const E& executor = {}, const parameters_type& named = {}) {
    const dims5 output = output_shape(input);
    require_scratch(scratch, scratch_size(input, static_cast<index_t>(executor.workers())));
    if (weight == nullptr || (config.bias && bias == nullptr) || (input.size() > 0 && x == nullptr) ||
        (output.size() > 0 && y == nullptr)) {
      throw null_pointer("x, weight, bias or y");
    }
    if (overlap(x, input.size(), y, output.size())) {
      throw error("ESP-108",
                  "the output overlaps the input; a convolution reads its input after it wrote parts of the "
                  "output, so write to other memory");
    }
    element* const packed = aligned(scratch.data());
    element* const constrained = packed + packed_room;
    element* const rest = constrained + weight_room;
    if constexpr (config.enforce == enforcement::forward) {
      named.require_all();
      sweep_type::run(weight, constrained, named.data(), rest);
      direct::pack(constrained, packed);
    } else {
      direct::pack(weight, packed);
    }
    direct::run(x, input, packed, config.bias ? bias : nullptr, y, rest, executor);
  }

 private:
  static constexpr index_t line = static_cast<index_t>(alignment / sizeof(element));
  static constexpr index_t whole_lines(index_t count) { return (count + line - 1) / line * line; }
  static constexpr index_t packed_room = whole_lines(direct::packed_size());
  static constexpr index_t weight_room = whole_lines(weights.size());

  static element* aligned(element* p) {
    const auto address = reinterpret_cast<std::uintptr_t>(p);
    return p + (alignment - address % alignment) % alignment / sizeof(element);
  }
  static bool overlap(const element* a, index_t a_size, const element* b, index_t b_size) {
    const std::less<const element*> before;
    return a_size > 0 && b_size > 0 && before(a, b + b_size) && before(b, a + a_size);
  }
  static error null_pointer(const char* which) {
    return {"ESP-106", std::string("a null pointer was passed for ") + which + "; pass the address of contiguous data"};
  }
  static void require_scratch(std::span<element> scratch, index_t needed) {
    if (static_cast<index_t>(scratch.size()) < needed) {
      throw error("ESP-105", "the scratch has " + std::to_string(scratch.size()) + " elements but " +
                                 std::to_string(needed) + " are needed; ask scratch_size(input, workers)");
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI
