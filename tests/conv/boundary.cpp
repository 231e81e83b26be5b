// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/boundary.hpp>
#include <string>

#include "support/catch.hpp"

namespace {

using esp::axis_boundary, esp::boundaries;
using enum esp::boundary;

template <boundaries B>
struct as_template_argument {
  static constexpr axis_boundary rows = B.h;
};

}  // namespace

TEST_CASE("a boundary reads one rule, one per axis and one per side", "[conv]") {
  constexpr boundaries none, all = reflect, axes{replicate, zeros, circular},
                             sides{{replicate, zeros}, symmetric, {zeros, reflect}};
  static_assert(none == zeros && none.d == zeros && none.w.after == zeros);
  static_assert(all == boundaries(reflect, reflect, reflect) && all != replicate);
  static_assert(axes.d == axis_boundary(replicate, replicate) && axes.h == zeros && axes.w.before == circular);
  static_assert(sides.d.before == replicate && sides.d.after == zeros && sides.h.after == symmetric);
  static_assert(as_template_argument<{zeros, {reflect, zeros}, zeros}>::rows == axis_boundary(reflect, zeros));
  static_assert(esp::detail::is_one(all) && !esp::detail::is_one(axes) && !esp::detail::is_one(sides));
  SUCCEED("decided by the compiler");
}

TEST_CASE("a boundary has the name that a program writes", "[conv]") {
  const auto name = [](esp::boundary b) { return std::string(esp::detail::name_of(b)); };
  REQUIRE((name(zeros) == "zeros" && name(replicate) == "replicate" && name(reflect) == "reflect"));
  REQUIRE((name(symmetric) == "symmetric" && name(circular) == "circular"));
}
