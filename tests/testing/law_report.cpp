// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/testing/law_report.hpp>
// The header under test stands alone above.
#include <sstream>

#include "support/catch.hpp"

namespace {

using esp::testing::law;

std::string text_of(const auto& x) {
  std::ostringstream text;
  text << x;
  return text.str();
}

}  // namespace

TEST_CASE("a report is a range of sentences, one for each statement") {
  esp::law_recorder recorder;
  REQUIRE(recorder.report.empty());
  const auto place = [] { return esp::law_place{.seed = 7, .kind = "one tap", .kernel = {0, 0.1, -2}}; };
  recorder.violated(law::fact, "sum = 1 does not hold", "the sum is 2", place);
  recorder.violated(law::fact, "sum = 1 does not hold", "the sum is 3", place);
  recorder.violated(law::gradient, "the gradient is wrong", "at tap 1", place);
  REQUIRE(recorder.report.size() == 2);
  const esp::testing::violation& first = *recorder.report.begin();
  REQUIRE(first.broken == law::fact);
  REQUIRE(first.times == 2);
  REQUIRE(first.seed == 7);
  REQUIRE(first.kernel == std::vector<double>{0, 0.1, -2});
  REQUIRE(text_of(first) ==
          "sum = 1 does not hold: the sum is 2; in double, taps of kind \"one tap\": {0, 0.10000000000000001, -2}; "
          "replay with {.seed = 7, .kernels = 1}");
  int lines = 0;
  for (const char c : text_of(recorder.report)) lines += c == '\n' ? 1 : 0;
  REQUIRE(lines == 2);
}

TEST_CASE("a long kernel is cut, one that no law looked at is not written, and a float has its own digits") {
  esp::law_recorder recorder;
  recorder.violated(law::fact, "a", "b",
                    [] { return esp::law_place{.type = "float", .kernel = std::vector<double>(65, 0.1F)}; });
  const std::string sentence = recorder.report.begin()->sentence;
  REQUIRE(sentence.find(", ...}") != std::string::npos);
  REQUIRE(sentence.find("0.100000001,") != std::string::npos);
  REQUIRE(recorder.report.begin()->kernel.size() == 65);
  recorder.violated(law::tested, "c", "d", [] { return esp::law_place{}; });
  REQUIRE(text_of(*(recorder.report.begin() + 1)) == "c: d");
}
