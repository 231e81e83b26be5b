// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One include for Catch2 v2 (a single header) and v3 (a library): tests use the subset that both have.
#pragma once

#include "support/internals.hpp"

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
namespace support {
using Catch::Approx;
}
#else
#include <catch2/catch.hpp>
namespace support {
using Catch::Detail::Approx;
}
#endif
