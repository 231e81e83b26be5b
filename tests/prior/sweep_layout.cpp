// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/dsl.hpp>
#include <espalier/prior/sweep_layout.hpp>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/sweep.hpp"

namespace {

using esp::index_t, esp::lanes, esp::scope;

constexpr esp::weight_shape shape{.out = 5, .in = 7, .kernel = 3};
template <class Prior>
using formula_of = esp::formula<esp::to_policy_t<Prior>, shape>;
using block = formula_of<decltype(esp::modes::unit_l2)>;
using filter = formula_of<decltype(esp::per_filter(esp::modes::unit_l2))>;
using whole = formula_of<decltype(esp::whole_weight(esp::modes::zero_mean))>;
using input = formula_of<decltype(esp::per_input(esp::modes::unit_l2))>;
using gradient = esp::gradient_formula<esp::to_policy_t<decltype(esp::modes::unit_l2)>, shape>;

/// Every register that `home` tells, and every other part of a sweep's memory, lies in the scratch and in no other.
template <class F, class T>
void parts_are_apart(index_t tiles) {
  using layout = esp::detail::sweep_layout<F, T>;
  const index_t size = layout::scratch_size_for(tiles);
  std::vector<T> scratch(static_cast<std::size_t>(size));
  std::vector<int> uses(scratch.size());
  const auto use = [&](const T* from, index_t count) {
    for (index_t i = 0; i < count; ++i) ++uses[static_cast<std::size_t>(from - scratch.data() + i)];
  };
  const auto m = layout::memory_of(scratch.data(), tiles, nullptr);
  REQUIRE((m.wide == nullptr && m.parameters == nullptr && m.tile == scratch.data()));
  use(m.tile, layout::tiles_size);
  if (layout::copy_size > 0) use(m.copy, layout::copy_size);
  if (layout::wide_inputs_size > 0) use(m.wide_inputs, layout::wide_inputs_size);
  const auto visit = [&]<int... Id>(std::integer_sequence<int, Id...>) {
    const auto each = [&](auto id) {
      constexpr scope level = F::value[decltype(id)::value].level;
      for (index_t tile = 0; tile < layout::kept(tiles); ++tile) {
        T* const scalars = layout::scalars_begin(scratch.data()) + tile * layout::tile_scalars;
        for (index_t b = 0; b < (level == scope::block || level == scope::input ? layout::depth : 1); ++b) {
          if (level == scope::block || level == scope::filter || tile == 0)
            use(layout::home(m, scalars, b, id), layout::width);
        }
      }
    };
    (each(std::integral_constant<int, Id>{}), ...);
  };
  visit(std::make_integer_sequence<int, F::value.size>{});
  for (const int count : uses) REQUIRE(count <= 1);
}

}  // namespace

TEST_CASE("a column is a block, or all blocks of a filter where a reduction reaches so far", "[sweep]") {
  using of_blocks = esp::detail::sweep_layout<block, float>;
  using of_filters = esp::detail::sweep_layout<filter, float>;
  STATIC_REQUIRE((of_blocks::reach == scope::block && of_blocks::depth == 1 && of_blocks::length == 27));
  STATIC_REQUIRE((of_blocks::columns == 35 && of_filters::columns == 5));
  STATIC_REQUIRE((of_filters::reach == scope::filter && of_filters::depth == 7 && of_filters::length == 189));
  STATIC_REQUIRE(esp::detail::sweep_layout<whole, float>::reach == scope::whole);
}

TEMPLATE_TEST_CASE("a gradient's tile is followed by that of the incoming one", "[sweep]", float, double) {
  using forward = esp::detail::sweep_layout<block, TestType>;
  using backward = esp::detail::sweep_layout<gradient, TestType>;
  STATIC_REQUIRE((!forward::is_gradient && forward::tiles_size == forward::tile_size));
  STATIC_REQUIRE((backward::is_gradient && backward::tiles_size == 2 * backward::tile_size));
  STATIC_REQUIRE(forward::tile_size == 27 * lanes<TestType>);
}

TEMPLATE_TEST_CASE("tiles are held as the first cache has room, and all scalars of a whole weight are kept", "[sweep]",
                   float, double) {
  using of_blocks = esp::detail::sweep_layout<block, TestType>;
  STATIC_REQUIRE((of_blocks::most_held >= 1 && of_blocks::most_held <= 4));
  STATIC_REQUIRE(of_blocks::most_held * of_blocks::tiles_size * static_cast<index_t>(sizeof(TestType)) <= 16384);
  STATIC_REQUIRE(of_blocks::kept(9) == of_blocks::most_held);
  STATIC_REQUIRE(esp::detail::sweep_layout<filter, TestType>::kept(9) == 1);
  STATIC_REQUIRE(esp::detail::sweep_layout<whole, TestType>::kept(9) == 9);
}

TEMPLATE_TEST_CASE("no part of the scratch is used twice", "[sweep]", float, double) {
  for (const index_t tiles : {1, 3}) {
    parts_are_apart<block, TestType>(tiles);
    parts_are_apart<filter, TestType>(tiles);
    parts_are_apart<whole, TestType>(tiles);
    parts_are_apart<input, TestType>(tiles);
    parts_are_apart<gradient, TestType>(tiles);
  }
}
