// SPDX-License-Identifier: BSD-3-Clause
#include "support/reference.hpp"

namespace esp::inline ESPALIER_ABI {

template void reference_forward(const conv_problem&, const float*, const float*, const float*, float*);
template void reference_forward(const conv_problem&, const double*, const double*, const double*, double*);
template void reference_backward_data(const conv_problem&, const float*, const float*, float*);
template void reference_backward_data(const conv_problem&, const double*, const double*, double*);
template void reference_backward_weights(const conv_problem&, const float*, const float*, float*, float*);
template void reference_backward_weights(const conv_problem&, const double*, const double*, double*, double*);

}  // namespace esp::inline ESPALIER_ABI
