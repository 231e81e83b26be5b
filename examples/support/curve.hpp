// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Curves in a PNG file, drawn by gnuplot.
#pragma once

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace support {

/// A line of the plot: y over x.
struct curve {
  std::string title;
  std::vector<double> x{};
  std::vector<double> y{};
};

/// Means of `points` equal parts of `values`, over the step at which each part ends: a curve without the noise.
inline curve averaged(std::string title, std::span<const double> values, std::size_t points = 100) {
  curve out{std::move(title)};
  points = std::min(points, values.size());
  for (std::size_t i = 0; i < points; ++i) {
    const std::size_t first = i * values.size() / points, last = (i + 1) * values.size() / points;
    const auto part = values.subspan(first, last - first);
    out.x.push_back(static_cast<double>(last));
    out.y.push_back(std::accumulate(part.begin(), part.end(), 0.0) / static_cast<double>(part.size()));
  }
  return out;
}

/// Writes the gnuplot script `path` + ".gp", data included, and has gnuplot draw `path`; y is logarithmic.
///
/// Returns what to tell the user: where the curve is, or why there is none. Throws where the script cannot be written.
inline std::string draw(const std::filesystem::path& path, const std::string& title, const std::string& y_title,
                        std::span<const curve> curves) {
  const auto quoted = [](const std::string& text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
    return out + "'";
  };
  const std::string script_path = path.string() + ".gp";
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
  {
    std::ofstream script(script_path);
    script << "set terminal pngcairo size 800,500 noenhanced\nset output " << quoted(path.string()) << "\nset title "
           << quoted(title) << "\nset xlabel 'step'\nset ylabel " << quoted(y_title)
           << "\nset logscale y\nset format y '%g'\nset grid\n";
    for (std::size_t i = 0; i < curves.size(); ++i) {
      script << "$curve" << i << " << END\n";
      for (std::size_t at = 0; at < curves[i].x.size(); ++at)
        script << curves[i].x[at] << ' ' << curves[i].y[at] << '\n';
      script << "END\n";
    }
    for (std::size_t i = 0; i < curves.size(); ++i) {
      script << (i == 0 ? "plot " : ", ") << "$curve" << i << " with lines linewidth 2 title "
             << quoted(curves[i].title);
    }
    script << '\n';
    if (!script.flush()) throw std::runtime_error("'" + script_path + "' cannot be written; choose another --output");
  }

  std::string program = "gnuplot", argument = script_path;
  char* const arguments[] = {program.data(), argument.data(), nullptr};
  pid_t child = 0;
  int status = 0;
  if (posix_spawnp(&child, "gnuplot", nullptr, nullptr, arguments, environ) != 0) {
    return "not drawn, gnuplot is not installed (Debian: gnuplot-nox); then: gnuplot " + script_path;
  }
  if (waitpid(child, &status, 0) != child || status != 0) return "not drawn, gnuplot failed on " + script_path;
  return path.string();
}

}  // namespace support
