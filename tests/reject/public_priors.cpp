// SPDX-License-Identifier: BSD-3-Clause
// Refused: arguments of the priors that public code knows by name, and kernels that they do not fit.
#include <espalier/espalier.hpp>
#include <limits>

using esp::axis;
using esp::causal;
using esp::central_difference;
using esp::masked;
using esp::standardize;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double one = 1;
constexpr int number = 65;
constexpr char letter = 'A';

#ifdef REJECT_CAUSAL_NOWHERE  // reject: ESP-231: causal<...> takes axes, each once
constexpr auto causal_nowhere = causal<>;
#else
constexpr auto causal_nowhere = causal<axis::depth>;
#endif

#ifdef REJECT_CAUSAL_NUMBER  // reject: ESP-231: causal<...> takes axes, each once
constexpr auto causal_number = causal<0>;
#else
constexpr auto causal_number = causal<axis::depth>;
#endif

#ifdef REJECT_CAUSAL_TWICE  // reject: ESP-231: causal<...> takes axes, each once
constexpr auto causal_twice = causal<axis::depth, axis::depth>;
#else
constexpr auto causal_twice = causal<axis::depth, axis::width>;
#endif

#ifdef REJECT_MASK_C  // reject: ESP-232: masked<...> takes 'A', which leaves the centre out, or 'B'
constexpr auto mask_c = masked<'C'>;
#else
constexpr auto mask_c = masked<'B'>;
#endif

#ifdef REJECT_MASK_NUMBER  // reject: ESP-232: masked<...> takes 'A', which leaves the centre out, or 'B'
constexpr auto mask_number = masked<number>;
#else
constexpr auto mask_number = masked<letter>;
#endif

#ifdef REJECT_DIFFERENCE_INFINITE  // reject: ESP-234: central_difference<theta> takes a finite number
constexpr auto difference_infinite = central_difference<infinity>;
#else
constexpr auto difference_infinite = central_difference<one>;
#endif

#ifdef REJECT_LIPSCHITZ_ZERO  // reject: ESP-233: the bound of cap_lipschitz<L> is not positive
constexpr auto lipschitz_zero = esp::cap_lipschitz<0>;
#else
constexpr auto lipschitz_zero = esp::cap_lipschitz<1>;
#endif

#ifdef REJECT_LIPSCHITZ_OF_GROUPS  // reject: ESP-219: per_input .*cap_lipschitz
esp::constrained_conv3d<esp::conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = 3, .groups = 2},
                        esp::cap_lipschitz<1>>
    groups;
#else
esp::constrained_conv3d<esp::conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = 3, .groups = 1},
                        esp::cap_lipschitz<1>>
    groups;
#endif

#ifdef REJECT_MASK_OF_AN_EVEN_KERNEL  // reject: ESP-040: the prior needs a centre tap
esp::constrained_conv3d<esp::conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 2}, masked<'B'>> even_kernel;
#else
esp::constrained_conv3d<esp::conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 3}, masked<'B'>> even_kernel;
#endif

#ifdef REJECT_MASK_OF_ONE_TAP  // reject: ESP-041: a region of the prior lies outside the kernel
esp::constrained_conv3d<esp::conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 1}, masked<'A'>> one_tap;
#else
esp::constrained_conv3d<esp::conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 1}, masked<'B'>> one_tap;
#endif

#ifdef REJECT_DIFFERENCE_OF_ONE_PLANE  // reject: ESP-041: a region of the prior lies outside the kernel
esp::constrained_conv3d<esp::conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = {1, 3, 3}},
                        central_difference<0.6>>
    one_plane;
#else
esp::constrained_conv3d<esp::conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = {3, 3, 3}},
                        central_difference<0.6>>
    one_plane;
#endif

#ifdef REJECT_STANDARDIZE_OF_ONE_WEIGHT  // reject: ESP-042: the prior divides by a value that is zero
esp::constrained_conv3d<esp::conv3d{.in_channels = 1, .out_channels = 8, .kernel_size = 1}, standardize> one_weight;
#else
esp::constrained_conv3d<esp::conv3d{.in_channels = 2, .out_channels = 8, .kernel_size = 1}, standardize> one_weight;
#endif
