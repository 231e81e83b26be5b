// SPDX-License-Identifier: BSD-3-Clause
// The half for plain x86-64, which calls the other half only where the processor has AVX2 and FMA.
#include <cstdio>

#include "work.hpp"

double avx2_half();

int main() {
  const double plain = work();
  const double fast = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? avx2_half() : plain;
  const double difference = plain > fast ? plain - fast : fast - plain;
  std::printf("plain %.9g, avx2 %.9g\n", plain, fast);
  return difference <= 1e-4 * (plain > 0 ? plain : -plain) ? 0 : 1;
}
