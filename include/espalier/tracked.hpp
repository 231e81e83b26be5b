// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// An object that can be held on to while it moves.
#pragma once

#include <espalier/config.hpp>
#include <memory>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail::held {

/// Base of what an optimiser holds: moving the object, for example by growing the vector that it stands in, tells who
/// watches where it went, and destroying it that it is gone.
///
/// A copy is another object that nobody watches. Assigning a moved object hands its watchers over; one that nobody
/// watched leaves those of the target, which has new values then. Cost: one empty pointer until it is watched. Watching
/// and moving are writes: not from two threads at once.
class tracked {
 public:
  tracked() = default;
  tracked(const tracked&) noexcept {}
  tracked(tracked&& other) noexcept { follow(other); }
  tracked& operator=(const tracked&) noexcept { return *this; }
  tracked& operator=(tracked&& other) noexcept {
    if (this != &other && other.place_ != nullptr) {
      leave();
      follow(other);
    }
    return *this;
  }
  ~tracked() { leave(); }

  /// Where this object is from now on; null once it was destroyed.
  [[nodiscard]] std::shared_ptr<tracked* const> watch() {
    if (place_ == nullptr) place_ = std::make_shared<tracked*>(this);
    return place_;
  }

 private:
  void follow(tracked& other) noexcept {
    place_ = std::move(other.place_);
    if (place_ != nullptr) *place_ = this;
  }
  void leave() noexcept {
    if (place_ != nullptr) *place_ = nullptr;
  }

  std::shared_ptr<tracked*> place_{};
};

}  // namespace esp::inline ESPALIER_ABI::detail::held
