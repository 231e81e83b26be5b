// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The named parameters of a prior, as a layer carries them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/decimal_text.hpp>
#include <espalier/error.hpp>
#include <espalier/number_part.hpp>
#include <espalier/number_scope.hpp>
#include <espalier/parameter_check.hpp>
#include <espalier/shape.hpp>
#include <espalier/text.hpp>
#include <limits>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace esp::inline ESPALIER_ABI::detail {

/// Rejects a name that the prior's formula does not use.
template <class F, fixed_string Name>
concept PriorNamesParameter = [] {
  for (int i = 0; i < F::value.parameter_count; ++i) {
    if (F::value.parameters[static_cast<std::size_t>(i)] == Name.view()) return true;
  }
  return false;
}();

/// Values of the names in formula `F`, learned ones too, in the order of `number_offset`; where each name is one
/// run-time number, that of `F::value.parameters`. A number is NaN until it is set.
///
/// What enters obeys the rules that the policies using it state (number_rule.hpp), as a number written in the prior
/// does: a cap is positive, the bounds of a clamp are ordered. What entered past `set`, by `operator[]`, is found by
/// the next call of the layer.
template <class F, class T>
class parameters {
  using table = number_table<F>;
  static constexpr auto names = table::names;
  /// One run-time number for each name: they are held without a vector.
  static constexpr bool is_plain = table::learned == 0 && !table::is_scoped;

 public:
  constexpr parameters() : values_(unset()) {}

  /// The values of one or several names, of all numbers of a name alike: `set<"c">(0.8)`, `set<"lo", "hi">(2, 3)`.
  /// Several are judged together, so that an interval moves in one call.
  ///
  /// Refused at compile time if the formula has no such name (ESP-045). Throws the number of the rule that a value
  /// breaks (ESP-026, 027, 029, 032, 115), ESP-115 for NaN, ESP-116 for what `T` cannot hold; nothing is then changed.
  template <fixed_string... Names, class... Values>
  requires(sizeof...(Names) == sizeof...(Values) && (std::is_arithmetic_v<Values> && ...))
  constexpr void set(Values... values) {
    auto changed = held();
    unsigned given = 0;
    ((fill_numbers(changed.data(), index_of<Names>(), converted(Names.view(), static_cast<double>(values))),
      given |= 1u << index_of<Names>()),
     ...);
    judge(changed.data(), given);
    ((check::has_value(changed.data(), index_of<Names>()) ? void() : refuse_nan(Names.view())), ...);
    values_ = changed;
  }
  /// Gives a name its numbers, as many as it stands for. Throws as `set` of one value; nothing is then changed.
  template <fixed_string Name>
  void set_numbers(const T* values) {
    constexpr int name = index_of<Name>();
    auto changed = held();
    std::copy_n(values, size_of(name), changed.data() + offset_of(name));
    judge(changed.data(), 1u << name);
    if (!check::has_value(changed.data(), name)) refuse_nan(Name.view());
    values_ = changed;
  }
  /// The number of that name; of several, the first.
  template <fixed_string Name>
  [[nodiscard]] constexpr T get() const {
    return values_[static_cast<std::size_t>(offset_of(index_of<Name>()))];
  }

  [[nodiscard]] constexpr const T* data() const { return values_.data(); }
  [[nodiscard]] constexpr T* data() { return values_.data(); }

  /// Of name `i`: what it stands for, how many numbers that are, where the first is, and all of them.
  [[nodiscard]] static constexpr named_number info(int i) { return table::info[static_cast<std::size_t>(i)]; }
  [[nodiscard]] static constexpr index_t size_of(int i) { return table::size_of(i); }
  [[nodiscard]] static constexpr index_t offset_of(int i) { return table::offset_of(i); }
  /// Where the learned ones begin.
  [[nodiscard]] static constexpr index_t learned_begin() { return table::learned_begin; }
  [[nodiscard]] std::span<T> numbers(int i) {
    return std::span<T>(values_).subspan(static_cast<std::size_t>(offset_of(i)), static_cast<std::size_t>(size_of(i)));
  }
  [[nodiscard]] std::span<const T> numbers(int i) const {
    return std::span<const T>(values_).subspan(static_cast<std::size_t>(offset_of(i)),
                                               static_cast<std::size_t>(size_of(i)));
  }
  /// Which of the names `Name` is. Refused at compile time as `set`.
  template <fixed_string Name>
  [[nodiscard]] static constexpr int index_of() {
    static_assert(PriorNamesParameter<F, Name>,
                  "ESP-045: the prior has no parameter of this name; use a name that stands in its formula as "
                  "param<\"name\"> or learned<\"name\">");
    for (int i = 0; i < F::value.parameter_count; ++i) {
      if (names[static_cast<std::size_t>(i)] == Name.view()) return i;
    }
    return 0;
  }

