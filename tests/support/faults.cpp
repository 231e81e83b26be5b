// SPDX-License-Identifier: BSD-3-Clause
#include "support/faults.hpp"

#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <new>

#if defined(__linux__) && defined(__GLIBC__) && __SIZEOF_POINTER__ == 8
#include <fcntl.h>
#include <sys/syscall.h>
#define ESPALIER_TEST_SEES_CALLS 1
#endif

namespace faults {

namespace {

int wanted = -1;
int seen = 0;
action todo = action::none;
int error_of_call = 0;
bool writes_are_short = false;

long allocations_left = -1;
bool fails_once = false;
bool failed = false;

[[noreturn, maybe_unused]] void end_process() {
  ::kill(::getpid(), SIGKILL);
  std::abort();
}

}  // namespace

void at_call(int n, action what, int error) {
  seen = 0;
  wanted = n;
  todo = what;
  error_of_call = error;
}
void short_writes(bool on) { writes_are_short = on; }
int calls() {
  wanted = -1;
  todo = action::none;
  return seen;
}

void allocations_after(long n, bool once) {
  failed = false;
  fails_once = once;
  allocations_left = n;
}
bool allocation_failed() {
  allocations_left = -1;
  return failed;
}

}  // namespace faults

namespace {

void* allocated(std::size_t bytes) {
  using namespace faults;
  if (allocations_left == 0) {
    failed = true;
    if (fails_once) allocations_left = -1;
    throw std::bad_alloc();
  }
  if (allocations_left > 0) --allocations_left;
  if (void* const memory = std::malloc(bytes == 0 ? 1 : bytes)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t bytes) { return allocated(bytes); }
void* operator new[](std::size_t bytes) { return allocated(bytes); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  try {
    return allocated(bytes);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void* operator new[](std::size_t bytes, const std::nothrow_t& none) noexcept { return operator new(bytes, none); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

#ifdef ESPALIER_TEST_SEES_CALLS

const bool faults::calls_are_seen = true;

namespace {

/// Runs the system call, or what the test asked for in its place.
template <class... Arguments>
long meet(long number, Arguments... arguments) {
  using namespace faults;
  const bool mine = seen++ == wanted;
  if (mine && todo == action::kill) end_process();
  if (mine && todo == action::fail) return errno = error_of_call, -1;
  const long result = ::syscall(number, arguments...);
  if (mine && todo == action::kill_after) end_process();
  return result;
}

}  // namespace

// The names of the C library, so that its callers in this program and in shared libraries come here first.
extern "C" {
int faulty_open(const char* path, int flags, ...) __asm__("open");
int faulty_openat(int folder, const char* path, int flags, ...) __asm__("openat");
ssize_t faulty_write(int file, const void* bytes, size_t count) __asm__("write");
int faulty_fsync(int file) __asm__("fsync");
int faulty_rename(const char* from, const char* to) __asm__("rename");
int faulty_renameat(int from, const char* from_name, int to, const char* to_name) __asm__("renameat");
int faulty_unlinkat(int folder, const char* name, int flags) __asm__("unlinkat");
int faulty_flock(int file, int operation) __asm__("flock");
int faulty_mkdir(const char* path, mode_t mode) __asm__("mkdir");
int faulty_close(int file) __asm__("close");

int faulty_openat(int folder, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const int mode = (flags & O_CREAT) != 0 ? va_arg(rest, int) : 0;
  va_end(rest);
  return static_cast<int>(meet(SYS_openat, folder, path, flags, mode));
}
int faulty_open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const int mode = (flags & O_CREAT) != 0 ? va_arg(rest, int) : 0;
  va_end(rest);
  return static_cast<int>(meet(SYS_openat, AT_FDCWD, path, flags, mode));
}
ssize_t faulty_write(int file, const void* bytes, size_t count) {
  using namespace faults;
  if (seen == wanted && todo == action::kill_half) {
    if (count > 1) ::syscall(SYS_write, file, bytes, count / 2);
    end_process();
  }
  return meet(SYS_write, file, bytes, writes_are_short && count > 1 ? count - 1 : count);
}
int faulty_fsync(int file) { return static_cast<int>(meet(SYS_fsync, file)); }
int faulty_rename(const char* from, const char* to) {
  return static_cast<int>(meet(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}
int faulty_renameat(int from, const char* from_name, int to, const char* to_name) {
  return static_cast<int>(meet(SYS_renameat2, from, from_name, to, to_name, 0));
}
int faulty_unlinkat(int folder, const char* name, int flags) {
  return static_cast<int>(meet(SYS_unlinkat, folder, name, flags));
}
int faulty_flock(int file, int operation) { return static_cast<int>(meet(SYS_flock, file, operation)); }
int faulty_mkdir(const char* path, mode_t mode) { return static_cast<int>(meet(SYS_mkdirat, AT_FDCWD, path, mode)); }
int faulty_close(int file) { return static_cast<int>(meet(SYS_close, file)); }
}

#else

const bool faults::calls_are_seen = false;

#endif
