// SPDX-License-Identifier: BSD-3-Clause
#include "conv/drawn_backward_data.hpp"
#include "conv/drawn_backward_weights.hpp"
#include "conv/drawn_forward.hpp"

namespace drawn {

template void compare(const kernel<float>&, esp::dims5, unsigned, bool);
template void compare(const kernel<double>&, esp::dims5, unsigned, bool);
template index_t problems(const kernel<float>&, unsigned, index_t);
template index_t problems(const kernel<double>&, unsigned, index_t);
template void check_data(const data_kernel<float>&, const gradient_problem<float>&, index_t);
template void check_data(const data_kernel<double>&, const gradient_problem<double>&, index_t);
template index_t data_problems(const data_kernel<float>&, unsigned, index_t);
template index_t data_problems(const data_kernel<double>&, unsigned, index_t);
template void check_weights(const weights_kernel<float>&, const gradient_problem<float>&, index_t);
template void check_weights(const weights_kernel<double>&, const gradient_problem<double>&, index_t);
template index_t weights_problems(const weights_kernel<float>&, unsigned, index_t);
template index_t weights_problems(const weights_kernel<double>&, unsigned, index_t);

}  // namespace drawn
