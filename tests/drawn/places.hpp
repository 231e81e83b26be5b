// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Where the values of a program's instructions are: one for each tap, block, filter, input channel, or one.
#pragma once

#include <cstddef>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>

namespace drawn {

using esp::index_t, esp::detail::scope;

inline std::size_t at(index_t i) { return static_cast<std::size_t>(i); }

/// Values that a level has in a weight of this shape, and taps that share one.
inline index_t count_of(scope level, const esp::weight_shape& s) {
  return level == scope::tap      ? s.size()
         : level == scope::block  ? s.blocks()
         : level == scope::filter ? s.out
         : level == scope::input  ? s.in
                                  : 1;
}
/// Which value a tap of the weight has.
inline index_t value_of_tap(scope level, index_t t, const esp::weight_shape& s) {
  if (level == scope::tap || level == scope::whole) return level == scope::tap ? t : 0;
  const index_t block = t / s.kernel.volume();
  return level == scope::block ? block : level == scope::filter ? block / s.in : block % s.in;
}
/// The first tap that has a value.
inline index_t first_tap_of(scope level, index_t k, const esp::weight_shape& s) {
  if (level == scope::tap || level == scope::whole) return level == scope::tap ? k : 0;
  return k * s.kernel.volume() * (level == scope::filter ? s.in : 1);
}
/// Where an operand of a finer value is: number k / stride, of an input channel again in each filter.
struct place {
  index_t stride = 1;
  index_t count = 1;
};
inline place place_of(scope operand, scope level, const esp::weight_shape& s) {
  if (operand == level || level == scope::whole) return {1, count_of(operand, s)};
  if (operand == scope::whole) return {s.size(), 1};
  return {first_tap_of(operand, 1, s) / first_tap_of(level, 1, s), count_of(operand, s)};
}

}  // namespace drawn
