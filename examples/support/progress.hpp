// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Progress of a fixed number of steps with the time left: a bar on a terminal, a plain line every 10 % in a pipe or a
/// log.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

namespace support {

/// ", loss 0.00123, rate 0.05" for the bar: the mean of the last 50 losses; nothing before the first step.
inline std::string training_text(std::span<const double> losses, double rate) {
  if (losses.empty()) return "";
  const auto last = losses.last(std::min<std::size_t>(losses.size(), 50));
  double sum = 0;
  for (const double loss : last) sum += loss;
  char text[64];
  std::snprintf(text, sizeof text, ", loss %.3g, rate %.2g", sum / static_cast<double>(last.size()), rate);
  return text;
}

/// Writes to stderr, so that stdout holds results only. Colour stays off where NO_COLOR is set.
class progress {
 public:
  explicit progress(int steps) : steps_(steps > 0 ? steps : 1), terminal_(is_terminal()), colour_(wants_colour()) {}
  ~progress() { clear(); }
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// Says what is done next; it counts as done with the next call, or with `finish`.
  void next(std::string_view what) {
    if (started_) ++done_;
    started_ = true;
    show(what);
  }

  void finish() {
    done_ = steps_;
    show("done");
    clear();
  }

 private:
  static bool is_terminal() {
    const char* term = std::getenv("TERM");
    return isatty(STDERR_FILENO) != 0 && (term == nullptr || std::string_view(term) != "dumb");
  }
  static bool wants_colour() {
    const char* no_colour = std::getenv("NO_COLOR");
    return no_colour == nullptr || *no_colour == '\0';
  }

  /// ", 12 s left", from the time that the steps so far took; empty in the first second and at the end.
  [[nodiscard]] std::string time_left() const {
    const double spent = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    if (done_ == 0 || done_ >= steps_ || spent < 1) return "";
    char text[32];
    std::snprintf(text, sizeof text, ", %.0f s left", spent * (steps_ - done_) / done_);
    return text;
  }

  void show(std::string_view named) {
    const int percent = 100 * done_ / steps_;
    const std::string what = std::string(named) + time_left();
    if (terminal_) {
      constexpr int width = 30;
      const int filled = width * done_ / steps_;
      const std::string bar(static_cast<std::size_t>(filled), '#');
      const std::string rest(static_cast<std::size_t>(width - filled), '.');
      std::fprintf(stderr, "\r\033[K[%s%s%s%s] %3d %%  %.*s", colour_ ? "\033[32m" : "", bar.c_str(),
                   colour_ ? "\033[0m" : "", rest.c_str(), percent, static_cast<int>(what.size()), what.data());
      std::fflush(stderr);
      dirty_ = true;
    } else if (percent / 10 > printed_ / 10 || printed_ < 0) {
      std::fprintf(stderr, "%3d %%  %.*s\n", percent, static_cast<int>(what.size()), what.data());
      printed_ = percent;
    }
  }

  void clear() {
    if (dirty_) std::fprintf(stderr, "\r\033[K");
    dirty_ = false;
  }

  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  int steps_;
  int done_ = 0;
  int printed_ = -1;
  bool started_ = false;
  bool terminal_;
  bool colour_;
  bool dirty_ = false;
};

}  // namespace support
