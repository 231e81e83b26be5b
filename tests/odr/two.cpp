// SPDX-License-Identifier: BSD-3-Clause
// The half compiled with AVX2 and FMA.
#include "work.hpp"

double avx2_half();
double avx2_half() { return work(); }
