// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Taps that a layer's prior does not read stay as they are in a step of an optimiser.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/aligned_buffer.hpp>
#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/unread_taps.hpp>
#include <vector>

namespace esp::inline ESPALIER_ABI::detail {

/// Whether `Layer` stores a weight and its prior leaves taps of it unread, as `masked<'A'>` does.
template <class Layer>
concept LeavesTapsUnread = requires {
  typename Layer::convolution_type::formula_type;
  requires Layer::convolution_type::weight_size > 0;
} && taps_read_by<typename Layer::convolution_type::formula_type>.unread > 0;

/// Around a rule's update: the stored value of an unread tap is what it was, and the rule's state of it is 0.
///
/// Nothing moves such a tap that means to: its gradient through the prior is 0, but a rule also decays, remembers, and
/// under `enforcement::post_step` is given the gradient of the weight as it is stored. Empty for a layer whose prior
/// reads every tap. Cost: one copy of the unread taps each way.
template <class Layer>
struct unread_tap_keeper {
  using element = typename Layer::element;
  void keep(const Layer&) {}
  static void put_back(Layer&, std::array<std::vector<element>, 2>&) {}
};
template <LeavesTapsUnread Layer>
struct unread_tap_keeper<Layer> {
  using element = typename Layer::element;

  /// Copies the unread taps of the stored weight.
  void keep(const Layer& layer) {
    const element* const weight = layer.weight().data();
    each([&](index_t i, index_t kept) { kept_.data()[kept] = weight[i]; });
  }
  /// Writes them back, and zero into the rule's buffers, of which some may be empty.
  void put_back(Layer& layer, std::array<std::vector<element>, 2>& state) {
    element* const weight = layer.weight().data();
    each([&](index_t i, index_t kept) {
      weight[i] = kept_.data()[kept];
      for (std::vector<element>& buffer : state) {
        if (!buffer.empty()) buffer[static_cast<std::size_t>(i)] = 0;
      }
    });
  }

 private:
  using formula_type = typename Layer::convolution_type::formula_type;
  static constexpr const auto& taps = taps_read_by<formula_type>;
  static constexpr index_t blocks = formula_type::value.shape.blocks();

  template <class Body>
  static void each(const Body& body) {
    index_t kept = 0, i = 0;
    for (index_t block = 0; block < blocks; ++block) {
      for (const bool is_read : taps.read) {
        if (!is_read) body(i, kept++);
        ++i;
      }
    }
  }

  aligned_buffer<element> kept_{blocks * taps.unread};
};

}  // namespace esp::inline ESPALIER_ABI::detail
