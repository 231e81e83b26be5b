// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <espalier/dsl.hpp>
#include <espalier/prior/column_tile.hpp>
#include <espalier/prior/fixed_values.hpp>
#include <espalier/prior/held_tile.hpp>
#include <espalier/prior/scalar_passes.hpp>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/sweep.hpp"

namespace {

using esp::index_t, esp::lanes, esp::operation, esp::scope;

template <class T>
constexpr esp::weight_shape shape{.out = lanes<T> + 2, .in = 3, .kernel = 3};
template <class T, class Prior>
using formula_of = esp::formula<esp::to_policy_t<Prior>, shape<T>>;

/// Small integers, whose sums are exact.
template <class T>
std::vector<T> integers() {
  std::vector<T> values(static_cast<std::size_t>(shape<T>.size()));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<T>(i * i % 11) - T(4);
  return values;
}
template <class T>
T sum_of(const std::vector<T>& weight, index_t first, index_t count) {
  T sum = 0;
  for (index_t i = first; i < first + count; ++i) sum += weight[static_cast<std::size_t>(i)];
  return sum;
}

/// A sweep stopped before its last pass: its memory, and its tiles as they went through the first.
template <class F, class T, class Sink>
struct first_pass {
  using layout = esp::detail::sweep_layout<F, T>;
  using passes = esp::detail::scalar_passes<F, T>;
  using held = esp::detail::held_tile<F, T, Sink>;
  static constexpr index_t tiles = (layout::columns + lanes<T> - 1) / lanes<T>;

  std::vector<T> weight = integers<T>();
  support::guarded_lines<T> scratch{layout::scratch_size_for(tiles)};
  esp::detail::sweep_memory<T> m = layout::memory_of(scratch.data(), tiles, nullptr);

  /// Calls `look(scalars, first column)` after each tile.
  template <class Look>
  void run(const Sink& sink, const Look& look) {
    esp::fixed_values<F, T>::store(m.whole, nullptr);
    passes::template compute<esp::moment{}, scope::whole>(m, nullptr, 0);
    passes::template start<0, scope::whole>(m.whole);
    index_t at = sink.start();
    for (index_t tile = 0; tile < tiles; ++tile, at = sink.after(at)) {
      T* const scalars = layout::scalars_begin(scratch.data()) + tile % layout::kept(tiles) * layout::tile_scalars;
      const held h{at, scalars, held::template columns<true>(sink, at, weight.data(), m.tile), {}};
      if constexpr (!held::keeps) h.load(m.tile);
      passes::template reduce<0>(m, h);
      look(scalars, at);
    }
    REQUIRE(scratch.intact());
  }
};

/// The sums of the blocks of every column, whichever way their taps come.
template <class T, template <class> class Sink>
void check_blocks() {
  using F = formula_of<T, decltype(esp::modes::zero_mean)>;
  using sweep = first_pass<F, T, Sink<T>>;
  constexpr int sum = support::node_of<F>(operation::sum, scope::block);
  STATIC_REQUIRE(sum >= 0);
  sweep s;
  const index_t blocks = shape<T>.blocks();
  const auto look = [&](T* scalars, index_t first) {
    const T* const sums = sweep::layout::home(s.m, scalars, 0, std::integral_constant<int, sum>{});
    for (index_t lane = 0; lane < std::min(lanes<T>, blocks - first); ++lane) {
      REQUIRE(sums[lane] == sum_of(s.weight, (first + lane) * 27, 27));
    }
    // The mean becomes known as the last pass starts.
    sweep::passes::complete(s.m, scalars);
    constexpr int mean = F::value[F::value.output].b;
    STATIC_REQUIRE(F::value[mean].level == scope::block);
    const T* const means = sweep::layout::home(s.m, scalars, 0, std::integral_constant<int, mean>{});
    REQUIRE(means[0] == support::Approx(static_cast<double>(sums[0]) / 27).epsilon(1e-6));
  };
  if constexpr (std::is_same_v<Sink<T>, esp::plain_columns<T>>) {
    s.run({nullptr, blocks, 27}, look);
  } else {
    s.run({{nullptr, blocks, 27}}, look);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("a block's sums are in its lane, from columns where they are and from a tile", "[sweep]", float,
                   double) {
  check_blocks<TestType, esp::plain_columns>();
  check_blocks<TestType, support::taken_columns>();
}

TEMPLATE_TEST_CASE("a filter's sum is that of its blocks", "[sweep]", float, double) {
  using T = TestType;
  using F = formula_of<T, decltype(esp::per_filter(esp::modes::zero_mean))>;
  using sweep = first_pass<F, T, esp::plain_columns<T>>;
  constexpr int sum = support::node_of<F>(operation::sum, scope::filter);
  STATIC_REQUIRE((sum >= 0 && sweep::layout::depth == 3));
  sweep s;
  s.run({nullptr, shape<T>.out, 81}, [&](T* scalars, index_t first) {
    const T* const sums = sweep::layout::home(s.m, scalars, 0, std::integral_constant<int, sum>{});
    for (index_t lane = 0; lane < std::min(lanes<T>, shape<T>.out - first); ++lane) {
      REQUIRE(sums[lane] == sum_of(s.weight, (first + lane) * 81, 81));
    }
  });
}

TEMPLATE_TEST_CASE("the whole weight's sum has every filter once, and none of the lanes without one", "[sweep]", float,
                   double) {
  using T = TestType;
  using F = formula_of<T, decltype(esp::whole_weight(esp::modes::zero_mean))>;
  using sweep = first_pass<F, T, esp::plain_columns<T>>;
  constexpr int sum = support::node_of<F>(operation::sum, scope::whole);
  STATIC_REQUIRE(sum >= 0);
  sweep s;
  const T* const sums = sweep::layout::home(s.m, nullptr, 0, std::integral_constant<int, sum>{});
  s.run({nullptr, shape<T>.out, 81}, [&](T*, index_t first) {
    const index_t filters = std::min(shape<T>.out, first + lanes<T>);
    for (index_t lane = 0; lane < lanes<T>; ++lane) REQUIRE(sums[lane] == sum_of(s.weight, 0, filters * 81));
  });
}
