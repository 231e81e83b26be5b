// SPDX-License-Identifier: BSD-3-Clause
// What a layer is measured against: xtensor's container, by the name that the installed version has.
#if __has_include(<xtensor/containers/xtensor.hpp>)
#include <xtensor/containers/xtensor.hpp>
#else
#include <xtensor/xtensor.hpp>
#endif
