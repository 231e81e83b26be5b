// SPDX-License-Identifier: BSD-3-Clause
// Refused: tables that are none, stencils without room, equations that depend on each other, derivatives that are none.
#include <array>
#include <espalier/espalier.hpp>

using esp::at;
using esp::constrained_conv3d;
using esp::conv3d;
using esp::moment_is;
using esp::moments;
using esp::partial;
using esp::zero_sum;

constexpr conv3d cube{.in_channels = 2, .out_channels = 2, .kernel_size = 3};
constexpr conv3d wide{.in_channels = 2, .out_channels = 2, .kernel_size = 5};
constexpr conv3d flat{.in_channels = 2, .out_channels = 2, .kernel_size = {1, 3, 3}};
constexpr conv3d even{.in_channels = 2, .out_channels = 2, .kernel_size = {3, 3, 4}};
constexpr std::array<double, 3> row{1, 2, 3};

constexpr double huge = 1e300;
constexpr double pole(esp::tap_index t) { return t.w == 2 ? huge * (t.h == 0 ? huge : 1) : 1; }
constexpr double root(esp::tap_index t) { return t.w == 2 ? -__builtin_nan("") : 1; }
constexpr double slope(esp::tap_index t) { return t.w == 2 ? 2 : 1; }
inline double at_run_time(esp::tap_index t) { return t.w == 2 ? 2 : 1; }
constexpr double of_a_number(double x) { return x; }
constexpr const char* word(esp::tap_index) { return "w"; }
constexpr esp::tap_index place(esp::tap_index t) { return t; }
constexpr auto by_root = [](auto w) { return w * at<root>; };
constexpr auto by_slope = [](auto w) { return w * at<slope>; };

// The taps of a first derivative as a cross-correlation reads them, and as published code had them.
constexpr double rising(esp::tap_index t) { return t.d == 1 && t.h == 1 ? 0.5 * static_cast<double>(t.w - 1) : 0; }
constexpr double falling(esp::tap_index t) { return t.d == 1 && t.h == 1 ? 0.5 * static_cast<double>(1 - t.w) : 0; }

constexpr esp::fact along_d = moment_is<1, 0, 0, 1>, along_h = moment_is<0, 1, 0, 1>;
constexpr auto learned = moments<zero_sum, along_h>;
constexpr auto on_slopes = esp::equation<slope, 1>;
constexpr auto positive = esp::clamp<0>;
constexpr auto unchanged = esp::identity;
constexpr auto mean_filter = esp::box;
constexpr auto star = esp::laplacian<2>;

#ifdef REJECT_TABLE_THAT_IS_NOT_FINITE  // reject: ESP-214: a table at<f> of the prior has a value
constrained_conv3d<cube, by_root> not_finite;
#else
constrained_conv3d<cube, by_slope> not_finite;
#endif

#ifdef REJECT_EVALUATED_TABLE_THAT_IS_NOT_FINITE  // reject: ESP-214: a table at<f> of the prior
constexpr auto evaluated = esp::evaluate<by_root, esp::extents{1, 1, 3}>(row);
#else
constexpr auto evaluated = esp::evaluate<by_slope, esp::extents{1, 1, 3}>(row);
#endif

#ifdef REJECT_GAUSSIAN_WITHOUT_WIDTH  // reject: ESP-214: a table at<f> of the prior
constrained_conv3d<cube, esp::gaussian<0>> blur;
#else
constrained_conv3d<cube, esp::gaussian<1>> blur;
#endif

#ifdef REJECT_TABLE_OF_A_NUMBER  // reject: ESP-215: at<f> takes a constexpr function
constexpr auto table_of_a_number = esp::clamp<0> >> [](auto w) { return w * at<3>; };
#else
constexpr auto table_of_a_number = esp::clamp<0> >> [](auto w) { return w * at<slope>; };
#endif

#ifdef REJECT_TABLE_BY_A_NUMBER  // reject: ESP-215: at<f> takes a constexpr function
constexpr auto table_by_a_number = esp::assign<at<of_a_number>>;
#else
constexpr auto table_by_a_number = esp::assign<at<slope>>;
#endif

#ifdef REJECT_TABLE_OF_WORDS  // reject: ESP-215: at<f> takes a constexpr function
constexpr auto table_of_words = esp::assign<at<word>>;
#else
constexpr auto table_of_words = esp::assign<at<slope>>;
#endif

#ifdef REJECT_TABLE_OF_PLACES  // reject: ESP-215: at<f> takes a constexpr function
constexpr auto table_of_places = esp::assign<at<place>>;
#else
constexpr auto table_of_places = esp::assign<at<slope>>;
#endif

