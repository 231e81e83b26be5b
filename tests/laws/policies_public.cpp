// SPDX-License-Identifier: BSD-3-Clause
// Laws of the priors that public code knows by name.
#include <espalier/dsl.hpp>

#include "support/laws.hpp"

namespace {

using esp::axis, esp::causal, esp::causal_taps, esp::masked, esp::raster_taps;
using laws::check, laws::modes_shape, laws::small_weight;

constexpr laws::claims projection{.idempotent = true, .exact = true};
constexpr esp::weight_shape clip{.out = 250, .in = 2, .kernel = {3, 1, 3}};

}  // namespace

TEST_CASE("laws of masks") {
  check<causal<axis::width>>("causal<width>", projection);
  check<causal<axis::depth, axis::height>, modes_shape>("causal<depth, height>", projection);
  check<masked<'A'>>("masked<'A'>", projection);
  check<masked<'B'>, modes_shape>("masked<'B'>", projection);
  check<(masked<'B'> >> esp::modes::unit_l2)>("masked<'B'> >> unit_l2", {.idempotent = true});
  check<(esp::on<causal_taps<axis::width>>(esp::subtract<esp::mean>) >> causal<axis::width>)>(
      "on<causal_taps>(zero_mean) >> causal", {.idempotent = true});
  check<(masked<'A'> >> esp::on<raster_taps<'A'>>(esp::modes::nonneg_sum1))>("masked<'A'> >> on<raster_taps>(...)",
                                                                             {.idempotent = true});
}

TEST_CASE("laws of standardize, central_difference and cap_lipschitz") {
  check<esp::standardize>("standardize", {.nan = laws::after_nan::spreads});
  check<(esp::standardize >> masked<'B'>)>("standardize >> masked<'B'>");
  check<esp::on<raster_taps<'B'>>(esp::standardize)>("on<raster_taps<'B'>>(standardize)");
  check<esp::central_difference<0.6>, clip>("central_difference<0.6>");
  check<(esp::central_difference<esp::param<"theta">> >> esp::modes::zero_mean), clip>(
      "central_difference<param> >> zero_mean");
  check<esp::cap_lipschitz<1>, small_weight>("cap_lipschitz<1>", {.idempotent = true, .nan = laws::after_nan::spreads});
  check<(masked<'A'> >> esp::cap_lipschitz<0.5>), small_weight>("masked<'A'> >> cap_lipschitz", {.idempotent = true});
  check<esp::standardize, small_weight>("standardize of a small weight", {.nan = laws::after_nan::spreads});
}
