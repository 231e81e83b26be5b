// SPDX-License-Identifier: BSD-3-Clause
#include "report.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <ostream>
#include <stdexcept>
#include <support/table.hpp>

#include "shapes.hpp"

namespace bench {

namespace {

using support::fixed;
using support::number;

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::ofstream open(const std::filesystem::path& path) {
  std::ofstream out(path);
  if (!out) throw std::runtime_error("'" + path.string() + "' cannot be written; choose another --output");
  return out;
}

void write_json(std::ostream& out, const std::vector<row>& rows) {
  out << "[\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const row& r = rows[i];
    out << "{\"shape\": " << quoted(r.shape) << ", \"direction\": " << quoted(r.direction)
        << ", \"dtype\": " << quoted(r.dtype) << ", \"threads\": " << r.threads
        << ", \"algorithm\": " << quoted(r.algorithm) << ", \"automatic\": " << (r.automatic ? "true" : "false")
        << ", \"ms\": " << number(r.ms, 6) << ", \"gflops\": " << number(r.gflops, 6)
        << ", \"fraction_of_limit\": " << number(r.fraction_of_limit, 4) << ", \"limit\": " << quoted(r.limit)
        << ", \"peak_gflops\": " << number(r.peak_gflops, 6) << ", \"bandwidth_gbs\": " << number(r.bandwidth_gbs, 6)
        << ", \"peer\": " << quoted(r.peer) << ", \"peer_impl\": " << quoted(r.peer_impl)
        << ", \"ratio_same_contract\": " << number(r.ratio_same_contract, 4)
        << ", \"ratio_peer_best\": " << number(r.ratio_peer_best, 4) << ", \"packed_ms\": " << number(r.packed_ms, 6)
        << ", \"ratio_packed\": " << number(r.ratio_packed, 4) << ", \"spread\": " << number(r.spread, 3)
        << ", \"pairs\": " << r.pairs << ", \"scratch_kib\": " << number(r.scratch_kib, 6) << ", \"others\": {";
    for (std::size_t k = 0; k < r.others.size(); ++k) {
      out << (k == 0 ? "" : ", ") << quoted(r.others[k].first) << ": " << number(r.others[k].second, 4);
    }
    out << (i + 1 < rows.size() ? "}},\n" : "}}\n");
  }
  out << "]\n";
}

void write_machine(std::ostream& out, const session& s) {
  out << "{\"processor\": " << quoted(s.processor) << ", \"processors\": " << s.processors
      << ", \"instruction_set\": " << quoted(s.instruction_set) << ", \"compiler\": " << quoted(s.compiler)
      << ", \"load_before\": " << s.load_before << ", \"load_after\": " << s.load_after
      << ", \"foreign_share\": " << number(s.foreign_share) << ", \"stolen_share\": " << number(s.stolen_share)
      << ", \"peers\": [";
  for (std::size_t i = 0; i < s.peers.size(); ++i) out << (i == 0 ? "" : ", ") << quoted(s.peers[i]);
  out << "]";
  for (const auto& [name, value] : s.measured) out << ", " << quoted(name) << ": " << number(value, 4);
  out << "}\n";
}

std::string percent(double fraction) { return fixed(100 * fraction, 0) + " %"; }

/// As many digits as say something.
std::string ratio(double value) { return fixed(value, value < 10 ? 2 : value < 100 ? 1 : 0) + "x"; }

std::string team(int threads) { return std::to_string(threads) + (threads == 1 ? " thread" : " threads"); }

/// A shape as people say it: "4 > 8, 2 x 16 x 32 x 32, k3 p1".
std::string describe(const shape& s) {
  const auto axes = [](esp::extents e) {
    const std::string d = std::to_string(e.d), h = std::to_string(e.h), w = std::to_string(e.w);
    return d == h && h == w ? d : d + "," + h + "," + w;
  };
  const esp::conv3d& c = s.config;
  const esp::extents pad = esp::detail::pads_of(c).before;
  std::string out = std::to_string(c.in_channels) + " > " + std::to_string(c.out_channels) + " on ";
  if (s.input.n > 1) out += std::to_string(s.input.n) + " x ";
  out += std::to_string(s.input.d) + " x " + std::to_string(s.input.h) + " x " + std::to_string(s.input.w);
  out += ", k" + axes(c.kernel_size);
  if (c.stride != esp::extents{1}) out += " s" + axes(c.stride);
  if (c.dilation != esp::extents{1}) out += " d" + axes(c.dilation);
  if (pad != esp::extents{0}) out += " p" + axes(pad);
  if (c.groups > 1) out += " g" + std::to_string(c.groups);
  return out;
}

void write_losses(std::ostream& out, std::vector<row> rows) {
  std::erase_if(rows, [](const row& r) { return !r.automatic || r.ratio_same_contract >= 1; });
  std::ranges::sort(rows, {}, &row::ratio_same_contract);
  out << "### Losses\n\n";
  if (rows.empty()) {
    out << "None: every row is ahead of its peer under the same contract.\n\n";
    return;
  }
  out << "| shape | direction | type | threads | ms | of its limit | same contract | peer's best | spread | peer |\n"
         "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n";
  for (const row& r : rows) {
    out << "| " << r.shape << " | " << r.direction << " | " << r.dtype << " | " << r.threads << " | " << number(r.ms)
        << " | " << percent(r.fraction_of_limit) << ", " << r.limit << " | " << ratio(r.ratio_same_contract) << " | "
        << ratio(r.ratio_peer_best) << " | " << percent(r.spread) << " | " << r.peer << ", " << r.peer_impl << " |\n";
  }
  out << '\n';
}

/// All rows of one type: a shape, direction and algorithm on a line, teams side by side.
void write_group(std::ostream& out, const std::vector<row>& rows, const std::string& dtype,
                 const std::vector<int>& teams) {
  out << "### " << dtype << "\n\n| shape | layer | direction | algorithm | scratch |";
  for (const int threads : teams) {
    out << ' ' << team(threads)
        << ": ms | GF/s | of its limit | same contract | peer's best | spread | packed once: ms | ratio |";
    if (threads > teams.front()) out << " speed-up |";
  }
  out << " peer | others |\n| --- | --- | --- | --- | ---: |";
  for (const int threads : teams) {
    out << " ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |" << (threads > teams.front() ? " ---: |" : "");
  }
  out << " --- | --- |\n";
  for (const row& first : rows) {
    if (first.dtype != dtype || first.threads != teams.front()) continue;
    out << "| " << first.shape << " | " << describe(shapes[index_of(first.shape)]) << " | " << first.direction << " | "
        << first.algorithm << (first.automatic ? "" : " (asked)") << " | " << fixed(first.scratch_kib, 0) << " KiB |";
    for (const int threads : teams) {
      const auto same = [&](const row& r) {
        return r.dtype == dtype && r.threads == threads && r.shape == first.shape && r.direction == first.direction &&
               r.algorithm == first.algorithm;
      };
      const auto r = std::ranges::find_if(rows, same);
      if (r == rows.end()) {
        out << " | | | | | | | |" << (threads > teams.front() ? " |" : "");
        continue;
      }
      out << ' ' << number(r->ms) << " | " << number(r->gflops) << " | " << percent(r->fraction_of_limit) << ", "
          << r->limit << " | " << ratio(r->ratio_same_contract) << " | " << ratio(r->ratio_peer_best) << " | "
          << percent(r->spread) << " | ";
      if (r->packed_ms > 0) out << number(r->packed_ms);
      out << " | ";
      if (r->packed_ms > 0) out << ratio(r->ratio_packed);
      out << " |";
      if (threads > teams.front()) out << ' ' << ratio(first.ms / r->ms) << " |";
    }
    std::string others;
    for (const auto& [name, value] : first.others) others += (others.empty() ? "" : ", ") + name + " " + ratio(value);
    out << ' ' << first.peer << ", " << first.peer_impl << " | " << others << " |\n";
  }
  out << '\n';
}

void write_markdown(std::ostream& out, const session& s, const std::vector<row>& rows) {
  out << s.processor << ", " << s.processors << (s.processors == 1 ? " processor, " : " processors, ")
      << s.instruction_set << "; " << s.compiler << ". Peers:";
  for (std::size_t i = 0; i < s.peers.size(); ++i) out << (i == 0 ? " " : ", ") << s.peers[i];
  out << ".\n\n| measured in this run | |\n| --- | ---: |\n";
  for (const auto& [name, value] : s.measured) out << "| " << name << " | " << number(value, 4) << " |\n";
  out << "| load average before, after | " << number(s.load_before) << ", " << number(s.load_after) << " |\n"
      << "| taken by other processes, by the hypervisor | " << percent(s.foreign_share) << ", "
      << percent(s.stolen_share) << " of one processor |\n\n";
  write_losses(out, rows);
  for (const char* dtype : {"float", "double"}) {
    std::vector<int> teams;
    for (const row& r : rows) {
      if (r.dtype == dtype && std::ranges::find(teams, r.threads) == teams.end()) teams.push_back(r.threads);
    }
    std::ranges::sort(teams);
    if (!teams.empty()) write_group(out, rows, dtype, teams);
  }
}

/// One panel per direction: the ratio under the same contract over the shapes, on a logarithmic scale.
void write_plot(std::ostream& out, const std::vector<row>& rows) {
  std::map<std::string, std::vector<std::string>> names;
  out << "set terminal svg size 1200,900 background rgb 'white' noenhanced\nset output 'report.svg'\n"
         "set logscale y\nset grid ytics\nset format y '%gx'\nset xtics rotate by -60\nset key top right horizontal\n"
         "set multiplot layout 3,1 title 'time of the peer over ours, same contract'\n";
  for (const char* direction : {"forward", "backward_data", "backward_weights"}) {
    std::vector<std::string> shapes_here;
    for (const row& r : rows) {
      if (r.direction == direction && std::ranges::find(shapes_here, r.shape) == shapes_here.end()) {
        shapes_here.push_back(r.shape);
      }
    }
    if (shapes_here.empty()) continue;
    std::map<std::pair<std::string, int>, std::vector<const row*>> series;
    for (const row& r : rows) {
      if (r.direction == direction && r.automatic) series[{r.dtype, r.threads}].push_back(&r);
    }
    int block = 0;
    std::string plots;
    for (const auto& [key, members] : series) {
      out << "$" << direction << block << " << END\n";
      for (const row* r : members) {
        const auto at = std::ranges::find(shapes_here, r->shape) - shapes_here.begin();
        out << at << ' ' << r->ratio_same_contract << '\n';
      }
      out << "END\n";
      plots += std::string(", $") + direction + std::to_string(block) + " with points pointtype " +
               std::to_string(4 + block) + " pointsize 0.9 title '" + key.first + ", " + team(key.second) + "'";
      ++block;
    }
    out << "set title '" << direction << "'\nset xrange [-0.5:" << shapes_here.size() << " - 0.5]\nset xtics (";
    for (std::size_t i = 0; i < shapes_here.size(); ++i) {
      out << (i == 0 ? "'" : ", '") << shapes_here[i] << "' " << i;
    }
    out << ")\nplot 1 with lines linecolor 'black' notitle" << plots << '\n';
  }
  out << "unset multiplot\n";
}

}  // namespace

void write_report(const std::filesystem::path& folder, const session& s, const std::vector<row>& rows) {
  std::filesystem::create_directories(folder);
  auto json = open(folder / "report.json");
  write_json(json, rows);
  auto machine = open(folder / "machine.json");
  write_machine(machine, s);
  auto markdown = open(folder / "report.md");
  write_markdown(markdown, s, rows);
  auto plot = open(folder / "report.gp");
  write_plot(plot, rows);
  for (std::ofstream* out : {&json, &machine, &markdown, &plot}) {
    if (!out->flush()) throw std::runtime_error("the report cannot be written to '" + folder.string() + "'");
  }
}

}  // namespace bench
