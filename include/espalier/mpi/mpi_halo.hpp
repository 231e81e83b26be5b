// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Halos through MPI: version 3.1 or newer, by its C interface.
#pragma once

#include <mpi.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/distributed/decomposition.hpp>
#include <espalier/distributed/halo.hpp>
#include <espalier/error.hpp>
#include <espalier/shape.hpp>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// Throws ESP-285 with MPI's own words where a call of it failed.
inline void require_mpi(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  char words[MPI_MAX_ERROR_STRING] = {};
  int size = 0;
  if (MPI_Error_string(code, words, &size) != MPI_SUCCESS) size = 0;
  throw error("ESP-285", {call, " failed: ", std::string_view(words, static_cast<std::size_t>(size)),
                          "; the communicator is of no use after that, so end the program on all ranks"});
}

template <class T>
[[nodiscard]] MPI_Datatype mpi_type() {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>);
  return std::is_same_v<T, float> ? MPI_FLOAT : MPI_DOUBLE;
}

/// A box of a tensor as a datatype of MPI: its five sizes each fit an int, whatever their product is.
class subarray_type {
 public:
  /// Throws ESP-286 for a tensor with 2^31 positions or more along one axis.
  subarray_type(const tensor_part& part, const tensor_part& held, index_t channels, MPI_Datatype element) {
    const auto ints = [](index_t n, index_t c, const extents& e) {
      std::array<int, 5> result{};
      const std::array<index_t, 5> sizes{n, c, e.d, e.h, e.w};
      for (std::size_t i = 0; i < 5; ++i) {
        if (sizes[i] > INT_MAX) {
          throw error("ESP-286", {"a part of a tensor has ", sizes[i],
                                  " positions along one axis, more than MPI counts; "
                                  "split that axis over more ranks"});
        }
        result[i] = static_cast<int>(sizes[i]);
      }
      return result;
    };
    const extents &at = part.window.begin, &from = held.window.begin;
    const auto all = ints(held.samples, channels, held.window.size),
               piece = ints(part.samples, channels, part.window.size);
    const auto first = ints(part.first_sample - held.first_sample, 0, {at.d - from.d, at.h - from.h, at.w - from.w});
    require_mpi(MPI_Type_create_subarray(5, all.data(), piece.data(), first.data(), MPI_ORDER_C, element, &type_),
                "MPI_Type_create_subarray");
    require_mpi(MPI_Type_commit(&type_), "MPI_Type_commit");
  }
  subarray_type(subarray_type&& other) noexcept : type_(std::exchange(other.type_, MPI_DATATYPE_NULL)) {}
  subarray_type& operator=(subarray_type&&) = delete;
  ~subarray_type() {
    if (type_ != MPI_DATATYPE_NULL) MPI_Type_free(&type_);
  }
  [[nodiscard]] MPI_Datatype get() const { return type_; }
  /// The bytes of a message of it, as MPI counts them.
  [[nodiscard]] index_t bytes() const {
    MPI_Count size = 0;
    require_mpi(MPI_Type_size_x(type_, &size), "MPI_Type_size_x");
    return static_cast<index_t>(size);
  }

 private:
  MPI_Datatype type_ = MPI_DATATYPE_NULL;
};

}  // namespace detail

/// The halo of one rank of an MPI communicator: `esp::mpi_halo halo(MPI_COMM_WORLD, {.d = 4})`.
///
/// It makes a Cartesian communicator of its own, whose messages meet no others, in which ranks keep their numbers.
/// Boxes are sent out of tensors and received into them as subarray types, without packing. All ranks of the
/// communicator make it, and it ends before MPI_Finalize. MPI_THREAD_SINGLE will do where one thread calls it. Move
/// only.
///
/// Throws on all ranks: ESP-287 where MPI is not running, or the communicator has another size than the decomposition
/// has ranks; ESP-282 where the ranks' decompositions differ; ESP-280. Later: ESP-285, ESP-286. Example: docs/mpi.md
class mpi_halo {
 public:
  mpi_halo(MPI_Comm communicator, const decomposition& split) {
    int started = 0, ended = 0, size = 0;
    MPI_Initialized(&started);
    MPI_Finalized(&ended);
    if (started == 0 || ended != 0) {
      throw error("ESP-287", {"MPI is not running; make the halo between MPI_Init and MPI_Finalize"});
    }
    detail::require_mpi(MPI_Comm_size(communicator, &size), "MPI_Comm_size");
    require_equal(communicator, split);
    if (split.ranks() != size) {
      throw error("ESP-287", {"the decomposition into ", split.n, " x ", split.d, " x ", split.h, " x ", split.w,
                              " has ", split.ranks(), " ranks but the communicator has ", size,
                              "; start so many, or give it a part made by MPI_Comm_split"});
    }
    const std::array<int, 4> sizes{static_cast<int>(split.n), static_cast<int>(split.d), static_cast<int>(split.h),
                                   static_cast<int>(split.w)};
    const std::array<int, 4> periods{};
    detail::require_mpi(MPI_Cart_create(communicator, 4, sizes.data(), periods.data(), 0, &cart_), "MPI_Cart_create");
    MPI_Comm_set_errhandler(cart_, MPI_ERRORS_RETURN);
    detail::require_mpi(MPI_Comm_rank(cart_, &rank_), "MPI_Comm_rank");
  }
  mpi_halo(const mpi_halo&) = delete;
  mpi_halo& operator=(const mpi_halo&) = delete;
  mpi_halo(mpi_halo&& other) noexcept
      : cart_(std::exchange(other.cart_, MPI_COMM_NULL)),
        rank_(other.rank_),
        sent_(other.sent_),
        combined_(other.combined_),
        waited_(other.waited_) {}
  mpi_halo& operator=(mpi_halo&&) = delete;
  ~mpi_halo() {
    int ended = 0;
    MPI_Finalized(&ended);
    if (cart_ != MPI_COMM_NULL && ended == 0) MPI_Comm_free(&cart_);
  }

