// SPDX-License-Identifier: BSD-3-Clause
#include "drawn/taps.hpp"

#include <algorithm>
#include <cstdio>
#include <espalier/liveness.hpp>
#include <espalier/range_analysis.hpp>
#include <espalier/range_watch.hpp>
#include <espalier/tap_classes.hpp>
#include <limits>
#include <span>

namespace drawn {

using esp::detail::known_tap, esp::detail::known_value, esp::detail::tap_kind;

template <class T>
tap_table taps_of(const esp::detail::graph& g) {
  tap_table result(static_cast<std::size_t>(g.shape.kernel.volume()));
  if (!esp::detail::may_know_taps(g)) return result;
  const esp::detail::range_analysis watch(g, esp::detail::live_nodes(g),
                                          static_cast<double>(esp::detail::safe_range<T>::least));
  std::vector<esp::detail::watched_scalar> watched;
  for (int id = 0; id < g.size; ++id) {
    if (watch.watched(id)) watched.push_back(esp::detail::watched_scalar_of(g, watch, id));
  }
  const bool may_differ = esp::detail::may_be_redone<T>(esp::detail::value_numbering<T>(g), watched, watch.products);
  if (g[g.output].level != esp::detail::scope::tap) {
    esp::detail::tabulate_one<T>(esp::detail::value_numbering<T>(g).output_at(0), may_differ, result);
    return result;
  }
  std::vector<known_value<T>> values(result.size());
  esp::detail::number_taps<T>(g, esp::detail::tap_classes(g), values);
  esp::detail::tabulate_taps<T>(values, may_differ, result);
  return result;
}
template tap_table taps_of<double>(const esp::detail::graph&);
template tap_table taps_of<float>(const esp::detail::graph&);

bool says_something(const tap_table& said) {
  return std::any_of(said.begin(), said.end(), [](const known_tap& t) { return t.kind != tap_kind::free; });
}

namespace {

template <class T>
bool agrees(const known_tap& known, T x, T first) {
  switch (known.kind) {
    case tap_kind::zero:
      return x == 0;
    case tap_kind::constant:
      return static_cast<double>(x) == known.value;
    case tap_kind::tied:
      return x == (known.negated ? -first : first) || (x != x && first != first);
    default:
      return true;
  }
}
std::string text_of(double x) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", x);
  return text;
}

}  // namespace

template <class T>
std::optional<std::string> contradicted(const tap_table& said, const std::vector<T>& weight) {
  constexpr const char* kinds[] = {"free", "zero", "constant", "tied"};
  for (std::size_t i = 0; i < weight.size(); ++i) {
    const std::size_t tap = i % said.size();
    const known_tap& known = said[tap];
    const T first = known.first < 0 ? weight[i] : weight[i - tap + static_cast<std::size_t>(known.first)];
    if (agrees(known, weight[i], first)) continue;
    return "tap " + std::to_string(tap) + " is said to be " + kinds[static_cast<std::size_t>(known.kind)] +
           ", but is " + text_of(static_cast<double>(weight[i])) + " where " +
           (known.kind == tap_kind::constant ? text_of(known.value) : text_of(static_cast<double>(first))) + " belongs";
  }
  return std::nullopt;
}
template std::optional<std::string> contradicted(const tap_table&, const std::vector<double>&);
template std::optional<std::string> contradicted(const tap_table&, const std::vector<float>&);

void spoil(random_source& random, input& in) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto bad = [&] { return random.one_of({std::numeric_limits<double>::quiet_NaN(), infinity, -infinity}); };
  const int often = random.below(3) == 0 ? 50 : 5;
  for (double& x : in.weight) x = random.chance(often) ? bad() : x;
  for (auto& numbers : in.numbers) {
    for (double& x : numbers) x = random.chance(often / 2) ? bad() : x;
  }
}

}  // namespace drawn
