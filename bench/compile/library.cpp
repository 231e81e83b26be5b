// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/espalier.hpp>