  [[nodiscard]] index_t rank() const { return rank_; }
  /// The Cartesian communicator: N, D, H and W.
  [[nodiscard]] MPI_Comm communicator() const { return cart_; }

  /// See `Halo`. All messages are on their way before `meanwhile` is called.
  template <class T, class Meanwhile>
  void exchange(const exchange_plan& plan, const T* own, T* part, const Meanwhile& meanwhile) {
    std::vector<detail::subarray_type> types;
    std::vector<MPI_Request> requests(plan.sends.size() + plan.receives.size(), MPI_REQUEST_NULL);
    types.reserve(requests.size());
    for (const auto& [rank, piece] : plan.receives) {
      types.emplace_back(piece, plan.wanted, plan.channels, detail::mpi_type<T>());
      detail::require_mpi(
          MPI_Irecv(part, 1, types.back().get(), static_cast<int>(rank), 0, cart_, &requests[types.size() - 1]),
          "MPI_Irecv");
    }
    for (const auto& [rank, piece] : plan.sends) {
      types.emplace_back(piece, plan.own, plan.channels, detail::mpi_type<T>());
      detail::require_mpi(
          MPI_Isend(own, 1, types.back().get(), static_cast<int>(rank), 0, cart_, &requests[types.size() - 1]),
          "MPI_Isend");
      sent_ += types.back().bytes();
    }
    meanwhile();
    timed([&] {
      detail::require_mpi(MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE),
                          "MPI_Waitall");
    });
  }

  /// See `Halo`: MPI_Allreduce, of at most 2^30 numbers at a time.
  void combine(std::span<std::int64_t> values, combination how) {
    constexpr std::size_t most = std::size_t{1} << 30;
    timed([&] {
      for (std::size_t i = 0; i < values.size(); i += most) {
        const auto count = static_cast<int>(std::min(most, values.size() - i));
        detail::require_mpi(MPI_Allreduce(MPI_IN_PLACE, values.data() + i, count, MPI_INT64_T,
                                          how == combination::total ? MPI_SUM : MPI_MAX, cart_),
                            "MPI_Allreduce");
      }
    });
    combined_ += static_cast<index_t>(values.size() * sizeof(std::int64_t));
  }

  /// Bytes of halos that this rank sent so far; those of the numbers that it combined; and the seconds that it waited
  /// for others in both.
  [[nodiscard]] index_t bytes_sent() const { return sent_; }
  [[nodiscard]] index_t bytes_combined() const { return combined_; }
  [[nodiscard]] double seconds_waited() const { return waited_; }

 private:
  // A rank that sees another number of ranks would wait in MPI_Cart_create for ones that have thrown.
  static void require_equal(MPI_Comm communicator, const decomposition& split) {
    std::array<std::int64_t, 8> all{split.n, split.d, split.h, split.w, ~split.n, ~split.d, ~split.h, ~split.w};
    detail::require_mpi(MPI_Allreduce(MPI_IN_PLACE, all.data(), 8, MPI_INT64_T, MPI_MAX, communicator),
                        "MPI_Allreduce");
    for (std::size_t i = 0; i < 4; ++i) {
      if (all[i] != ~all[i + 4]) {
        throw error("ESP-282", {"the ranks have different decompositions, of ", ~all[i + 4], " to ", all[i],
                                " parts along one axis; give all of them the same"});
      }
    }
  }
  template <class Wait>
  void timed(const Wait& wait) {
    const auto begin = std::chrono::steady_clock::now();
    wait();
    waited_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }

  MPI_Comm cart_ = MPI_COMM_NULL;
  int rank_ = 0;
  index_t sent_ = 0, combined_ = 0;
  double waited_ = 0;
};

}  // namespace esp::inline ESPALIER_ABI
