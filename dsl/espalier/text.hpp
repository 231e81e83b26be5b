// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Text at compile time: strings as template arguments, and a buffer that formulas are printed into.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <iosfwd>
#include <string_view>

namespace esp::inline ESPALIER_ABI {

/// A string literal as a template argument: `param<"c">`.
template <std::size_t N>
struct fixed_string {
  char characters[N]{};

  consteval fixed_string(const char (&literal)[N]) {
    for (std::size_t i = 0; i < N; ++i) characters[i] = literal[i];
  }
  [[nodiscard]] constexpr std::string_view view() const { return {characters, N - 1}; }
};

/// A string of bounded length that constant evaluation can write into; what does not fit ends in "...".
class text {
 public:
  /// Longest text kept: the gradient-free formula of a pipeline of eight policies takes about 400 characters.
  static constexpr std::size_t capacity = 1024;

  constexpr text() = default;
  constexpr text(std::string_view s) { *this << s; }

  constexpr text& operator<<(std::string_view s) {
    for (char c : s) put(c);
    return *this;
  }
  constexpr text& operator<<(const text& other) { return *this << other.view(); }

  /// Appends a number as a person would write it: `-1`, `0.8`, `1e-12`; six significant digits.
  constexpr text& operator<<(double x) {
    if (x != x) return *this << "nan";
    if (x < 0) {
      put('-');
      x = -x;
    }
    if (x > 1.7976931348623157e308) return *this << "inf";
    if (x == 0) return *this << "0";
    int exponent = 0;
    while (x >= 10) x /= 10, ++exponent;
    while (x < 1) x *= 10, --exponent;
    long long digits = static_cast<long long>(x * 1e5 + 0.5);
    if (digits >= 1000000) digits /= 10, ++exponent;
    int count = 6;
    while (count > 1 && digits % 10 == 0) digits /= 10, --count;
    if (exponent < -4 || exponent > 5) {
      put_fixed(digits, count, 0);
      put('e');
      return *this << static_cast<long long>(exponent);
    }
    put_fixed(digits, count, exponent);
    return *this;
  }
  constexpr text& operator<<(long long n) {
    if (n < 0) {
      put('-');
      n = -n;
    }
    char reversed[20]{};
    int count = 0;
    do reversed[count++] = static_cast<char>('0' + n % 10);
    while ((n /= 10) != 0);
    while (count > 0) put(reversed[--count]);
    return *this;
  }
  constexpr text& operator<<(int n) { return *this << static_cast<long long>(n); }
  constexpr text& operator<<(long n) { return *this << static_cast<long long>(n); }

  [[nodiscard]] constexpr std::string_view view() const { return {characters_, size_}; }
  constexpr operator std::string_view() const { return view(); }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  friend constexpr bool operator==(const text& a, std::string_view b) { return a.view() == b; }
  template <class Traits>
  friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& os, const text& t) {
    return os << t.view();
  }

 private:
  constexpr void put(char c) {
    if (size_ < capacity) {
      characters_[size_++] = c;
    } else {
      for (std::size_t i = 1; i <= 3; ++i) characters_[capacity - i] = '.';
    }
  }
  /// Writes `count` decimal digits with the decimal point after digit `exponent`, counted from 0.
  constexpr void put_fixed(long long digits, int count, int exponent) {
    char buffer[6]{};
    for (int i = count; i-- > 0; digits /= 10) buffer[i] = static_cast<char>('0' + digits % 10);
    if (exponent < 0) {
      *this << "0.";
      for (int i = -1; i > exponent; --i) put('0');
      for (int i = 0; i < count; ++i) put(buffer[i]);
      return;
    }
    for (int i = 0; i < count || i <= exponent; ++i) {
      if (i == exponent + 1) put('.');
      put(i < count ? buffer[i] : '0');
    }
  }

  char characters_[capacity]{};
  std::size_t size_ = 0;
};

namespace detail {

/// Name of a type as the compiler spells it, without namespaces, template arguments and a trailing `_t`.
template <class T>
consteval std::string_view type_name() {
#if defined(__clang__)
  std::string_view name = __PRETTY_FUNCTION__;  // ... type_name() [T = esp::whiten_t]
  name = name.substr(name.find("T = ") + 4);
  name.remove_suffix(1);
#else
  std::string_view name = __PRETTY_FUNCTION__;  // ... type_name() [with T = esp::whiten_t; std::string_view = ...]
  name = name.substr(name.find("T = ") + 4);
  name = name.substr(0, name.find_first_of(";]"));
#endif
  if (name.find("lambda") != std::string_view::npos) return "lambda";
  name = name.substr(0, name.find('<'));
  if (const auto scope = name.rfind("::"); scope != std::string_view::npos) name = name.substr(scope + 2);
  if (name.ends_with("_t")) name.remove_suffix(2);
  return name;
}

}  // namespace detail

/// A template argument as a policy's name shows it: a number, or `param<"c">`.
template <class V>
constexpr text argument_text(const V& v) {
  text t;
  if constexpr (requires { V::written(); }) {
    t << V::written();
  } else if constexpr (requires { V::name; }) {
    t << std::string_view(V::name);
  } else {
    t << static_cast<double>(v);
  }
  return t;
}

}  // namespace esp::inline ESPALIER_ABI
