// SPDX-License-Identifier: BSD-3-Clause
// Refused: what is no epilogue of a layer, and chains that no layer stores through.
#include <espalier/espalier.hpp>
#include <espalier/layer_epilogue.hpp>

using esp::add_residual, esp::relu;

constexpr esp::conv3d config{.in_channels = 2, .out_channels = 2, .kernel_size = 3, .padding = 1};
using layer = esp::constrained_conv3d<config>;
using batch = xt::xtensor<float, 5>;

struct whole_function {
  static constexpr auto value(auto s) { return s * s; }
  static constexpr auto derivative(auto s) { return 2 * s; }
};
struct half_a_function {
  static constexpr auto value(auto s) { return s * s; }
};
constexpr int number = 2;
inline auto added(const batch& x) { return esp::add(x); }
inline auto kept(const batch&) { return relu; }
constexpr auto shifted = [](auto s) { return s - esp::eps; };
constexpr auto centred = [](auto s) { return s - esp::mean(s); };

#ifdef REJECT_TWO_RESIDUALS  // reject: ESP-244: an epilogue adds one residual  // brief
constexpr auto two_residuals = add_residual >> relu >> add_residual;
#else
constexpr auto two_residuals = add_residual >> relu >> relu;
#endif

#ifdef REJECT_TWO_TENSORS  // reject: ESP-244: .*add the tensors first, add.a . b  // brief
inline auto two_tensors(const layer& l, const batch& x) { return then(l, esp::add(x) >> added(x))(x); }
#else
inline auto two_tensors(const layer& l, const batch& x) { return then(l, esp::add(x) >> kept(x))(x); }
#endif

#ifdef REJECT_FUNCTION_WITHOUT_DERIVATIVE  // reject: ESP-248: a function of outputs has both `value` and `derivative`
constexpr auto function_without_derivative = relu >> half_a_function{};
#else
constexpr auto function_without_derivative = relu >> whole_function{};
#endif

#ifdef REJECT_LAYER_THEN_HALF_A_FUNCTION  // reject: ESP-248: .*static constexpr auto derivative
inline auto layer_then_half(const layer& l, const batch& x) { return then(l, half_a_function{})(x); }
#else
inline auto layer_then_half(const layer& l, const batch& x) { return then(l, whole_function{})(x); }
#endif

#ifdef REJECT_LAYER_THEN_A_NUMBER  // reject: ESP-249: this is no epilogue; write relu, leaky_relu<a>
inline auto layer_then_a_number(const layer& l, const batch& x) { return then(l, number)(x); }
#else
inline auto layer_then_a_number(const layer& l, const batch& x) { return then(l, relu)(x); }
#endif

#ifdef REJECT_EPILOGUE_THAT_REDUCES  // reject: ESP-249: .*without reductions, regions, tables and parameters  // brief
constexpr auto epilogue_that_reduces = relu >> centred;
#else
constexpr auto epilogue_that_reduces = relu >> shifted;
#endif

#ifdef REJECT_LAYER_THEN_NO_TENSOR  // reject: ESP-249: a layer adds a tensor: write add.x. in place of add_residual
inline auto layer_then_no_tensor(const layer& l, const batch& x) { return then(l, add_residual)(x); }
#else
inline auto layer_then_no_tensor(const layer& l, const batch& x) { return then(l, relu)(x); }
#endif
