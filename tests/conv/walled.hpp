// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Memory with a wall at each end: what reads or writes one element beside it ends the program.
#pragma once

#include <cstddef>
#include <espalier/shape.hpp>

#include "conv/drawn_forward.hpp"
#include "support/catch.hpp"
#include "support/internals.hpp"
#if __has_include(<sys/mman.h>)
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace drawn {

#if __has_include(<sys/mman.h>)
/// Elements that end, or begin, where no memory may be touched.
template <class T>
class walled {
 public:
  explicit walled(index_t count) : count_(count) {
    const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(T);
    inner_ = (bytes + page_ - 1) / page_ * page_;
    memory_ = ::mmap(nullptr, inner_ + 2 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory_ != MAP_FAILED);
    REQUIRE(::mprotect(static_cast<char*>(memory_) + page_, inner_, PROT_READ | PROT_WRITE) == 0);
  }
  ~walled() { ::munmap(memory_, inner_ + 2 * page_); }
  walled(const walled&) = delete;
  walled& operator=(const walled&) = delete;

  T* front() { return reinterpret_cast<T*>(static_cast<char*>(memory_) + page_); }
  T* back() { return reinterpret_cast<T*>(static_cast<char*>(memory_) + page_ + inner_) - count_; }

 private:
  std::size_t page_ = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)), inner_ = 0;
  void* memory_ = nullptr;
  index_t count_;
};

#else
/// Elements beside NaN, which a sum would tell of.
template <class T>
class walled {
 public:
  explicit walled(index_t count) : values_(count) {}
  T* front() { return values_.data(); }
  T* back() { return values_.data(); }

 private:
  guarded<T> values_;
};
#endif

}  // namespace drawn