#ifdef REJECT_TABLE_AT_RUN_TIME  // reject: ESP-215: at<f> takes a constexpr function
constexpr auto table_at_run_time = esp::assign<at<at_run_time>>;
#else
constexpr auto table_at_run_time = esp::assign<at<slope>>;
#endif

#ifdef REJECT_LAPLACIAN_WITHOUT_ROOM  // reject: ESP-216: the kernel has no room for a stencil of the prior
constrained_conv3d<cube, esp::laplacian<4>> laplacian;
#else
constrained_conv3d<wide, esp::laplacian<4>> laplacian;
#endif

#ifdef REJECT_DERIVATIVE_ON_AN_EVEN_AXIS  // reject: ESP-216: the kernel has no room for a stencil of the prior
constrained_conv3d<even, esp::derivative<partial{.w = 1}>> derivative;
#else
constrained_conv3d<cube, esp::derivative<partial{.w = 1}>> derivative;
#endif

#ifdef REJECT_SOBEL_ALONG_ONE_TAP  // reject: ESP-216: the kernel has no room for a stencil of the prior
constrained_conv3d<flat, esp::sobel<esp::axis::depth>> edges;
#else
constrained_conv3d<flat, esp::sobel<esp::axis::height>> edges;
#endif

#ifdef REJECT_EXPLAINED_WITHOUT_ROOM  // reject: ESP-216: the kernel has no room for a stencil of the prior
constexpr auto explained = esp::explain<esp::extents{1, 1, 3}>(esp::derivative<partial{.w = 1}, 4>);
#else
constexpr auto explained = esp::explain<esp::extents{1, 1, 5}>(esp::derivative<partial{.w = 1}, 4>);
#endif

#ifdef REJECT_EQUATIONS_TWICE  // reject: ESP-217: an equation of affine<...> or moments<...> depends
constrained_conv3d<cube, moments<along_d, along_d>> twice;
#else
constrained_conv3d<cube, moments<along_d, along_h>> twice;
#endif

#ifdef REJECT_MOMENT_ALONG_ONE_TAP  // reject: ESP-217: an equation of affine<...> or moments<...> depends
constrained_conv3d<flat, moments<along_d>> along_one_tap;
#else
constrained_conv3d<flat, moments<along_h>> along_one_tap;
#endif

#ifdef REJECT_MOMENT_OF_A_NORM  // reject: ESP-240: affine<...> takes equations, and moments<...> the facts
constexpr auto moment_of_a_norm = moments<esp::l2_is<1>>;
#else
constexpr auto moment_of_a_norm = moments<esp::sum_is<1>>;
#endif

#ifdef REJECT_FACT_AS_EQUATION  // reject: ESP-240: affine<...> takes equations, and moments<...> the facts
constexpr auto fact_as_equation = esp::affine<esp::zero_sum>;
#else
constexpr auto fact_as_equation = esp::affine<on_slopes>;
#endif

#ifdef REJECT_TWO_DEVIATIONS  // reject: ESP-241: gaussian<...> takes one deviation for all axes, or three
constexpr auto two_deviations = esp::gaussian<1, 2>;
#else
constexpr auto two_deviations = esp::gaussian<1 + 2>;
#endif

#ifdef REJECT_REVERSED_DERIVATIVE  // reject: ESP-066: this fact is not proved of the prior  // brief
static_assert(esp::require<esp::assign<at<falling>>, esp::derivative_to<partial{.w = 1}, 2>>);
#else
static_assert(esp::require<esp::assign<at<rising>>, esp::derivative_to<partial{.w = 1}, 2>>);
#endif

#ifdef REJECT_HIGHER_ORDER  // reject: asked_but_proved_is<.*derivative along w to order 4.*sum = 0
static_assert(esp::require<esp::assign<at<rising>>, esp::derivative_to<partial{.w = 1}, 4>>);
#else
static_assert(esp::require<esp::assign<at<rising>>, esp::derivative_to<partial{.w = 1}, 2>>);
#endif

#ifdef REJECT_LAPLACIAN_OF_A_MEAN  // reject: ESP-066: this fact is not proved of the prior  // brief
static_assert(esp::require<mean_filter, esp::laplacian_to<2>>);
#else
static_assert(esp::require<star, esp::laplacian_to<2>>);
#endif

#ifdef REJECT_MOMENT_LOST_BY_A_STEP  // reject: ESP-213: a step of the prior loses this fact  // brief
static_assert(esp::require<(learned >> positive), along_h>);
#else
static_assert(esp::require<(learned >> unchanged), along_h>);
#endif
