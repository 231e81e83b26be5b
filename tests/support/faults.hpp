// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// System calls and allocations that fail, or at which the process ends, when a test asks for it.
#pragma once

#include <cstddef>

namespace faults {

/// What happens at a system call that changes files: `open`, `openat`, `write`, `fsync`, `rename`, `renameat`,
/// `unlinkat`, `flock`, `mkdir`, `close`.
enum class action {
  none,        ///< it is counted
  fail,        ///< it does nothing and fails
  kill,        ///< SIGKILL before it
  kill_after,  ///< SIGKILL after it
  kill_half,   ///< SIGKILL after a write of half of the bytes, before another call
};

/// Whether this system lets a program stand between itself and the C library; without it the calls are not counted.
extern const bool calls_are_seen;

/// From now on the call number `n`, from 0, meets `what`; `error` is its errno. Counts anew.
void at_call(int n, action what, int error = 0);
/// Every write that is asked for more than one byte writes one byte less than it could, down to one.
void short_writes(bool on);
/// Calls since `at_call`. Ends what `at_call` began.
int calls();

/// From now on allocations fail that follow the n-th; `once`: only the next.
void allocations_after(long n, bool once);
/// Ends what `allocations_after` began; whether one failed.
bool allocation_failed();

}  // namespace faults
