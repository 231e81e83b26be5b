// SPDX-License-Identifier: BSD-3-Clause
// Refused: optimisers of what cannot be trained, and files of what cannot be read.
#include <espalier/espalier.hpp>
#include <espalier/io/npy.hpp>

using layer = esp::constrained_conv3d<esp::conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = 3}>;
layer conv;
const layer fixed;
constexpr esp::conv3d config{};
constexpr esp::sgd rule{};

#ifdef REJECT_OPTIMIZER_WITHOUT_RULE  // reject: ESP-046: the first argument of an optimizer is no rule
esp::optimizer without_rule(config, conv);
#else
esp::optimizer without_rule(rule, conv);
#endif

#ifdef REJECT_OPTIMIZER_OF_CONST_LAYER  // reject: ESP-047: .* is no layer that can be trained
esp::optimizer of_const_layer(rule, fixed);
#else
esp::optimizer of_const_layer(rule, conv);
#endif

#ifdef REJECT_NPY_OF_INTEGERS  // reject: ESP-016: read_npy reads float or double
auto integers = esp::read_npy<int>("a.npy");
#else
auto integers = esp::read_npy<double>("a.npy");
#endif
