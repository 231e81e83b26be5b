// SPDX-License-Identifier: BSD-3-Clause
#include <cstdio>
#include <espalier/executor.hpp>

int main() {
  esp::index_t done[8]{};
  esp::threads{2}.run(8, [&](esp::index_t task, esp::index_t) { done[task] = task; });
  std::printf("last task %d\n", static_cast<int>(done[7]));
  return done[7] == 7 ? 0 : 1;
}
