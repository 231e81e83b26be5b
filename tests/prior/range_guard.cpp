// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <espalier/dsl.hpp>
#include <espalier/prior/column_tile.hpp>
#include <espalier/prior/held_tile.hpp>
#include <espalier/prior/range_guard.hpp>
#include <espalier/prior/sweep_layout.hpp>
#include <limits>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/sweep.hpp"

namespace {

using esp::index_t, esp::lanes, esp::operation, esp::scope;

template <class T>
constexpr esp::weight_shape shape{.out = lanes<T>, .in = 1, .kernel = 3};
template <class T>
using norm = esp::formula<esp::to_policy_t<decltype(esp::modes::unit_l2)>, shape<T>, 0.0>;
template <class T>
using whole_norm = esp::formula<esp::to_policy_t<decltype(esp::whole_weight(esp::modes::unit_l2))>, shape<T>, 0.0>;

/// Sweeps the memory of one tile whose scalars are all one, so that nothing is wrong with them.
template <class F, class T>
struct quiet_scalars {
  using layout = esp::detail::sweep_layout<F, T>;

  support::guarded_lines<T> scratch{layout::scratch_size_for(1)};
  esp::detail::sweep_memory<T> m = layout::memory_of(scratch.data(), 1, nullptr);
  T* const scalars = layout::scalars_begin(scratch.data());

  quiet_scalars() {
    std::fill_n(scalars, layout::tile_scalars, T(1));
    std::fill_n(m.whole, layout::node_count * lanes<T>, T(1));
  }
  /// Sets a watched scalar of a column: the first one is the sum of squares, the second what divides by its root.
  template <std::size_t Watched = 0>
  void set(index_t lane, T value) {
    constexpr esp::watched_scalar s = esp::range_watch<F, T>::scalars[Watched];
    static_assert(s.sums == (Watched == 0));
    layout::home(m, scalars, 0, std::integral_constant<int, s.id>{})[lane] = value;
  }
};

/// A weight whose column in `lane` has taps so large that their squares overflow; the others are ones.
template <class T>
std::vector<T> large_in(index_t lane) {
  std::vector<T> weight(static_cast<std::size_t>(shape<T>.size()), T(1));
  const T large = std::ldexp(T(1), std::numeric_limits<T>::max_exponent - 4);
  std::fill_n(weight.begin() + lane * 27, 27, large);
  return weight;
}

/// 27 equal taps of a column with norm 1.
template <class T>
bool is_unit(T x) {
  return std::fabs(x - 1 / std::sqrt(T(27))) < 8 * std::numeric_limits<T>::epsilon();
}

}  // namespace

TEMPLATE_TEST_CASE("a tile may leave the range where a scalar is too large, NaN or too small, in any lane", "[redo]",
                   float, double) {
  using T = TestType;
  using F = norm<T>;
  using held = esp::detail::held_tile<F, T, esp::plain_columns<T>>;
  const std::vector<T> weight(static_cast<std::size_t>(shape<T>.size()), T(1));
  const esp::plain_columns<T> sink{nullptr, lanes<T>, 27};
  for (index_t lane = 0; lane < lanes<T>; ++lane) {
    quiet_scalars<F, T> quiet;
    const held h{0, quiet.scalars, held::template columns<true>(sink, 0, weight.data(), nullptr), {}};
    const auto may_leave = [&] { return esp::detail::range_guard<F, T>::may_leave_range(quiet.m, h); };
    REQUIRE(!may_leave());
    for (const T wrong : {std::numeric_limits<T>::min(), T(0)}) {
      quiet.set(lane, wrong);
      REQUIRE(may_leave());
    }
    quiet.set(lane, T(1));
    REQUIRE(!may_leave());
    for (const T wrong : {std::numeric_limits<T>::infinity(), std::numeric_limits<T>::quiet_NaN(),
                          std::numeric_limits<T>::denorm_min(), T(0)}) {
      quiet.template set<1>(lane, wrong);
      REQUIRE(may_leave());
    }
  }
}

TEMPLATE_TEST_CASE("only the columns whose scalars ask for it are computed again, in place too", "[redo]", float,
                   double) {
  using T = TestType;
  using F = norm<T>;
  using guard = esp::detail::range_guard<F, T>;
  using held = esp::detail::held_tile<F, T, esp::plain_columns<T>>;
  for (index_t lane = 0; lane < lanes<T>; ++lane) {
    std::vector<T> weight = large_in<T>(lane);
    const esp::plain_columns<T> sink{weight.data(), lanes<T>, 27};
    quiet_scalars<F, T> quiet;
    quiet.set(lane, std::numeric_limits<T>::infinity());
    const held h{0, quiet.scalars, held::template columns<true>(sink, 0, weight.data(), nullptr), {}};
    guard::copy_columns_of(quiet.m, h);
    std::fill(weight.begin(), weight.end(), T(-3));  // as a pass that went wrong writes over them
    guard::compute_columns_again(quiet.m, h, weight.data());
    REQUIRE(quiet.scratch.intact());
    for (index_t i = 0; i < shape<T>.size(); ++i) {
      const T x = weight[static_cast<std::size_t>(i)];
      REQUIRE((i / 27 == lane ? is_unit(x) : x == -3));
    }
  }
}

TEMPLATE_TEST_CASE("in a tile for a sink that is a row of its lane", "[redo]", float, double) {
  using T = TestType;
  using F = norm<T>;
  using held = esp::detail::held_tile<F, T, support::taken_columns<T>>;
  constexpr index_t lane = 0;
  const std::vector<T> weight = large_in<T>(lane);
  const support::taken_columns<T> sink{{nullptr, lanes<T>, 27}};
  quiet_scalars<F, T> quiet;
  quiet.set(lanes<T> - 1, std::numeric_limits<T>::infinity());
  quiet.set(lane, std::numeric_limits<T>::infinity());
  held h{0, quiet.scalars, held::template columns<true>(sink, 0, weight.data(), nullptr), {}};
  // A lane without a column is left alone, whatever its scalars are.
  if (lanes<T> > 1) h.in.missing |= 1U << (lanes<T> - 1);
  std::fill_n(quiet.m.tile, 27 * lanes<T>, T(-3));
  esp::detail::range_guard<F, T>::compute_rows_again(quiet.m, h);
  REQUIRE(quiet.scratch.intact());
  for (index_t i = 0; i < 27 * lanes<T>; ++i) {
    REQUIRE((i % lanes<T> == lane ? is_unit(quiet.m.tile[i]) : quiet.m.tile[i] == -3));
  }
}

TEMPLATE_TEST_CASE("a whole weight left the range where one of its scalars did", "[redo]", float, double) {
  using T = TestType;
  using F = whole_norm<T>;
  using guard = esp::detail::range_guard<F, T>;
  const std::vector<T> ones(static_cast<std::size_t>(shape<T>.size()), T(1)), large = large_in<T>(0);
  quiet_scalars<F, T> quiet;
  REQUIRE(!guard::leaves_range(quiet.m, quiet.scalars, 1, ones.data(), nullptr));
  quiet.set(0, std::numeric_limits<T>::infinity());
  REQUIRE(guard::leaves_range(quiet.m, quiet.scalars, 1, large.data(), nullptr));
  // An input that is not finite stays as it is.
  std::vector<T> infinite = ones;
  infinite[5] = std::numeric_limits<T>::infinity();
  REQUIRE(!guard::leaves_range(quiet.m, quiet.scalars, 1, infinite.data(), nullptr));
}
