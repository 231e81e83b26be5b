// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Reads the disassembly of `objdump -d -C --no-show-raw-insn` and reports vector registers that are spilled in a hot
/// loop.
///
/// A hot loop: from the target of a jump back to the jump, no other such pair inside, at least four multiply-adds on
/// whole registers. Where no way leads from the one to the other inside, the compiler has put a part of a larger loop
/// there, with jumps back that overlap; such a loop counts where none is inside of all of it. So clang lays out the
/// loop over rows around one over their registers. Spilled: a vector instruction with an operand on the stack, that is
/// behind %rsp, or behind %rbp in a function that makes it its frame pointer.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct instruction {
  std::uint64_t address;
  std::string text;          ///< Mnemonic and operands, comments removed.
  std::uint64_t target = 0;  ///< Of a jump.
};

struct function {
  std::string name;
  std::vector<instruction> body{};
};

bool vector_instruction(const instruction& i) {
  return i.text.find("%xmm") != std::string::npos || i.text.find("%ymm") != std::string::npos ||
         i.text.find("%zmm") != std::string::npos;
}

bool multiply_add(const instruction& i) {
  if (!i.text.starts_with("vfmadd") && !i.text.starts_with("vfnmadd")) return false;
  const std::size_t end = i.text.find(' ');
  const std::string_view name(i.text.data(), end == std::string::npos ? i.text.size() : end);
  return name.ends_with("ps") || name.ends_with("pd");
}

bool on_stack(const instruction& i, bool frame_pointer) {
  const auto behind = [&](const char* base) { return i.text.find(base) != std::string::npos; };
  return behind("(%rsp") || (frame_pointer && behind("(%rbp"));
}

std::vector<function> read(std::istream& in) {
  std::vector<function> out;
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with(">:")) {
      const std::size_t name = line.find('<');
      out.push_back({line.substr(name + 1, line.size() - name - 3)});
      continue;
    }
    const std::size_t colon = line.find(":\t");
    if (colon == std::string::npos || out.empty()) continue;
    instruction i{std::strtoull(line.c_str(), nullptr, 16), line.substr(colon + 2)};
    if (const std::size_t comment = i.text.find('#'); comment != std::string::npos) i.text.resize(comment);
    if (i.text.starts_with("j")) {
      const std::size_t operand = i.text.find_first_of("0123456789abcdef", i.text.find(' '));
      if (operand != std::string::npos) i.target = std::strtoull(i.text.c_str() + operand, nullptr, 16);
    }
    out.back().body.push_back(std::move(i));
  }
  return out;
}

struct loop {
  std::size_t first, last;  ///< Places in the body, both included.
};

/// Whether the last instruction follows from the first without one outside.
bool goes_round(const function& f, const loop& l) {
  std::vector<bool> reached(l.last - l.first + 1);
  reached[0] = true;
  for (std::size_t at = l.first; at < l.last; ++at) {
    if (!reached[at - l.first]) continue;
    const instruction& i = f.body[at];
    if (!i.text.starts_with("jmp") && !i.text.starts_with("ret")) reached[at + 1 - l.first] = true;
    for (std::size_t to = at + 1; to <= l.last; ++to) {
      if (i.target == f.body[to].address) reached[to - l.first] = true;
    }
  }
  return reached.back();
}

/// Whether what overlaps with a loop makes it one that holds another.
bool holds_another(const function& f, const std::vector<loop>& all, const loop& part) {
  loop whole = part;
  for (const loop& other : all) {
    const bool before = other.first < part.first && other.last >= part.first && other.last < part.last;
    const bool after = other.last > part.last && other.first <= part.last && other.first > part.first;
    if (before && other.first < whole.first) whole.first = other.first;
    if (after && other.last > whole.last) whole.last = other.last;
  }
  for (const loop& other : all) {
    const bool apart = other.last < part.first || other.first > part.last;
    if (apart && other.first >= whole.first && other.last <= whole.last && goes_round(f, other)) return true;
  }
  return false;
}

std::vector<loop> innermost_loops(const function& f) {
  std::vector<loop> all;
  for (std::size_t last = 0; last < f.body.size(); ++last) {
    const std::uint64_t target = f.body[last].target;
    if (target == 0 || target > f.body[last].address || target < f.body.front().address) continue;
    std::size_t first = last;
    while (f.body[first].address > target) --first;
    all.push_back({first, last});
  }
  std::vector<loop> out;
  for (const loop& candidate : all) {
    bool inner = true;
    for (const loop& other : all) {
      const bool same = other.first == candidate.first && other.last == candidate.last;
      inner = inner && (same || other.first < candidate.first || other.last > candidate.last);
    }
    if (inner && (goes_round(f, candidate) || !holds_another(f, all, candidate))) out.push_back(candidate);
  }
  return out;
}

}  // namespace

// With an argument, a number: every hot loop has so many multiply-adds.
int main(int arguments, char** argument) {
  const int asked = arguments > 1 ? std::atoi(argument[1]) : 0;
  constexpr int enough = 4;  // fewer multiply-adds are a remainder or an address, not a microkernel
  int hot = 0, spilled = 0, others = 0;
  for (const function& f : read(std::cin)) {
    bool frame_pointer = false;
    for (const instruction& i : f.body) frame_pointer = frame_pointer || i.text.find("%rsp,%rbp") != std::string::npos;
    for (const loop& l : innermost_loops(f)) {
      int multiply_adds = 0;
      std::vector<const instruction*> traffic;
      for (std::size_t at = l.first; at <= l.last; ++at) {
        const instruction& i = f.body[at];
        multiply_adds += multiply_add(i) ? 1 : 0;
        if (vector_instruction(i) && on_stack(i, frame_pointer)) traffic.push_back(&i);
      }
      if (multiply_adds < enough) continue;
      ++hot;
      if (asked > 0 && multiply_adds != asked) {
        ++others;
        std::printf("%d multiply-adds, not %d, in the loop at %llx of\n  %s\n", multiply_adds, asked,
                    static_cast<unsigned long long>(f.body[l.first].address), f.name.c_str());
      }
      if (traffic.empty()) continue;
      ++spilled;
      std::printf("stack traffic: %zu of %zu instructions, %d multiply-adds, in the loop at %llx of\n  %s\n",
                  traffic.size(), l.last - l.first + 1, multiply_adds,
                  static_cast<unsigned long long>(f.body[l.first].address), f.name.c_str());
      for (std::size_t i = 0; i < traffic.size() && i < 3; ++i) std::printf("    %s\n", traffic[i]->text.c_str());
    }
  }
  std::printf("%d hot loops, %d with stack traffic\n", hot, spilled);
  if (hot == 0) std::printf("no hot loop was found: this is no disassembly of a kernel\n");
  return hot == 0 || spilled > 0 || others > 0 ? 1 : 0;
}