  /// The names in the order of `F::value.parameters`, for programs that store the values.
  [[nodiscard]] static constexpr int count() { return F::value.parameter_count; }
  [[nodiscard]] static constexpr std::string_view name(int i) { return names[static_cast<std::size_t>(i)]; }
  [[nodiscard]] constexpr T& operator[](int i) { return values_[static_cast<std::size_t>(offset_of(i))]; }
  [[nodiscard]] constexpr const T& operator[](int i) const { return values_[static_cast<std::size_t>(offset_of(i))]; }

  /// Throws the number of the first rule that a value breaks; names without a value break none.
  constexpr void require_valid() const {
    if (const auto found = check::find(values_.data()); found.broken >= 0) refuse(found, values_.data());
  }

  /// Throws ESP-110 for a name that was never set, and as `require_valid`.
  constexpr void require_all() const {
    for (int i = 0; i < count(); ++i) {
      if (!check::has_value(values_.data(), i)) refuse_unset(name(i), info(i).is_learned);
    }
    require_valid();
  }

 private:
  using check = parameter_check<F, T>;

  using storage = std::conditional_t<is_plain, std::array<T, static_cast<std::size_t>(F::value.parameter_count) + 1>,
                                     std::vector<T>>;
  static constexpr storage unset() {
    storage result{};
    if constexpr (!is_plain) result.resize(static_cast<std::size_t>(table::total));
    std::ranges::fill(result, std::numeric_limits<T>::quiet_NaN());
    return result;
  }
  /// The values; none of a layer that was moved from.
  [[nodiscard]] constexpr storage held() const { return values_.empty() ? unset() : values_; }
  static constexpr void fill_numbers(T* values, int name, T value) {
    std::fill_n(values + offset_of(name), size_of(name), value);
  }
  /// Throws where changed values break a rule, if those in `given` count as set whatever they are.
  static constexpr void judge(const T* values, unsigned given) {
    for (int i = 0; i < count(); ++i) given |= check::has_value(values, i) ? 1u << i : 0u;
    const auto found = check::find_given(values, given);
    if (found.broken >= 0) refuse(found, values);
  }
  /// `value` in the precision of the layer; infinity only from infinity.
  [[nodiscard]] static constexpr T converted(std::string_view name, double value) {
    constexpr double largest = static_cast<double>(std::numeric_limits<T>::max());
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if ((value > largest && value < infinity) || (value < -largest && value > -infinity)) {
      throw error("ESP-116", {"the parameter \"", name, "\" of the prior would be ", written(value),
                              ", which is beyond the largest ", sizeof(T) == 4 ? "float, " : "double, ",
                              written(std::numeric_limits<T>::max()), "; set a smaller number"});
    }
    return static_cast<T>(value);
  }
  template <class Number>
  [[nodiscard]] static decimal_text written(Number x) {
    return decimal_text(x, "NaN");
  }
  [[noreturn]] ESPALIER_COLD static void refuse_unset(std::string_view name, bool is_learned) {
    throw error("ESP-110",
                {is_learned ? "the learned number \"" : "the parameter \"", name, "\" of the prior has no value",
                 is_learned ? ", or became NaN" : "", "; call set<\"", name, "\">(value) before the first forward"});
  }
  [[noreturn]] ESPALIER_COLD static void refuse_nan(std::string_view name) {
    throw error("ESP-115", {"the parameter \"", name, "\" of the prior would be NaN; set a number"});
  }
  /// Names the number that breaks the rule and the parameters that it follows from.
  [[noreturn]] ESPALIER_COLD static void refuse(const typename check::finding& found, const T* values) {
    sentence_text from{};
    for (int i = 0; i < count(); ++i) {
      if ((found.reads >> i & 1u) == 0) continue;
      const index_t part = found.number_of(info(i).part);
      from.append({from.view().empty() ? " (" : ", ", info(i).is_learned ? "learned" : "param", "<\"", name(i), "\">"});
      if (size_of(i) > 1) from.append({"[", part, "]"});
      from.append({" = ", written(values[offset_of(i) + part])});
    }
    if (!from.view().empty()) from.append({")"});
    throw error(found.rule.id.data(),
                {found.rule.of, " would be ", written(found.value), from, "; it must ", found.rule.must});
  }

  // One element more, so that a prior without parameters needs no special case.
  storage values_;
};

}  // namespace esp::inline ESPALIER_ABI::detail
