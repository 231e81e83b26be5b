// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What it costs to compile the library: `measure OUTPUT FOLDER RUNS COMPILER FLAGS...` compiles every case of the
/// folder `RUNS` times, one after the other in turns, and prints a table of seconds and memory as Markdown. Seconds of
/// a processor, in user mode: a busy machine changes these least. Where clang++-19 is installed, a column says how many
/// templates it instantiates: a number that does not depend on the machine. A single run counts only where there is a
/// limit. Fails where a limit is passed.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

namespace {

/// One forward layer, in times of xtensor's container: g++ 12 takes 3.8 and clang 19 3.0, with the library's header
/// precompiled 1.6 and 1.4. A single run is off by a fifth, so the limit of the first is far and that of what clang
/// instantiates near: 9700.
constexpr double forward_limit = 5, precompiled_limit = 2.5;
constexpr long instantiations_limit = 11500;

struct cost {
  double seconds = 0;
  double mebibytes = 0;
};

struct measured {
  std::string name, source, what;
  std::vector<std::string> flags{};
  std::vector<cost> runs{};

  [[nodiscard]] double median_seconds() const {
    std::vector<double> all;
    for (const cost& c : runs) all.push_back(c.seconds);
    std::ranges::sort(all);
    return all[all.size() / 2];
  }
  [[nodiscard]] double peak_mebibytes() const {
    double most = 0;
    for (const cost& c : runs) most = std::max(most, c.mebibytes);
    return most;
  }
};

/// Runs a command and waits for it. Stops the program where it fails.
cost run(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  // A compiler driver waits for the compiler proper, whose time and memory its own usage contains.
  wait4(child, &status, 0, &usage);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    std::cerr << "measure: this command failed:";
    for (const std::string& word : command) std::cerr << ' ' << word;
    std::cerr << '\n';
    std::exit(1);
  }
  return {static_cast<double>(usage.ru_utime.tv_sec) + static_cast<double>(usage.ru_utime.tv_usec) / 1e6,
          static_cast<double>(usage.ru_maxrss) / 1024};
}

/// Instantiations of classes and functions that clang's time trace tells of; -1 without clang.
long instantiations(const std::string& clang, const measured& m, const std::vector<std::string>& flags,
                    const std::string& object) {
  std::vector<std::string> command{clang, "-ftime-trace", "-ftime-trace-granularity=0", "-c", m.source, "-o", object};
  command.insert(command.end(), flags.begin(), flags.end());
  command.insert(command.end(), m.flags.begin(), m.flags.end());
  run(command);
  std::ifstream trace(object.substr(0, object.size() - 2) + ".json");
  const std::string text{std::istreambuf_iterator<char>(trace), {}};
  long count = 0;
  for (const char* name : {"\"name\":\"InstantiateClass\"", "\"name\":\"InstantiateFunction\""}) {
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) ++count;
  }
  return count;
}

/// Writes the first program of the README, as it stands there, to a file. Stops the program where there is none.
void extract_program(const std::string& readme, const std::string& to) {
  std::ifstream page(readme);
  const std::string text{std::istreambuf_iterator<char>(page), {}}, mark = "<!-- run: program -->\n```cpp\n";
  const std::size_t at = text.find(mark), end = at == std::string::npos ? at : text.find("```\n", at + mark.size());
  if (end == std::string::npos) {
    std::cerr << "measure: no program in " << readme << '\n';
    std::exit(1);
  }
  std::ofstream(to) << text.substr(at + mark.size(), end - at - mark.size());
}

bool installed(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::cerr << "usage: measure OUTPUT FOLDER RUNS COMPILER FLAGS...\n";
    return 2;
  }
  const std::string output = argv[1], folder = argv[2], compiler = argv[4];
  const int runs = std::max(1, std::atoi(argv[3]));
  const std::vector<std::string> flags(argv + 5, argv + argc);
  const std::string object = output + ".o";

  const std::string program = output + ".program.cpp";
  extract_program(folder + "/../../README.md", program);

  // Both compilers take `x` for `x.gch` where that exists.
  const std::string header = output + ".precompiled.hpp";
  std::vector<std::string> precompile{compiler, "-x", "c++-header", folder + "/library.cpp", "-o", header + ".gch"};
  precompile.insert(precompile.end(), flags.begin(), flags.end());
  run(precompile);

  std::vector<measured> cases{
      {"hana", folder + "/hana.cpp", "`#include <boost/hana.hpp>`"},
      {"language", folder + "/language.cpp", "the language alone"},
      {"container", folder + "/container.cpp", "xtensor's container alone"},
      {"library", folder + "/library.cpp", "`#include <espalier/espalier.hpp>`"},
      {"forward", folder + "/forward.cpp", "one layer, forward"},
      {"precompiled", folder + "/forward.cpp", "the same, the library's header precompiled", {"-include", header}},
      {"program", program, "the first program of the README"},
      {"one", folder + "/layers.cpp", "one layer with training", {"-DLAYERS=1"}},
      {"ten", folder + "/layers.cpp", "ten layers with training", {"-DLAYERS=10"}}};
  for (int i = 0; i < runs; ++i) {
    for (measured& m : cases) {
      std::vector<std::string> command{compiler, "-c", m.source, "-o", object};
      command.insert(command.end(), flags.begin(), flags.end());
      command.insert(command.end(), m.flags.begin(), m.flags.end());
      m.runs.push_back(run(command));
    }
  }
  const auto seconds = [&cases](const char* name) {
    return std::ranges::find(cases, std::string(name), &measured::name)->median_seconds();
  };

  const std::string clang = "clang++-19";
  const bool counts = installed(clang);
  std::ofstream table(output);
  table << "| what is compiled | seconds | MiB |" << (counts ? " instantiations |" : "") << "\n| --- | ---: | ---: |"
        << (counts ? " ---: |" : "") << '\n';
  char line[256];
  long instantiated = 0;
  for (const measured& m : cases) {
    // Another compiler wrote the precompiled header.
    const bool with_clang = counts && m.name != "precompiled" && (runs > 1 || m.name == "forward");
    std::snprintf(line, sizeof line, "| %s | %.2f | %.0f |", m.what.c_str(), m.median_seconds(), m.peak_mebibytes());
    table << line;
    if (with_clang) {
      const long count = instantiations(clang, m, flags, object);
      if (m.name == "forward") instantiated = count;
      table << ' ' << count << " |";
    } else if (counts) {
      table << " |";
    }
    table << '\n';
  }
  const double language = seconds("language") / seconds("hana"), forward = seconds("forward") / seconds("container"),
               precompiled = seconds("precompiled") / seconds("container"),
               further = (seconds("ten") - seconds("one")) / 9;
  std::snprintf(
      line, sizeof line,
      "\nThe language takes %.2f times Hana's header, one forward layer %.2f times xtensor's container (%.2f with "
      "the header precompiled), each further layer with training %.2f s, %.2f times that container.\n",
      language, forward, precompiled, further, further / seconds("container"));
  table << line;
  table.close();
  std::cout << std::ifstream(output).rdbuf();
  std::filesystem::remove(header + ".gch");  // 200 MB
  const bool within = forward < forward_limit && precompiled < precompiled_limit && instantiated < instantiations_limit;
  if (!within) {
    std::cerr << "measure: one layer passes a limit: " << forward_limit << " times the container, precompiled "
              << precompiled_limit << ", " << instantiations_limit << " instantiations\n";
  }
  return table && within ? 0 : 1;
}
