// SPDX-License-Identifier: BSD-3-Clause
// drawn_write <seed> <policies> <files> <folder>: writes sources with so many drawn policies, which drawn_compiled
// tries.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "drawn/draw.hpp"
#include "drawn/lowered.hpp"

namespace {

using namespace drawn;

/// Not what the compiler refuses or takes seconds for.
bool compiles(const policy& p) { return size_of(p) <= 40 && !refused(p) && !refused_in_parts(p); }

std::string text_of(const esp::weight_shape& s) {
  return "esp::weight_shape{" + std::to_string(s.out) + ", " + std::to_string(s.in) + ", {" +
         std::to_string(s.kernel.d) + ", " + std::to_string(s.kernel.h) + ", " + std::to_string(s.kernel.w) + "}}";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return std::fputs("drawn_write <seed> <policies> <files> <folder>\n", stderr), 2;
  const std::uint64_t seed = std::strtoull(argv[1], nullptr, 10);
  const int policies = std::atoi(argv[2]);
  const int files = std::atoi(argv[3]);
  const std::string folder = argv[4];

  std::ofstream all(folder + "/all.cpp");
  all << "#include \"drawn/entry.hpp\"\nnamespace drawn {\nextern const std::uint64_t compiled_seed = " << seed
      << "u;\n";
  std::uint64_t number = 0;
  for (int f = 0; f < files; ++f) {
    const std::string function = "entries_" + std::to_string(f);
    std::ofstream out(folder + "/" + function + ".cpp");
    out << "#include \"drawn/subject.hpp\"\n" << (f == 0 ? "#include \"drawn/swept.hpp\"\n" : "") << "namespace {\n";
    std::string entries;
    for (int i = policies * f / files; i < policies * (f + 1) / files; ++i, ++number) {
      policy p = draw_policy(seed, number);
      while (!compiles(p)) p = draw_policy(seed, ++number);
      const std::string name = "p" + std::to_string(number);
      out << "constexpr auto " << name << " = " << source_of(p) << ";\n";
      entries += std::string("  list.push_back(drawn::") + (f == 0 ? "swept" : "subject") + "<" + name + ", " +
                 text_of(p.shape) + ">(" + std::to_string(number) + "));\n";
    }
    out << "}\nnamespace drawn {\nvoid " << function << "(std::vector<entry>& list) {\n" << entries << "}\n}\n";
    all << "void " << function << "(std::vector<entry>&);\n";
    if (!out.flush()) return std::fprintf(stderr, "cannot write to %s\n", folder.c_str()), 1;
  }
  all << "std::vector<entry> all_entries() {\n  std::vector<entry> list;\n";
  for (int f = 0; f < files; ++f) all << "  entries_" << f << "(list);\n";
  all << "  return list;\n}\n}\n";
  return all.flush() ? 0 : 1;
}
