// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cstdint>
#include <espalier/operands.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

using esp::detail::elements;

/// Whether `call` throws the error `id`, whose sentence has `words`.
template <class Call>
bool throws(const Call& call, const std::string& id, const std::string& words = "") {
  try {
    call();
  } catch (const esp::error& e) {
    return e.id() == id && std::string(e.what()).find(words) != std::string::npos;
  }
  return false;
}

}  // namespace

TEST_CASE("an output or its gradient of another shape is refused with both shapes", "[operands]") {
  constexpr esp::dims5 output{1, 6, 3, 4, 5}, other{1, 6, 3, 4, 4};
  using esp::detail::require_gradient_shape, esp::detail::require_output_shape;
  REQUIRE_NOTHROW(require_output_shape(output, output));
  REQUIRE_NOTHROW(require_gradient_shape(output, output));
  REQUIRE(throws([&] { require_output_shape(other, output); }, "ESP-202",
                 "has shape (1, 6, 3, 4, 4) but forward returns (1, 6, 3, 4, 5)"));
  REQUIRE(throws([&] { require_gradient_shape(other, output); }, "ESP-114",
                 "has shape (1, 6, 3, 4, 4) but the output has (1, 6, 3, 4, 5)"));
}

TEST_CASE("memory overlaps where it shares an element, neighbours and nothing do not", "[operands]") {
  const std::vector<float> memory(12);
  const float* const p = memory.data();
  using esp::detail::overlap;
  REQUIRE(overlap(elements(p, 4), elements(p, 4)));
  REQUIRE(overlap(elements(p, 4), elements(p + 3, 4)));
  REQUIRE(overlap(elements(p + 3, 4), elements(p, 4)));
  REQUIRE(overlap(elements(p, 12), elements(p + 5, 1)));
  REQUIRE_FALSE(overlap(elements(p, 4), elements(p + 4, 4)));
  REQUIRE_FALSE(overlap(elements(p + 4, 4), elements(p, 4)));
  REQUIRE_FALSE(overlap(elements(p, 4), elements(p + 1, 0)));
  REQUIRE_FALSE(overlap(elements<float>(nullptr, 0), elements(p, 4)));
  REQUIRE(overlap(elements(reinterpret_cast<const double*>(p), 2), elements(p + 3, 1)));
}

TEST_CASE("what is written overlaps no other operand, what is read may", "[operands]") {
  const std::vector<float> memory(12);
  const float* const p = memory.data();
  const auto apart = [&](auto... operands) { return [=] { esp::detail::require_apart(std::array{operands...}, 2); }; };
  const auto a = elements(p, 4), b = elements(p + 4, 4), c = elements(p + 8, 4);
  REQUIRE_NOTHROW(apart(a, b, c, c)());
  REQUIRE(throws(apart(a, a, c, c), "ESP-108", "a gradient overlaps"));
  REQUIRE(throws(apart(a, b, c, b), "ESP-108", "a gradient overlaps"));
  REQUIRE_NOTHROW(esp::detail::require_output_apart(a, b));
  REQUIRE(throws([&] { esp::detail::require_output_apart(elements(p + 2, 4), a); }, "ESP-108", "the output overlaps"));
}

TEST_CASE("scratch that is too small, and pointers to nothing, are told with the call that helps", "[operands]") {
  REQUIRE_NOTHROW(esp::detail::require_scratch(4, 4, "f()"));
  REQUIRE(throws([] { esp::detail::require_scratch(3, 4, "f()"); }, "ESP-105", "3 elements but 4 are needed; ask f()"));
  REQUIRE(throws([] { throw esp::detail::null_pointer("x or y"); }, "ESP-106", "x or y"));
}

TEMPLATE_TEST_CASE("an operand lies where an element may, and aligned memory begins soon", "[operands]", float,
                   double) {
  using T = TestType;
  std::vector<T> memory(64);
  T* const p = memory.data();
  REQUIRE_NOTHROW(esp::detail::require_elements<T>({p, nullptr, p + 1}));
  const auto* const crooked = reinterpret_cast<const T*>(reinterpret_cast<const char*>(p) + 1);
  REQUIRE(throws([&] { esp::detail::require_elements<T>({p, crooked}); }, "ESP-180", std::to_string(alignof(T))));
  for (int i = 0; i < 16; ++i) {
    T* const first = esp::detail::aligned(p + i);
    REQUIRE(reinterpret_cast<std::uintptr_t>(first) % esp::alignment == 0);
    REQUIRE(first >= p + i);
    REQUIRE(first < p + i + static_cast<std::ptrdiff_t>(esp::alignment / sizeof(T)));
  }
}
