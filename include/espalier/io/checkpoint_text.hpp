// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The text of a checkpoint: which layer or optimiser it was saved from, and its few numbers.
#pragma once

#include <charconv>
#include <cmath>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/formula_hash.hpp>
#include <espalier/io/archive.hpp>
#include <espalier/io/layer_identity.hpp>
#include <espalier/io/sentence.hpp>
#include <espalier/shape.hpp>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>

namespace esp::inline ESPALIER_ABI::detail {

/// The format of what `save` writes; a reader refuses a later one by name.
inline constexpr int checkpoint_format = 1;
/// Bytes of a text that is written and read: 50,000 layers.
inline constexpr index_t checkpoint_text_limit = index_t{64} << 20;
/// Steps of an optimiser that are read: a double, in which rules compute with them, counts so far.
inline constexpr index_t checkpoint_step_limit = index_t{1} << 53;

/// Takes `begin` off the front of `line`; false, and nothing taken, where it does not start so.
[[nodiscard]] inline bool take(std::string_view& line, std::string_view begin) {
  if (!line.starts_with(begin)) return false;
  line.remove_prefix(begin.size());
  return true;
}

/// Takes a number off the front of `line`: false where there is none that a `Number` holds.
template <class Number>
[[nodiscard]] bool take_number(std::string_view& line, Number& value) {
  const auto read = std::from_chars(line.data(), line.data() + line.size(), value);
  if (read.ec != std::errc{}) return false;
  line.remove_prefix(static_cast<std::size_t>(read.ptr - line.data()));
  return true;
}

/// Takes the value of a parameter: NaN where it was never set, else finite and exactly a `T`.
template <class T>
[[nodiscard]] bool take_parameter(std::string_view& line, T& value) {
  double found = 0;
  if (!take_number(line, found) || std::isinf(found)) return false;
  if (!std::isnan(found) && std::abs(found) > static_cast<double>(std::numeric_limits<T>::max())) return false;
  value = static_cast<T>(found);
  return std::isnan(found) || static_cast<double>(value) == found;
}

/// `identity <32 digits> by rule <n>`
[[nodiscard]] inline std::string identity_line(const hash128& identity) {
  return "identity " + identity.text() + " by rule " + std::to_string(formula_hash_rule);
}

/// A text line by line. Everything that is not as the caller wants it throws ESP-160 or says more.
class text_lines {
 public:
  text_lines(const text_lines&) = delete;
  text_lines& operator=(const text_lines&) = delete;

  /// Takes the member `name`; its first line must say `espalier <what>, format <n>`. Throws ESP-164 for a later format.
  text_lines(archive& from, const std::string& name, std::string_view what) : path_(from.path_of(name)) {
    const archive::member& member = from.at(name);
    if (member.size > checkpoint_text_limit) refuse("is longer than this library writes it");
    text_ = from.read(member, [&](const auto& read) {
      std::string text(static_cast<std::size_t>(member.size), '\0');
      read(text.data(), member.size);
      return text;
    });
    if (text_.empty() || text_.back() != '\n') refuse("is empty or cut off; save again");
    rest_ = text_;
    std::string_view line = next("`espalier`");
    const std::string_view whole = line;
    int format = 0;
    if (!take(line, "espalier ") || !take(line, what) || !take(line, ", format ") || !take_number(line, format) ||
        !line.empty() || format < 1) {
      refuse_line(whole, "`espalier " + std::string(what) + ", format 1`");
    }
    if (format > checkpoint_format) {
      refuse_file("ESP-164", path_,
                  "is of format " + std::to_string(format) + ", and this version of the library reads up to " +
                      std::to_string(checkpoint_format) + "; load it with the version that saved it, or a later one");
    }
  }

  /// The next line. Throws ESP-160 where there is none; `wanted` says what should stand there.
  [[nodiscard]] std::string_view next(const std::string& wanted) {
    if (rest_.empty()) refuse("ends where " + wanted + " must stand; it is damaged, save again");
    const std::size_t end = rest_.find('\n');
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return line;
  }
  void require_end() {
    if (!rest_.empty()) refuse_line(next(""), "nothing more");
  }

  /// The lines that say which layer this is: description and identity. Throws ESP-161 for another layer than `Layer`,
  /// ESP-164 where its identity is of another rule; `otherwise` names the call that does not ask.
  template <class Layer>
  void require_layer(const char* otherwise) {
    const std::string_view description = next("a layer's description"), line = next("a layer's identity");
    std::string_view rest = line;
    int rule = 0;
    if (!take(rest, "identity ") || rest.size() < 32) refuse_line(line, "a layer's identity");
    const std::string_view digits = rest.substr(0, 32);
    rest.remove_prefix(32);
    if (!take(rest, " by rule ") || !take_number(rest, rule) || !rest.empty()) refuse_line(line, "a layer's identity");
    const std::string mine(Layer::description());
    const std::string instead = std::string("or read what fits by shape with ") + otherwise;
    if (rule != formula_hash_rule) {
      refuse_file("ESP-164", path_,
                  "was saved from `" + printable(description) +
                      "` by a version of the library that hashes formulas by "
                      "rule " +
                      std::to_string(rule) + ", this one does by rule " + std::to_string(formula_hash_rule) +
                      ", so they cannot be compared; if it is this layer, `" + mine + "`, call " + otherwise +
                      " and save again");
    }
    constexpr hash128 identity = layer_identity<Layer>();
    if (digits == identity.text()) return;
    if (description != mine) {
      refuse_file("ESP-161", path_,
                  "was saved from `" + printable(description) + "`, which is not this layer, `" + mine +
                      "`; load it into a layer of the same type, " + instead);
    }
    refuse_file("ESP-161", path_,
                "was saved from a layer that reads like this one, `" + mine +
                    "`, and computes something else: another formula of a lambda, mask or policy of that name, or a "
                    "number that differs beyond six digits; load it into a layer of the same type, " +
                    instead);
  }
  /// Passes over the same lines, of which it returns the description.
  std::string_view skip_layer() {
    const std::string_view description = next("a layer's description");
    static_cast<void>(next("a layer's identity"));
    return description;
  }

  [[noreturn]] void refuse_line(std::string_view line, const std::string& wanted) const {
    refuse("has the line " + quoted(line) + " where " + wanted + " must stand; it is damaged, save again");
  }
  [[noreturn]] void refuse(const std::string& sentence) const { refuse_file("ESP-160", path_, sentence); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::string text_{};
  std::string_view rest_{};
};

}  // namespace esp::inline ESPALIER_ABI::detail
