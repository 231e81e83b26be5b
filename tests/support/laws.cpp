// SPDX-License-Identifier: BSD-3-Clause
// The battery on functions and data, compiled once for all tests of a variant.
#include "support/laws.hpp"

namespace esp::inline ESPALIER_ABI::detail {

template void try_weights(const law_subject<float>&, const law_question&, law_recorder&);
template void try_weights(const law_subject<double>&, const law_question&, law_recorder&);

}  // namespace esp::inline ESPALIER_ABI::detail
