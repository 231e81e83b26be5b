// SPDX-License-Identifier: BSD-3-Clause
#include "kernels.hpp"

template void codegen::many_channels(esp::dims5, const float*, const float*, const float*, float*, float*);
template void codegen::many_channels(esp::dims5, const double*, const double*, const double*, double*, double*);
