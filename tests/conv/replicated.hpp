// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Configurations whose padding repeats the input, for drawn problems of every direction.
#pragma once

#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/boundary.hpp>

namespace drawn {

/// The same configuration with this in the padding.
constexpr esp::conv3d bordered(esp::conv3d config, const esp::boundaries& border) {
  config.boundary = border;
  return config;
}
/// The same configuration on a replicated border.
constexpr esp::conv3d replicated(const esp::conv3d& config) { return bordered(config, esp::boundary::replicate); }
/// And on the other ones.
constexpr esp::conv3d reflected(const esp::conv3d& config) { return bordered(config, esp::boundary::reflect); }
constexpr esp::conv3d mirrored(const esp::conv3d& config) { return bordered(config, esp::boundary::symmetric); }
constexpr esp::conv3d turning(const esp::conv3d& config) { return bordered(config, esp::boundary::circular); }
/// An axis each, and a side each.
constexpr esp::conv3d mixed(const esp::conv3d& config) {
  using enum esp::boundary;
  return bordered(config, {circular, {zeros, reflect}, {symmetric, replicate}});
}
constexpr esp::conv3d causal(const esp::conv3d& config) {
  using enum esp::boundary;
  return bordered(config, {{replicate, zeros}, zeros, {reflect, zeros}});
}

/// The smallest size from `size` up of an axis that its padding can repeat.
constexpr esp::index_t repeatable(esp::index_t size, const esp::axis_boundary& edge, esp::index_t before,
                                  esp::index_t after) {
  while (before > esp::detail::largest_padding(edge.before, size) ||
         after > esp::detail::largest_padding(edge.after, size)) {
    ++size;
  }
  return size;
}

}  // namespace drawn
