// SPDX-License-Identifier: BSD-3-Clause
// False tables of taps are reported, true ones are not.
#include "drawn/planted.hpp"
#include "drawn/taps.hpp"

namespace {

using namespace drawn;

/// A table that says one thing of the last tap, or ties it to the first one.
claims table_of_last(esp::detail::tap_kind kind, double value = 0, bool negated = false) {
  tap_table said(3);
  said[2] = {.kind = kind, .value = value};
  if (kind == esp::detail::tap_kind::tied) {
    said[0] = {.kind = kind, .first = 0};
    said[2] = {.kind = kind, .first = 0, .negated = negated};
  }
  claims c;
  c.float_taps = said;
  return c;
}
claims in_double(claims c) {
  c.double_taps.swap(c.float_taps);
  return c;
}

}  // namespace

TEST_CASE("a false table of taps is reported, and a true one is not") {
  using enum esp::detail::tap_kind;
  const policy number_alone = formula({number(0.1)}), nothing = formula({number(0)});
  const policy mirrored = known("esp::symmetric<esp::mirror<esp::axis::width>>");
  // Of numbers a lever of -1, 0, 1; NaN passes a factor of zero.
  const policy levered = formula({w, of(word::sum, 0), table("drawn::tables::lever"), of(word::multiply, 1, 2)});
  const policy gated = formula({w, table("drawn::tables::gate"), of(word::multiply, 0, 1)});
  CHECK_FALSE(reported(nothing, table_of_last(zero)));
  CHECK(reported(identity(), table_of_last(zero)));
  CHECK(reported(identity(), in_double(table_of_last(zero))));
  CHECK_FALSE(reported(number_alone, table_of_last(constant, static_cast<double>(0.1F))));
  CHECK_FALSE(reported(number_alone, in_double(table_of_last(constant, 0.1))));
  CHECK(reported(number_alone, table_of_last(constant, 0.1)));
  CHECK(reported(identity(), table_of_last(constant, 1)));
  CHECK_FALSE(reported(mirrored, table_of_last(tied)));
  CHECK(reported(mirrored, table_of_last(tied, 0, true)));
  CHECK(reported(centred(), table_of_last(tied)));
  CHECK_FALSE(reported(levered, table_of_last(tied, 0, true)));
  CHECK(reported(levered, in_double(table_of_last(tied))));
  // The sum of taps a and c less each of them: opposite in exact arithmetic, a bit apart in floating point.
  CHECK(reported(known("esp::antisymmetric<esp::axis::width>"), table_of_last(tied, 0, true)));
  tap_table second(3);
  second[1] = {.kind = zero};
  claims c;
  c.float_taps = second;
  CHECK(reported(levered, c));
  CHECK(reported(gated, c));
}
