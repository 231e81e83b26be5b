// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What the machine can do, measured: multiply-adds a second and bytes a second; and what it is called.
#pragma once

#include <string>

namespace bench {

/// Name of the processor, as the kernel gives it.
std::string processor();

/// The widest instruction set this program was compiled for, and its compiler.
std::string instruction_set();
std::string compiler();

/// Processors this process may use.
int processors();

/// OpenMP reads its environment before main: where it says nothing, starts the program over with threads bound to cores
/// that spin between parallel regions, for all sides alike.
void bind_threads(char** argv);

/// Runnable processes of the whole machine, averaged over a minute; negative where it cannot be read.
double load_average();

/// Operations a second that a team of `threads` reaches with fused multiply-adds that wait for nothing, two operations
/// each. Cost: about 20 ms.
template <class T>
double peak_flops(int threads);

/// Bytes read and written a second where a team of `threads` copies within `footprint` bytes, half of them read, half
/// written, over and over: what a row of that many compulsory bytes may hope for. Cost: about 20 ms; remembered for
/// the nearest power of two.
double bandwidth(int threads, double footprint);

/// Bytes of the caches, as the system reports them; 0 where it does not.
struct caches {
  double l2;
  double l3;
};
caches cache_sizes();

/// Bytes of a copy, read and written, that no cache holds: four times the last level, but no more than a copy in a
/// second or so.
double beyond_caches();

}  // namespace bench
