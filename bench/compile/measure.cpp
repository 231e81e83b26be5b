// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What it costs to compile the library: `measure OUTPUT FOLDER RUNS COMPILER FLAGS...` compiles every case of the
/// folder `RUNS` times, one after the other in turns, and prints a table of seconds and memory as Markdown. Where
/// clang++-19 is installed, a column says how many templates it instantiates: a number that does not depend on the
/// machine.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

namespace {

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
  const auto begin = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child == 0) {
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  // A compiler driver waits for the compiler proper, whose memory its own usage contains.
  wait4(child, &status, 0, &usage);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    std::cerr << "measure: this command failed:";
    for (const std::string& word : command) std::cerr << ' ' << word;
    std::cerr << '\n';
    std::exit(1);
  }
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(),
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

  std::vector<measured> cases{{"hana", folder + "/hana.cpp", "`#include <boost/hana.hpp>`"},
                              {"language", folder + "/language.cpp", "the language alone"},
                              {"container", folder + "/container.cpp", "xtensor's container alone"},
                              {"library", folder + "/library.cpp", "`#include <espalier/espalier.hpp>`"},
                              {"forward", folder + "/forward.cpp", "one layer, forward"},
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
  for (const measured& m : cases) {
    std::snprintf(line, sizeof line, "| %s | %.2f | %.0f |", m.what.c_str(), m.median_seconds(), m.peak_mebibytes());
    table << line;
    if (counts) table << ' ' << instantiations(clang, m, flags, object) << " |";
    table << '\n';
  }
  std::snprintf(line, sizeof line,
                "\nThe language takes %.2f times Hana's header, one forward layer %.2f times xtensor's container, each "
                "further layer with training %.2f s.\n",
                seconds("language") / seconds("hana"), seconds("forward") / seconds("container"),
                (seconds("ten") - seconds("one")) / 9);
  table << line;
  table.close();
  std::cout << std::ifstream(output).rdbuf();
  return table ? 0 : 1;
}
