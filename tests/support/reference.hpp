// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The loops of conv/reference.hpp for both element types, which reference.cpp compiles for all tests of a variant.
#pragma once

#include <espalier/conv/reference.hpp>

namespace esp::inline ESPALIER_ABI {

extern template void reference_forward(const conv_problem&, const float*, const float*, const float*, float*);
extern template void reference_forward(const conv_problem&, const double*, const double*, const double*, double*);
extern template void reference_backward_data(const conv_problem&, const float*, const float*, float*);
extern template void reference_backward_data(const conv_problem&, const double*, const double*, double*);
extern template void reference_backward_weights(const conv_problem&, const float*, const float*, float*, float*);
extern template void reference_backward_weights(const conv_problem&, const double*, const double*, double*, double*);

}  // namespace esp::inline ESPALIER_ABI
