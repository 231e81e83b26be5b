// SPDX-License-Identifier: BSD-3-Clause
#include "kernels.hpp"

template void codegen::winograd(const esp::detail::correlation&, const float*, const float*, float*, float*);
template void codegen::winograd(const esp::detail::correlation&, const double*, const double*, double*, double*);
