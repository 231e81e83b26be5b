// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The sums of conv/reference.hpp row by row: what the tests expect of every kernel, in a tenth of the time. The header
/// says what a convolution is and visits one product after the other; here its input has been widened by its borders,
/// so that a tap of a whole row of outputs is one loop without a question. tests/support/reference.cpp compiles them
/// optimised, and tests/conv/reference.cpp compares them with the header, bit for bit on integers.
#pragma once

#include <espalier/conv/reference.hpp>

namespace reference {

/// `esp::reference_forward`: bias may be null, y is overwritten.
void forward(const esp::conv_problem& p, const float* x, const float* weight, const float* bias, float* y);
void forward(const esp::conv_problem& p, const double* x, const double* weight, const double* bias, double* y);

/// `esp::reference_backward_data`: grad_x is overwritten.
void backward_data(const esp::conv_problem& p, const float* grad_y, const float* weight, float* grad_x);
void backward_data(const esp::conv_problem& p, const double* grad_y, const double* weight, double* grad_x);

/// `esp::reference_backward_weights`: grad_weight is overwritten, and grad_bias where it is not null.
void backward_weights(const esp::conv_problem& p, const float* x, const float* grad_y, float* grad_weight,
                      float* grad_bias);
void backward_weights(const esp::conv_problem& p, const double* x, const double* grad_y, double* grad_weight,
                      double* grad_bias);

}  // namespace reference
