// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/aligned_buffer.hpp>
#include <espalier/simd/stream.hpp>

#include "support/catch.hpp"

TEMPLATE_TEST_CASE("a streamed store writes one register and nothing else", "[simd]", float, double) {
  using T = TestType;
  constexpr esp::index_t lanes = esp::lanes<T>;
  const esp::aligned_buffer<T> from(lanes), to(3 * lanes);
  for (esp::index_t i = 0; i < lanes; ++i) from.data()[i] = static_cast<T>(i + 1);
  for (esp::index_t i = 0; i < 3 * lanes; ++i) to.data()[i] = T(-1);
  esp::simd::store_stream(to.data() + lanes, esp::simd::load(from.data()));
  esp::simd::finish_stream();
  for (esp::index_t i = 0; i < 3 * lanes; ++i) {
    const bool written = i >= lanes && i < 2 * lanes;
    REQUIRE(to.data()[i] == (written ? static_cast<T>(i - lanes + 1) : T(-1)));
  }
}
