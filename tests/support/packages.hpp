// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The headers of other projects that the engine's headers include, for those to be compiled alone with these compiled
/// once.
#pragma once

#include <boost/hana/tuple.hpp>
#include <xsimd/xsimd.hpp>
#if __has_include(<xtensor/containers/xtensor.hpp>)
#include <xtensor/containers/xtensor.hpp>
#else
#include <xtensor/xtensor.hpp>
#endif
