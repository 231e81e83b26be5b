// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A text table whose columns are as wide as their longest cell.
#pragma once

#include <algorithm>
#include <cstdio>
#include <initializer_list>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace support {

/// Rows of cells under a header; columns after the first align as asked.
class table {
 public:
  enum class align { left, right };
  struct column {
    std::string title;
    align side = align::left;
  };

  explicit table(std::vector<column> columns) : columns_(std::move(columns)) {
    for (const auto& c : columns_) widths_.push_back(c.title.size());
  }

  /// @pre one cell per column
  void row(std::vector<std::string> cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) widths_[i] = std::max(widths_[i], cells[i].size());
    rows_.push_back(std::move(cells));
  }

  /// An empty line between groups of rows.
  void gap() { rows_.emplace_back(); }

  friend std::ostream& operator<<(std::ostream& out, const table& t) {
    std::vector<std::string> titles;
    std::vector<std::string> rules;
    for (std::size_t i = 0; i < t.columns_.size(); ++i) {
      titles.push_back(t.columns_[i].title);
      rules.emplace_back(t.widths_[i], '-');
    }
    t.print(out, titles);
    t.print(out, rules);
    for (const auto& cells : t.rows_) t.print(out, cells);
    return out;
  }

 private:
  void print(std::ostream& out, const std::vector<std::string>& cells) const {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string padding(widths_[i] - cells[i].size(), ' ');
      line += i == 0 ? "" : "  ";
      line += columns_[i].side == align::left ? cells[i] + padding : padding + cells[i];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  }

  std::vector<column> columns_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<std::string>> rows_;
};

/// `value` with `digits` significant digits.
inline std::string number(double value, int digits = 3) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return text;
}

/// `value` with `digits` digits after the point.
inline std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

/// "low .. high", or one number where both read the same.
inline std::string range(double low, double high, int digits = 3) {
  const auto from = number(low, digits);
  const auto to = number(high, digits);
  return from == to ? from : from + " .. " + to;
}

}  // namespace support
