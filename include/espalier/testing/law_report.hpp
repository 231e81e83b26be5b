// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What a battery of laws found: a list of sentences, each with the weight that breaks the law and how to see it again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <ostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace esp::inline ESPALIER_ABI {

namespace testing {

/// What is asked of a prior (laws.hpp).
enum class law : unsigned char { sweep, fact, idempotence, nan, gradient, constants, tested };

/// A law that does not hold.
struct violation {
  law broken = law::sweep;
  /// The sentence: what was said, what is, of which weight, how to replay it.
  std::string sentence{};
  /// The taps that show it: of a block, an output channel or the weight, as far as a law looks.
  std::vector<double> kernel{};
  /// `{.seed = seed, .kernels = 1}` draws the weight again.
  std::uint64_t seed = 0;
  /// How often it was broken; the sentence is of the first time.
  index_t times = 1;

  template <class Char, class Traits>
  friend std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>& os, const violation& v) {
    return os << v.sentence.c_str();
  }
};

/// What a battery found: a range of violations, empty where every law holds; and how much was looked at.
struct law_report {
  std::vector<violation> violations{};
  index_t kernels = 0;      ///< blocks that were drawn, of both element types
  index_t comparisons = 0;  ///< of a fact with a result
  index_t ordinary = 0;     ///< parts of ordinary taps: what the prior sees together,
  index_t defined = 0;      ///< and of these, where the formula is defined and eps does not matter
  index_t differences = 0;  ///< of a derivative with differences

  [[nodiscard]] bool empty() const { return violations.empty(); }
  [[nodiscard]] std::size_t size() const { return violations.size(); }
  [[nodiscard]] auto begin() const { return violations.begin(); }
  [[nodiscard]] auto end() const { return violations.end(); }

  /// Every sentence on a line of its own.
  template <class Char, class Traits>
  friend std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>& os, const law_report& r) {
    for (const violation& v : r) os << v << '\n';
    return os;
  }
};

}  // namespace testing

namespace detail {

/// Words and numbers with as many digits as tell a double from the next one.
template <class... Parts>
[[nodiscard]] std::string worded(const Parts&... parts) {
  std::ostringstream text;
  text.precision(17);
  (text << ... << parts);
  return text.str();
}

/// Where a law was broken.
struct law_place {
  std::uint64_t seed = 0;
  const char* type = "double";
  std::string kind{};  ///< of kernel
  std::vector<double> kernel{};
};

/// Collects violations, of each statement that is broken the first.
class law_recorder {
 public:
  testing::law_report report{};

  /// `said` is the statement, `found` what is the case.
  template <class Place>
  void violated(testing::law broken, const std::string& said, const std::string& found, const Place& place) {
    for (std::size_t i = 0; i < said_.size(); ++i) {
      if (said_[i] == said) {
        ++report.violations[i].times;
        return;
      }
    }
    law_place where = place();
    said_.push_back(said);
    report.violations.push_back({.broken = broken,
                                 .sentence = said + ": " + found + described(where),
                                 .kernel = std::move(where.kernel),
                                 .seed = where.seed});
  }

 private:
  static std::string described(const law_place& p) {
    if (p.kernel.empty()) return "";
    constexpr std::size_t most = 64;
    std::ostringstream text;
    text.precision(p.type[0] == 'f' ? 9 : 17);
    text << "; in " << p.type << ", taps of kind \"" << p.kind << "\": {";
    for (std::size_t i = 0; i < p.kernel.size() && i < most; ++i) text << (i == 0 ? "" : ", ") << p.kernel[i];
    text << (p.kernel.size() > most ? ", ...}" : "}") << "; replay with {.seed = " << p.seed << ", .kernels = 1}";
    return text.str();
  }

  std::vector<std::string> said_;
};

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
