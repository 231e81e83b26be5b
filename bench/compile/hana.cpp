// SPDX-License-Identifier: BSD-3-Clause
// What the language is measured against.
#include <boost/hana.hpp>
