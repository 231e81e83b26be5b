// SPDX-License-Identifier: BSD-3-Clause
#include <cstddef>
#include <espalier/form_table.hpp>

#include "support/catch.hpp"

namespace {

using esp::operation, esp::scope;

/// What the algebra sees of the table.
struct table : esp::form_table {
  using form_table::atom_in;
  using form_table::count_factor;
  using form_table::exhausted;
  using form_table::fixed_value;
  using form_table::form;
  using form_table::form_table;
  using form_table::keep;
  using form_table::nonnegative;
  using form_table::opaque;
  using form_table::opaque_factor;
  using form_table::operand;
  using form_table::sum_atom;
};

/// w, its square and the sum of its square over a block of three taps in a row, whose middle is a region.
struct fixture {
  esp::graph g;
  int w, square, total;

  constexpr fixture() {
    g.shape = {.out = 2, .in = 2, .kernel = {1, 1, 3}};
    w = g.tap();
    square = g.multiply(w, w);
    total = g.reduce(operation::sum, square, 0, scope::block);
    static_cast<void>(g.bit_of({[](esp::tap_index t, esp::extents) { return t.w == 1; }, "middle"}));
  }
};

constexpr bool same(const esp::polynomial& a, const esp::polynomial& b) {
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (!a[i].like(b[i]) || !(a[i].weight + -b[i].weight).is_zero()) return false;
  }
  return a.size() == b.size();
}

}  // namespace

TEST_CASE_METHOD(fixture, "what has no form of its own is one atom in every class of taps", "[form_table]") {
  table t(g);
  REQUIRE(t.classes().count == 2);
  REQUIRE(t.opaque(w).size() == 2);
  REQUIRE(t.opaque(w)[0].factors == t.opaque(w)[1].factors);
  REQUIRE(t.opaque(total).size() == 1);
  REQUIRE(t.opaque(total)[0].tap_class == -1);
  REQUIRE(t.opaque_factor(w, 2).atom == t.opaque(w)[0].factors[0].atom);
  REQUIRE(t.opaque_factor(w, 2).atom != t.opaque_factor(total, 2).atom);
  REQUIRE(t.atom_in(t.opaque_factor(total, 2)).level == scope::block);
}

TEST_CASE_METHOD(fixture, "an atom is as positive as its node, and every square is", "[form_table]") {
  table t(g);
  REQUIRE(!t.nonnegative(t.opaque_factor(w, 2)));
  REQUIRE(t.nonnegative(t.opaque_factor(w, 4)));
  REQUIRE(t.nonnegative(t.opaque_factor(square, 2)));
  REQUIRE(t.nonnegative(t.count_factor(scope::filter)));
  REQUIRE(t.count_factor(scope::filter).atom != t.count_factor(scope::input).atom);
  const int plain = t.sum_atom(scope::block, 0, t.opaque_factor(w, 2), false);
  REQUIRE(plain == t.sum_atom(scope::block, 0, t.opaque_factor(w, 2), false));
  REQUIRE(plain != t.sum_atom(scope::block, 1, t.opaque_factor(w, 2), false));
  REQUIRE(t.atom_in({plain, 2}).level == scope::block);
  REQUIRE(t.atom_in({t.sum_atom(scope::block, 2, t.opaque_factor(w, 2), true), 2}).level == scope::whole);
  REQUIRE(!t.nonnegative({plain, 2}));
  REQUIRE(t.nonnegative({t.sum_atom(scope::block, 0, t.opaque_factor(w, 4), false), 2}));
}

TEST_CASE_METHOD(fixture, "a form is found again, and repeated where an operand is coarser", "[form_table]") {
  table t(g);
  t.keep(w, t.opaque(w));
  t.keep(total, t.opaque(total));
  REQUIRE(same(t.form(w), t.opaque(w)));
  REQUIRE(t.operand(total, g[w]).size() == 2);
  REQUIRE(t.operand(total, g[w])[1].tap_class == 1);
  REQUIRE(same(t.operand(total, g[total]), t.form(total)));
  esp::polynomial incomplete = t.opaque(w);
  incomplete.mark_overflow();
  t.keep(square, incomplete);
  REQUIRE(same(t.form(square), t.opaque(square)));
  REQUIRE(!t.exhausted());
}

TEST_CASE_METHOD(fixture, "a form is a constant without atoms, or over a sum that it is a multiple of",
                 "[form_table]") {
  table t(g);
  REQUIRE(t.fixed_value({})->is_zero());
  REQUIRE(t.fixed_value(esp::term{.weight = 1.5})->value() == 1.5);
  REQUIRE(!t.fixed_value(t.opaque(total)));
  // (2 total + 6) / (total + 3), where the divisor is kept as the form of another node.
  const int divisor = g.add(total, g.constant(3));
  esp::polynomial sum = t.opaque(total);
  esp::accumulate(sum, esp::term{.weight = 3});
  t.keep(divisor, sum);
  const esp::polynomial quotient =
      esp::product(esp::product(sum, esp::term{.weight = 2}),
                   esp::term{.weight = 1, .factors = esp::factor{t.opaque_factor(divisor, -2).atom, -2}});
  REQUIRE(t.fixed_value(quotient)->value() == 2);
  REQUIRE(!t.fixed_value(esp::product(quotient, quotient)));
}
