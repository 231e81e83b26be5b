// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A program run in numbers of a type, as IEEE 754 says: of weights that are NaN or infinite too.
#pragma once

#include <vector>

#include "drawn/program.hpp"

namespace drawn {

/// Every constrained tap, in the order of the weight. Sums run over the taps as they come, each computed once.
template <class T>
std::vector<T> run_plainly(const program& p, const input& in);

extern template std::vector<double> run_plainly(const program&, const input&);
extern template std::vector<float> run_plainly(const program&, const input&);

}  // namespace drawn
