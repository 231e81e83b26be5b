// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <espalier/conv/copy/border.hpp>
#include <vector>

#include "support/catch.hpp"

namespace {

using esp::boundary, esp::index_t;

constexpr std::array every{boundary::zeros, boundary::replicate, boundary::reflect, boundary::symmetric,
                           boundary::circular};

// The element of each position of a row, -1 for a zero: as the border has it.
std::vector<index_t> elements(const esp::detail::row_border& row, index_t start, index_t stride, index_t span) {
  std::vector<index_t> found(static_cast<std::size_t>(span), -1);
  const auto take = [&](index_t begin, index_t end, const auto& of) {
    for (index_t c = begin; c < end; ++c) found[static_cast<std::size_t>(c)] = of(c);
  };
  take(row.before.begin, row.before.end, [&](index_t c) { return row.before[c]; });
  take(row.inside.begin, row.inside.end, [&](index_t c) { return start + c * stride; });
  take(row.after.begin, row.after.end, [&](index_t c) { return row.after[c]; });
  return found;
}

}  // namespace

TEST_CASE("a row knows the element of each of its positions", "[conv]") {
  index_t wrong = 0;
  for (const boundary before : every)
    for (const boundary after : every)
      for (index_t size = 1; size <= 6; ++size)
        for (index_t start = -14; start <= 14; ++start)
          for (const index_t stride : {1, 2, 5})
            for (const index_t span : {1, 4, 13}) {
              const esp::axis_boundary edge{before, after};
              const esp::detail::row_border row(edge, start, stride, size, span);
              const auto found = elements(row, start, stride, span);
              for (index_t c = 0; c < span; ++c) {
                const index_t at = start + c * stride, element = found[static_cast<std::size_t>(c)];
                const bool padded = -at <= esp::detail::largest_padding(before, size) &&
                                    at - size < esp::detail::largest_padding(after, size);
                wrong += element == (padded ? esp::element_at(edge, at, size) : -1) ? 0 : 1;
              }
              wrong += row.begin() <= row.inside.begin && row.end() >= row.inside.end && row.end() <= span ? 0 : 1;
            }
  REQUIRE(wrong == 0);
}

TEMPLATE_TEST_CASE("a register takes the repeated elements that fall into it", "[conv]", float, double) {
  using T = TestType;
  constexpr index_t n = esp::lanes<T>;
  index_t wrong = 0;
  for (const boundary b : every)
    for (index_t size = 1; size <= 9; ++size)
      for (index_t start = -20; start <= 3; ++start) {
        const esp::detail::row_border row(b, start, 1, size, 40);
        const auto expected = elements(row, start, 1, 40);
        std::vector<T> x(static_cast<std::size_t>(size));
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(i + 1);
        const auto read = [&x](index_t i) { return esp::detail::simd::broadcast(x[static_cast<std::size_t>(i)]); };
        for (index_t at = 0; at + n <= 40; at += n) {
          const auto none = esp::detail::simd::broadcast(T(0));
          T lane[static_cast<std::size_t>(n)];
          esp::detail::simd::store_unaligned(lane, row.after.blended(at, row.before.blended(at, none, read), read));
          for (index_t i = 0; i < n; ++i) {
            const index_t c = at + i, element = expected[static_cast<std::size_t>(c)];
            const bool repeated = element >= 0 && (c < row.inside.begin || c >= row.inside.end);
            wrong += lane[i] == (repeated ? x[static_cast<std::size_t>(element)] : T(0)) ? 0 : 1;
          }
        }
      }
  REQUIRE(wrong == 0);
}
