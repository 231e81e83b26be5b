// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <espalier/dsl.hpp>
#include <espalier/prior/column_tile.hpp>
#include <espalier/prior/held_tile.hpp>
#include <numeric>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/sweep.hpp"

namespace {

using esp::index_t, esp::lanes;

/// Columns of a last tile that fills no register, but where that is one lane.
template <class T>
constexpr index_t few = (lanes<T> + 1) / 2;
template <class T>
constexpr esp::weight_shape shape{.out = lanes<T> + few<T>, .in = 1, .kernel = 3};
template <class T>
using forward = esp::formula<esp::to_policy_t<decltype(esp::modes::unit_l2)>, shape<T>>;
template <class T>
using gradient = esp::gradient_formula<esp::to_policy_t<decltype(esp::modes::unit_l2)>, shape<T>>;
/// The numbers from `first` on.
template <class T>
std::vector<T> counted(index_t count, T first) {
  std::vector<T> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), first);
  return values;
}

}  // namespace

TEMPLATE_TEST_CASE("columns that stay where they are are read there, and those of a part of a tile from a copy",
                   "[sweep]", float, double) {
  using T = TestType;
  using sink = esp::plain_columns<T>;
  using held = esp::detail::held_tile<forward<T>, T, sink>;
  STATIC_REQUIRE(held::keeps);
  const std::vector<T> weight = counted(shape<T>.size(), T(1));
  const sink to{nullptr, shape<T>.out, 27};
  support::guarded_lines<T> copy(27 * lanes<T>);
  const auto first = held::template columns<true>(to, to.start(), weight.data(), copy.data());
  REQUIRE((first.begin == weight.data() && first.filled == lanes<T>));
  const auto second = held::template columns<true>(to, to.after(to.start()), weight.data(), copy.data());
  REQUIRE((second.filled == few<T> && copy.intact()));
  REQUIRE(second.begin == (few<T> < lanes<T> ? copy.data() : weight.data() + 27));
  // Lanes without a column have the last one.
  for (index_t lane = 0; lane < lanes<T>; ++lane) {
    const index_t column = lanes<T> + std::min(lane, few<T> - 1);
    for (index_t row = 0; row < 27; ++row) {
      REQUIRE(second[lane][row] == weight[static_cast<std::size_t>(column * 27 + row)]);
    }
  }
}

TEMPLATE_TEST_CASE("a sink that packs has its columns transposed, of both tensors", "[sweep]", float, double) {
  using T = TestType;
  using held = esp::detail::held_tile<gradient<T>, T, support::taken_columns<T>>;
  STATIC_REQUIRE(!held::keeps);
  const std::vector<T> weight = counted(shape<T>.size(), T(1)), incoming = counted(shape<T>.size(), T(5000));
  const support::taken_columns<T> sink{{nullptr, shape<T>.out, 27}};
  const auto at = sink.start();
  const held h{at, nullptr, held::template columns<true>(sink, at, weight.data(), nullptr),
               held::template columns<true>(sink, at, incoming.data(), nullptr)};
  constexpr index_t size = 27 * lanes<T>;
  support::guarded_lines<T> tile(2 * size);
  h.load(tile.data());
  REQUIRE(tile.intact());
  for (index_t i = 0; i < size; ++i) {
    REQUIRE(tile.data()[i] == h.in[i % lanes<T>][i / lanes<T>]);
    REQUIRE(tile.data()[size + i] == h.incoming[i % lanes<T>][i / lanes<T>]);
  }
  for (index_t lane = 0; lane < lanes<T>; ++lane) {
    REQUIRE(h.incoming_of(lane) - incoming.data() == h.in[lane] - weight.data());
  }
}

TEMPLATE_TEST_CASE("without an incoming gradient there are no columns of one", "[sweep]", float, double) {
  using T = TestType;
  using held = esp::detail::held_tile<forward<T>, T, esp::plain_columns<T>>;
  STATIC_REQUIRE(std::is_same_v<typename held::incoming_type, esp::detail::no_columns>);
  const esp::plain_columns<T> sink{nullptr, shape<T>.out, 27};
  STATIC_REQUIRE(
      std::is_same_v<decltype(held::template columns<false>(sink, 0, nullptr, nullptr)), esp::detail::no_columns>);
  const std::vector<T> weight = counted(shape<T>.size(), T(1));
  const held h{0, nullptr, held::template columns<true>(sink, 0, weight.data(), nullptr), {}};
  REQUIRE(h.incoming_of(lanes<T> - 1) == h.in[lanes<T> - 1]);
}
