// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <espalier/dsl.hpp>
#include <espalier/prior/column_tile.hpp>
#include <espalier/prior/held_tile.hpp>
#include <espalier/prior/last_pass.hpp>
#include <espalier/prior/sweep_layout.hpp>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/sweep.hpp"

namespace {

using esp::index_t, esp::lanes, esp::operation, esp::scope;

/// The taps less a scalar: what is subtracted from a column tells whose scalar was read.
constexpr auto less_sum = [](auto w) { return w - esp::sum(w); };
template <esp::weight_shape Shape>
using by_blocks = esp::formula<esp::to_policy_t<decltype(less_sum)>, Shape>;
template <esp::weight_shape Shape>
using by_filters = esp::formula<esp::to_policy_t<decltype(esp::per_filter(less_sum))>, Shape>;

/// Memory of a sweep whose scalars are set by hand: a thousand for the first lane, two for the second and so on.
template <class F, class T>
struct known_scalars {
  using layout = esp::detail::sweep_layout<F, T>;
  static constexpr int sum =
      std::max(support::node_of<F>(operation::sum, scope::block), support::node_of<F>(operation::sum, scope::filter));
  static_assert(F::value[F::value.output].b >= 0);
  /// What the taps read: the sum, or for a filter the sum of its blocks' sums.
  static constexpr int read = F::value[F::value.output].b;

  support::guarded_lines<T> scratch{layout::scratch_size_for(1)};
  esp::detail::sweep_memory<T> m = layout::memory_of(scratch.data(), 1, nullptr);
  T* const scalars = layout::scalars_begin(scratch.data());

  known_scalars() {
    T* const home = layout::home(m, scalars, 0, std::integral_constant<int, read>{});
    for (index_t lane = 0; lane < lanes<T>; ++lane) home[lane] = static_cast<T>(1000 * (lane + 1));
  }
};

template <class T>
std::vector<T> taps_of(index_t count) {
  std::vector<T> taps(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < taps.size(); ++i) taps[i] = static_cast<T>(i % 500);
  return taps;
}

/// Writes `filled` columns, in place and not, and compares what is in them and what must not change behind.
template <class T, class F>
void check_written(index_t filled) {
  using layout = esp::detail::sweep_layout<F, T>;
  using held = esp::detail::held_tile<F, T, esp::plain_columns<T>>;
  constexpr index_t length = layout::length;
  known_scalars<F, T> known;
  std::vector<T> weight = taps_of<T>(length * lanes<T>), apart(weight.size() + 1, T(-1));
  const std::vector<T> before = weight;
  const esp::plain_columns<T> sink{apart.data(), filled, length};
  support::guarded_lines<T> copy(length * lanes<T>);
  const held h{0, known.scalars, held::template columns<true>(sink, 0, weight.data(), copy.data()), {}};
  esp::detail::last_pass<F, T>::write(known.m, h, apart.data());
  if (filled == lanes<T>) esp::detail::last_pass<F, T>::write(known.m, h, weight.data());
  REQUIRE((known.scratch.intact() && copy.intact()));
  for (index_t i = 0; i < length * lanes<T>; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const bool written = i < filled * length;
    REQUIRE(apart[at] == (written ? before[at] - static_cast<T>(1000 * (i / length + 1)) : T(-1)));
    if (filled == lanes<T>) REQUIRE(weight[at] == apart[at]);
  }
  REQUIRE(apart.back() == -1);
}

}  // namespace

TEMPLATE_TEST_CASE("columns are written where they came from, each with the scalars of its lane", "[sweep]", float,
                   double) {
  using T = TestType;
  constexpr esp::weight_shape blocks{.out = lanes<T>, .in = 1, .kernel = 3};
  constexpr esp::weight_shape filters{.out = lanes<T>, .in = 2, .kernel = 3};
  constexpr esp::weight_shape long_blocks{.out = lanes<T>, .in = 1, .kernel = 9};  // too long to be spread
  for (const index_t filled : {lanes<T>, index_t{1}}) {
    check_written<T, by_blocks<blocks>>(filled);
    check_written<T, by_blocks<long_blocks>>(filled);
    check_written<T, by_filters<filters>>(filled);
  }
}

TEMPLATE_TEST_CASE("a tile gets the results of a block of every column", "[sweep]", float, double) {
  using T = TestType;
  constexpr esp::weight_shape shape{.out = lanes<T>, .in = 1, .kernel = {1, 2, 3}};
  using F = by_blocks<shape>;
  using held = esp::detail::held_tile<F, T, support::taken_columns<T>>;
  known_scalars<F, T> known;
  const std::vector<T> weight = taps_of<T>(shape.size());
  const support::taken_columns<T> sink{{nullptr, lanes<T>, 6}};
  const held h{0, known.scalars, held::template columns<true>(sink, 0, weight.data(), nullptr), {}};
  h.load(known.m.tile);
  esp::detail::last_pass<F, T>::fill_tile(known.m, h, 0);
  REQUIRE(known.scratch.intact());
  for (index_t i = 0; i < 6 * lanes<T>; ++i) {
    const index_t lane = i % lanes<T>, row = i / lanes<T>;
    REQUIRE(known.m.tile[i] == weight[static_cast<std::size_t>(lane * 6 + row)] - static_cast<T>(1000 * (lane + 1)));
  }
}
