// SPDX-License-Identifier: BSD-3-Clause
// Runs the units whose instructions the processor has, and lets each catch what each throws.
#include <cstdio>

#define UNIT(name, condition) \
  double work_##name();       \
  void fail_##name();         \
  bool catch_##name(void (*)());
#include "units.inc"
#undef UNIT

int main() {
  struct unit {
    const char* name;
    bool runs;
    double (*work)();
    void (*fail)();
    bool (*catches)(void (*)());
  };
#define UNIT(name, condition) {#name, (condition) != 0, work_##name, fail_##name, catch_##name},
  const unit units[] = {
#include "units.inc"
  };
#undef UNIT
  int wrong = 0;
  const double plain = work_baseline();
  for (const unit& u : units) {
    if (!u.runs) continue;
    const double sum = u.work(), difference = sum > plain ? sum - plain : plain - sum;
    std::printf("%s: %.9g\n", u.name, sum);
    wrong += difference <= 1e-4 * plain ? 0 : 1;
    for (const unit& other : units) {
      if (other.runs && !other.catches(u.fail)) {
        std::printf("%s does not catch what %s throws\n", other.name, u.name);
        ++wrong;
      }
    }
  }
  return wrong == 0 ? 0 : 1;
}
