// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A formula's identity in 128 bits: what a file compares to know whether it was made for the same prior.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/lower.hpp>
#include <espalier/node.hpp>
#include <espalier/number_part.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <string>
#include <string_view>

namespace esp::inline ESPALIER_ABI::detail {

/// The rule by which formulas are lowered and hashed. Goes up by one whenever a change of the library gives a formula
/// another hash (tests/formula_hash.cpp holds some): hashes of different rules say nothing about each other.
inline constexpr int formula_hash_rule = 1;

/// 128 bits that numbers are mixed into, one after the other; the order counts.
///
/// Two chains of the 64-bit finaliser of SplitMix (Steele, Lea, Flood: Fast splittable pseudorandom number generators,
/// 2014), which is a bijection, with different starts and different views of the input. Numbers only, no addresses and
/// no bytes: equal on every compiler, instruction set and byte order. Not made to withstand forgery.
class hash128 {
 public:
  constexpr hash128& operator<<(std::uint64_t x) {
    high_ = scramble(high_ ^ x);
    low_ = scramble(std::rotl(low_, 23) + (x ^ 0x9E3779B97F4A7C15u));
    return *this;
  }
  /// The value's bits; every NaN is one.
  constexpr hash128& operator<<(double x) {
    return *this << (x != x ? 0x7FF8000000000000u : std::bit_cast<std::uint64_t>(x));
  }
  constexpr hash128& operator<<(std::string_view text) {
    *this << static_cast<std::uint64_t>(text.size());
    for (const char c : text) *this << static_cast<std::uint64_t>(static_cast<unsigned char>(c));
    return *this;
  }
  constexpr hash128& operator<<(const hash128& other) { return *this << other.high_ << other.low_; }

  /// Takes `other` in without an order: a set of hashes, added one by one.
  constexpr hash128& operator+=(const hash128& other) {
    high_ += other.high_;
    low_ += other.low_;
    return *this;
  }

  /// 32 hexadecimal digits.
  [[nodiscard]] std::string text() const {
    std::string digits;
    for (const std::uint64_t half : {high_, low_}) {
      for (int shift = 60; shift >= 0; shift -= 4) digits += "0123456789abcdef"[half >> shift & 15u];
    }
    return digits;
  }

  friend constexpr bool operator==(const hash128&, const hash128&) = default;
  friend constexpr auto operator<=>(const hash128&, const hash128&) = default;

 private:
  static constexpr std::uint64_t scramble(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
  }

  std::uint64_t high_ = 0x243F6A8885A308D3u;  // the first digits of pi: nothing up the sleeve
  std::uint64_t low_ = 0x13198A2E03707344u;
};

/// A number for an operation that stays when the enumeration gets another order: it is in people's files.
[[nodiscard]] constexpr std::uint64_t stable_number(operation op) {
  constexpr std::array numbered{
      operation::tap,      operation::incoming,   operation::constant,  operation::epsilon,     operation::parameter,
      operation::add,      operation::subtract,   operation::multiply,  operation::divide,      operation::negate,
      operation::sqrt,     operation::abs,        operation::min,       operation::max,         operation::select,
      operation::less,     operation::less_equal, operation::negation,  operation::conjunction, operation::disjunction,
      operation::inside,   operation::detour,     operation::sum,       operation::smallest,    operation::largest,
      operation::mean,     operation::exp,        operation::log,       operation::tanh,        operation::sigmoid,
      operation::softplus, operation::table,      operation::known_sum, operation::threshold,   operation::spread};
  for (std::size_t i = 0; i < numbered.size(); ++i) {
    if (numbered[i] == op) return i;
  }
  return 1000 + static_cast<std::uint64_t>(op);
}

/// Which taps of the kernel belong to region number `region`.
/// The same of a level.
[[nodiscard]] constexpr std::uint64_t stable_number(scope level) {
  return level == scope::input ? 4 : level == scope::whole ? 3 : static_cast<std::uint64_t>(level);
}

[[nodiscard]] constexpr hash128 hash_of_region(const graph& g, int region) {
  hash128 h;
  std::uint64_t word = 0;
  const region_set bit = 1u << region;
  for (index_t t = 0; t < g.shape.kernel.volume(); ++t) {
    word = word << 1 | (g.contains(bit, t) ? 1u : 0u);
    if (t % 64 == 63) h << word, word = 0;
  }
  return h << word;
}

/// The hash of a lowered formula: of its output node, each node hashed with those it is made of.
///
/// Counts: operations and how they are joined, constants to the last bit, regions as the taps that they hold and tables
/// as the numbers that they have on this kernel, the names of parameters, scopes, and the shape. Does not count: names
/// of policies and types, the order in which a sum or product of two was written, nodes that the output does not use.
[[nodiscard]] constexpr hash128 formula_hash(const graph& g) {
  std::array<hash128, graph::region_capacity> regions{};
  for (int i = 0; i < g.region_count; ++i) regions[static_cast<std::size_t>(i)] = hash_of_region(g, i);
  std::array<hash128, graph::capacity> nodes{};
  for (int id = 0; id < g.size; ++id) {
    const node& n = g[id];
    hash128 h;
    h << stable_number(n.op) << stable_number(n.level);
    hash128 set;
    for (int i = 0; i < g.region_count; ++i) {
      if ((n.regions >> i & 1u) != 0) set += regions[static_cast<std::size_t>(i)];
    }
    h << set;
    if (n.partition > 0) {
      for (index_t t = 0; t < g.shape.kernel.volume(); ++t) {
        h << static_cast<std::uint64_t>(g.groups_of(n.partition)[t]);
      }
    }
    if (n.op == operation::parameter) {
      h << g.parameters[n.name()];
      if (g.numbers[n.name()].is_learned) h << std::uint64_t{1};
      if (g.numbers[n.name()].part == per::input) h << std::uint64_t{2};
    } else if (n.op == operation::table) {
      for (index_t t = 0; t < g.shape.kernel.volume(); ++t) h << g.table_value(n.table(), t);
    } else {
      h << n.value;
    }
    const auto operand = [&](int x) { return x < 0 ? hash128{} : nodes[static_cast<std::size_t>(x)]; };
    hash128 a = operand(n.a), b = operand(n.b);
    if ((n.op == operation::add || n.op == operation::multiply) && b < a) {
      const hash128 swapped = a;
      a = b;
      b = swapped;
    }
    nodes[static_cast<std::size_t>(id)] = h << a << b << operand(n.c);
  }
  hash128 h;
  for (const index_t size : {g.shape.out, g.shape.in, g.shape.kernel.d, g.shape.kernel.h, g.shape.kernel.w}) {
    h << static_cast<std::uint64_t>(size);
  }
  return h << nodes[static_cast<std::size_t>(g.output)];
}

/// The hash of policy `P` on weights of shape `Shape`, with its gradient rules and eps.
template <class P, weight_shape Shape, double Eps = 1e-12>
[[nodiscard]] consteval hash128 policy_hash() {
  graph g;
  g.shape = Shape;
  g.output = lower<P>(g, {.weight = g.tap(), .eps = Eps, .marks_gradient_rules = true});
  return formula_hash(g);
}

}  // namespace esp::inline ESPALIER_ABI::detail
