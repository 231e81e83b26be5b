// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// From the stored weight to what a kernel reads: constrained and packed, in one sweep where that is possible.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/weight/source.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/weights/constant_weight.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// A kernel that takes the tiles of a sweep whose columns are blocks.
template <class Kernel, class T>
concept PacksBlocks = requires(T* packed) { Kernel::block_sink(packed); };

/// A kernel that takes the tiles of a sweep whose columns are all blocks of an output channel.
template <class Kernel, class T>
concept PacksFilters = requires(T* packed) { Kernel::filter_sink(packed); };

/// A kernel that reads the weight as it is stored.
template <class Kernel>
concept ReadsStoredWeight = requires { requires Kernel::reads_stored_weight; };

/// A kernel that reads no weight: nothing is constrained or packed for it.
template <class Kernel>
concept ReadsNoWeight = requires { requires Kernel::reads_no_weight; };

/// What takes the tiles of a sweep whose reductions reach this far.
template <scope Reach, class Kernel, class T>
constexpr auto sink_of(T* packed) {
  if constexpr (Reach == scope::block) {
    return Kernel::block_sink(packed);
  } else {
    return Kernel::filter_sink(packed);
  }
}

/// Packs a weight for `Kernel`, constrained by formula `F` if `Constrained`.
///
/// A kernel has `pack(weight, packed)`, and `block_sink` or `filter_sink` where it can. Then no copy of the constrained
/// weight is ever in memory. The packed weight is the same on every way, to the last bit. A kernel that reads the
/// weight as it is stored has sinks alone, and gets the weight itself where there is nothing to compute; so does one
/// that reads none. No weight is read, and it may be null, where the formula makes a number of every tap.
template <class F, class Kernel, class T, bool Constrained = true>
struct weight_packing {
  using sweep_type = typename constrains_with<F, T, Constrained>::type;

  /// Whether there is something to compute: not for a prior that is no more than the weight.
  static constexpr bool constrains =
      Constrained && !ReadsNoWeight<Kernel> && F::value[F::value.output].op != operation::tap;
  /// Whether the sweep packs: where the columns that `F` needs are columns the kernel takes.
  static constexpr bool packs_tiles =
      sweep_type::reach == scope::block ? PacksBlocks<Kernel, T> : PacksFilters<Kernel, T>;

  /// Elements that `packed` must have.
  static constexpr index_t packed_size =
      (ReadsStoredWeight<Kernel> || ReadsNoWeight<Kernel>) && !constrains ? 0 : Kernel::packed_size();
  /// Elements that `copy` must have: the weight's, or none.
  static constexpr index_t copy_size = constrains && !packs_tiles ? F::value.shape.size() : 0;
  /// Elements that `scratch` must have.
  static constexpr index_t scratch_size = [] {
    if constexpr (!constrains) {
      return index_t{0};
    } else if constexpr (packs_tiles) {
      return sweep_type::scratch_size_for(sink_of<sweep_type::reach, Kernel, T>(nullptr).tiles());
    } else {
      return index_t{sweep_type::scratch_size};
    }
  }();

  /// Whether the kernel can ask for parts of the weight, each packed when it is needed.
  static constexpr bool packs_parts = [] {
    if constexpr (requires { requires Kernel::takes_parts; }) return !constrains || sweep_type::reach == scope::block;
    return false;
  }();
  /// Elements behind a part that `pack_part` works in.
  static constexpr index_t part_scratch_size = constrains ? sweep_type::scratch_size_for(1) : 0;

  /// What `pack_part` reads, as `run`.
  struct part_operands {
    const T* weight;
    const T* parameters;
    index_t part_room;  ///< Elements of a part, in whole lines: the scratch lies behind.
  };

  /// Packs one part of the weight.
  static void pack_part(const void* from, const weight_part& part, T* to)
  requires(packs_parts)
  {
    const part_operands& o = *static_cast<const part_operands*>(from);
    const auto sink = Kernel::block_sink(static_cast<T*>(nullptr)).part(part, to);
    if constexpr (constrains) {
      sweep_type::run_into(o.weight, sink, o.parameters, to + o.part_room);
    } else {
      copy_columns(o.weight, F::value.shape.kernel.volume(), sink);
    }
  }

  /// Calls `use(Kernel{}, source)` with the weight in parts, each packed in a piece of `packed` when it is needed,
  /// where the kernel reads each once in the call that `plan` is of; else the result is false. Operands as of `run`.
  template <class Plan, class Use>
  static bool run_in_parts(const Plan& plan, const T* weight, const T* parameters, index_t workers, T* packed,
                           const Use& use) {
    if constexpr (packs_parts) {
      const index_t part = whole_lines<T>(Kernel::part_size(plan));
      const index_t each = part + whole_lines<T>(part_scratch_size);
      if (part == 0 || each > Kernel::packed_size() / workers) return false;
      const part_operands from{weight, parameters, part};
      use(Kernel{}, weight_source<T>{nullptr, &pack_part, &from, packed, each});
      return true;
    }
    return false;
  }

  /// Packs weight (OC, ICG, KD, KH, KW) into `packed_size` elements; the result is what the kernel reads, which is
  /// `packed` or `weight`. `parameters` holds the named parameters in the order of `F::value.parameters`. `copy` and
  /// `scratch` are aligned to `alignment` bytes. Allocates nothing.
  static const T* run(const T* weight, const T* parameters, T* packed, T* copy, T* scratch) {
    if constexpr ((ReadsStoredWeight<Kernel> || ReadsNoWeight<Kernel>) && !constrains) {
      return weight;
    } else if constexpr (!constrains) {
      Kernel::pack(weight, packed);
    } else if constexpr (packs_tiles) {
      sweep_type::run_into(weight, sink_of<sweep_type::reach, Kernel>(packed), parameters, scratch);
    } else {
      sweep_type::run(weight, copy, parameters, scratch);
      Kernel::pack(copy, packed);
    }
    return packed;
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
