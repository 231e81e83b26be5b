// SPDX-License-Identifier: BSD-3-Clause
// Ranks in one process, without MPI: a thread each, which reads what it wants out of the others' memory.
#pragma once

#include <algorithm>
#include <barrier>
#include <cstddef>
#include <cstdint>
#include <espalier/distributed/halo.hpp>
#include <exception>
#include <functional>
#include <span>
#include <thread>
#include <vector>

namespace drawn {

/// What the ranks share.
class virtual_ranks {
  struct shared {
    const void* own = nullptr;
    const esp::exchange_plan* plan = nullptr;
    std::span<std::int64_t> numbers{};
  };

 public:
  explicit virtual_ranks(esp::index_t ranks)
      : all_(static_cast<std::size_t>(ranks)), meeting_(static_cast<std::ptrdiff_t>(ranks)) {}

  /// One rank's halo: two functions beside its number.
  class halo {
   public:
    halo(virtual_ranks& world, esp::index_t rank) : world_(world), rank_(rank) {}
    [[nodiscard]] esp::index_t rank() const { return rank_; }

    template <class T, class Meanwhile>
    void exchange(const esp::exchange_plan& plan, const T* own, T* part, const Meanwhile& meanwhile) {
      mine() = {own, &plan, {}};
      world_.meeting_.arrive_and_wait();
      for (const auto& [rank, piece] : plan.receives) {
        const shared& other = world_.all_[static_cast<std::size_t>(rank)];
        const auto sent = std::ranges::find(other.plan->sends, rank_, &esp::transfer::rank);
        if (sent == other.plan->sends.end() || !(sent->part == piece)) std::terminate();  // The plans do not match.
        esp::copy_part(piece, plan.channels, other.plan->own, static_cast<const T*>(other.own), plan.wanted, part);
        bytes_received += piece.voxels() * plan.channels * static_cast<esp::index_t>(sizeof(T));
      }
      meanwhile();
      world_.meeting_.arrive_and_wait();
    }
    void combine(std::span<std::int64_t> values, esp::combination how) {
      mine().numbers = values;
      world_.meeting_.arrive_and_wait();
      std::vector<std::int64_t> result(world_.all_[0].numbers.begin(), world_.all_[0].numbers.end());
      for (std::size_t r = 1; r < world_.all_.size(); ++r) {
        for (std::size_t i = 0; i < result.size(); ++i) {
          const std::int64_t other = world_.all_[r].numbers[i];
          result[i] = how == esp::combination::total ? result[i] + other : std::max(result[i], other);
        }
      }
      world_.meeting_.arrive_and_wait();
      std::ranges::copy(result, values.begin());
    }

    esp::index_t bytes_received = 0;

   private:
    shared& mine() { return world_.all_[static_cast<std::size_t>(rank_)]; }
    virtual_ranks& world_;
    esp::index_t rank_;
  };

  /// Runs `body(halo)` on every rank, and throws what the first one threw.
  void run(const std::function<void(halo&)>& body) {
    std::vector<std::exception_ptr> failed(all_.size());
    {
      std::vector<std::jthread> threads;
      for (std::size_t r = 0; r < all_.size(); ++r) {
        threads.emplace_back([&, r] {
          halo own(*this, static_cast<esp::index_t>(r));
          try {
            body(own);
          } catch (...) {
            failed[r] = std::current_exception();
          }
        });
      }
    }
    for (const auto& each : failed) {
      if (each) std::rethrow_exception(each);
    }
  }

 private:
  std::vector<shared> all_;
  std::barrier<> meeting_;
};

}  // namespace drawn
