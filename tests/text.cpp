// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/text.hpp>
#include <limits>
#include <string>

#include "support/catch.hpp"

namespace {

struct plain {};
struct tidy_t {};
template <class>
struct generic_t {};

struct named {
  static constexpr esp::text written() { return esp::text("param<\"c\">"); }
};
struct reduction {
  static constexpr const char* name = "mean";
};

constexpr bool prints(double x, std::string_view expected) { return (esp::text() << x) == expected; }

}  // namespace

TEST_CASE("numbers are written as a person would") {
  STATIC_REQUIRE(prints(0, "0"));
  STATIC_REQUIRE(prints(-1, "-1"));
  STATIC_REQUIRE(prints(0.8, "0.8"));
  STATIC_REQUIRE(prints(1e-12, "1e-12"));
  STATIC_REQUIRE(prints(-2.5e-7, "-2.5e-7"));
  STATIC_REQUIRE(prints(0.0001, "0.0001"));
  STATIC_REQUIRE(prints(123456, "123456"));
  STATIC_REQUIRE(prints(100000, "100000"));
  STATIC_REQUIRE(prints(1e6, "1e6"));
  STATIC_REQUIRE(prints(1.25e300, "1.25e300"));
  STATIC_REQUIRE(prints(20.5, "20.5"));
}

TEST_CASE("six significant digits, rounded") {
  STATIC_REQUIRE(prints(1.0 / 3, "0.333333"));
  STATIC_REQUIRE(prints(2.0 / 3, "0.666667"));
  STATIC_REQUIRE(prints(999999.7, "1e6"));
  STATIC_REQUIRE(prints(0.99999999, "1"));
  STATIC_REQUIRE(prints(5.196152422706632, "5.19615"));
}

TEST_CASE("what is no finite number has a name") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  STATIC_REQUIRE(prints(infinity, "inf"));
  STATIC_REQUIRE(prints(-infinity, "-inf"));
  STATIC_REQUIRE(prints(std::numeric_limits<double>::quiet_NaN(), "nan"));
}

TEST_CASE("integers are written in full") {
  STATIC_REQUIRE((esp::text() << 0) == "0");
  STATIC_REQUIRE((esp::text() << -27) == "-27");
  STATIC_REQUIRE((esp::text() << 9223372036854775807ll) == "9223372036854775807");
  STATIC_REQUIRE((esp::text() << 10l) == "10");
}

TEST_CASE("texts are joined and compared") {
  constexpr esp::text joined = esp::text("clamp<") << 0 << esp::text(", ") << 1.5 << ">";
  STATIC_REQUIRE(joined == "clamp<0, 1.5>");
  STATIC_REQUIRE(std::string_view(joined).size() == 13);
  STATIC_REQUIRE(esp::text().empty());
  STATIC_REQUIRE(!joined.empty());
}

TEST_CASE("what does not fit ends in three dots") {
  esp::text full;
  for (std::size_t i = 0; i < esp::text::capacity; ++i) full << "x";
  REQUIRE(full.view() == std::string(esp::text::capacity, 'x'));
  full << "y";
  REQUIRE(full.view() == std::string(esp::text::capacity - 3, 'x').append("..."));
}

TEST_CASE("a type's name has no namespace, no arguments and no _t") {
  STATIC_REQUIRE(esp::type_name<plain>() == "plain");
  STATIC_REQUIRE(esp::type_name<tidy_t>() == "tidy");
  STATIC_REQUIRE(esp::type_name<generic_t<tidy_t>>() == "generic");
  constexpr auto f = [](int) {};
  STATIC_REQUIRE(esp::type_name<std::remove_const_t<decltype(f)>>() == "lambda");
}

TEST_CASE("a template argument is shown as it is written") {
  STATIC_REQUIRE(esp::argument_text(0.8) == "0.8");
  STATIC_REQUIRE(esp::argument_text(-1) == "-1");
  STATIC_REQUIRE(esp::argument_text(reduction{}) == "mean");
  STATIC_REQUIRE(esp::argument_text(named{}) == "param<\"c\">");
  STATIC_REQUIRE(esp::fixed_string("eps").view() == "eps");
}
