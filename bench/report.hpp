// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The rows of a run, and what is written of them: report.json, report.md and a script for gnuplot.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace bench {

/// One shape, direction, type, number of threads and algorithm.
struct row {
  std::string shape, direction, dtype, algorithm;
  int threads = 1;
  bool automatic = true;  ///< The algorithm that a layer takes by itself.
  double ms = 0, gflops = 0;
  double fraction_of_limit = 0;
  std::string limit{};                        ///< "fma" or "memory": which of the two takes longer for this row.
  double peak_gflops = 0, bandwidth_gbs = 0;  ///< Measured beside the row; the bandwidth at the row's footprint.
  std::string peer{}, peer_impl{};
  double ratio_same_contract = 0;  ///< The peer's time over ours: above 1 we are ahead.
  double ratio_peer_best = 0;
  double packed_ms = 0;     ///< With a weight that is packed once; 0 for the gradient of the weight.
  double ratio_packed = 0;  ///< The peer's time over ours, both with one.
  double spread = 0;        ///< Interquartile range of the pairs' ratios over their median.
  int pairs = 0;
  double scratch_kib = 0;  ///< Of one worker, without the packed weights.
  std::vector<std::pair<std::string, double>>
      others{};  ///< Second peers: time over ours, from the shorter of two calls.
};

/// What else a reader needs to believe the rows.
struct session {
  std::string processor, instruction_set, compiler;
  int processors;
  std::vector<std::string> peers;
  std::vector<std::pair<std::string, double>> measured{};  ///< Peaks and bandwidths, with their unit in the name.
  double load_before = 0, load_after = 0;
  double foreign_share = 0;  ///< Of one processor: what other processes took while the rows were timed.
  double stolen_share = 0;   ///< Of one processor: what the hypervisor took.
};

/// Writes report.json (an array of rows), machine.json, report.md and report.gp, which draws report.svg, to `folder`.
/// Throws std::runtime_error where a file cannot be written.
void write_report(const std::filesystem::path& folder, const session& s, const std::vector<row>& rows);

}  // namespace bench
