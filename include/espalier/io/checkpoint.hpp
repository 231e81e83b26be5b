// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Saves and loads layers and optimisers. Each call of `save` writes one file, so that what is loaded is of one save.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/io/archive.hpp>
#include <espalier/io/archive_writer.hpp>
#include <espalier/io/atomic_file.hpp>
#include <espalier/io/checkpoint_text.hpp>
#include <espalier/io/saved_layer.hpp>
#include <espalier/io/saved_optimizer.hpp>
#include <espalier/io/sentence.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <ios>
#include <string>
#include <system_error>
#include <vector>

namespace esp::inline ESPALIER_ABI {

/// What `save` and `load` take: a layer or an optimiser.
template <class S>
concept IsSavable = IsSavableLayer<S> || IsSavableOptimizer<S>;

namespace detail {

/// The file that holds these things: one name for a layer, one for an optimiser, one for several things together.
template <class... Things>
[[nodiscard]] constexpr const char* checkpoint_name() {
  if constexpr (sizeof...(Things) > 1) {
    return "checkpoint.npz";
  } else {
    return (IsSavableLayer<Things> && ...) ? "layer.npz" : "optimizer.npz";
  }
}

/// What the members of thing number `i` of `count` start with.
[[nodiscard]] inline std::string checkpoint_prefix(int i, std::size_t count) {
  return count > 1 ? std::to_string(i) + "/" : "";
}

template <class... Things>
void save_things(const std::filesystem::path& folder, const Things&... things) {
  (require_savable(things), ...);
  atomic_file file(folder, checkpoint_name<Things...>());
  archive_writer<atomic_file> members(file);
  int i = 0;
  (write_members(members, checkpoint_prefix(i++, sizeof...(Things)), things), ...);
  members.finish();
  file.commit();
}

/// An open checkpoint. Throws ESP-164 where the folder holds one from before it was one file.
template <class... Things>
[[nodiscard]] archive open_checkpoint(const std::filesystem::path& folder, const char* otherwise) {
  const std::filesystem::path path = folder / checkpoint_name<Things...>();
  std::error_code problem;
  if (!std::filesystem::exists(path, problem)) {
    for (const char* const early : {"layer.txt", "optimizer.txt"}) {
      if (!std::filesystem::is_regular_file(folder / early, problem)) continue;
      refuse_path("ESP-164", folder / early,
                  std::string("is of the early format of several files, which nothing ties together and which does not "
                              "say what its prior computes; ") +
                      otherwise);
    }
  }
  return archive(path);
}

template <class... Things>
void load_things(const std::filesystem::path& folder, bool compares, Things&... things) {
  (require_savable(things), ...);
  archive from = open_checkpoint<Things...>(folder, "read a layer's weights with load_weights and save again");
  std::vector<std::function<void()>> changes;
  int i = 0;
  (changes.push_back(read_members(from, checkpoint_prefix(i++, sizeof...(Things)), things, compares)), ...);
  // From here on nothing fails.
  for (const auto& change : changes) change();
}

/// The files of the early format beside a layer that was just saved: NumPy would find old values in them.
inline void remove_early_files(const std::filesystem::path& folder) noexcept {
  try {
    std::ifstream file(folder / "layer.txt", std::ios::binary);
    std::string start(19, '\0');
    file.read(start.data(), std::ssize(start));
    if (start != "constrained_conv3d<") return;
    std::error_code ignored;
    for (const char* const name : {"weight.npy", "bias.npy", "layer.txt"}) {
      std::filesystem::remove(folder / name, ignored);
    }
  } catch (...) {  // What was to be saved is saved.
    return;
  }
}

}  // namespace detail

/// Writes a layer into `folder`, which is created where it is missing, as the one file `layer.npz`: `weight` and `bias`
/// as NumPy reads them (`numpy.load("layer.npz")["weight"]`), and a text with the layer's description, its identity and
/// its named parameters.
///
/// Whole or not at all: until the last step, a rename, the file is the one that was there, whatever fails - the disk,
/// memory, the process itself - and whoever reads or writes beside it. On the disk when the call returns (POSIX).
/// Throws ESP-163 where it cannot be written, ESP-109 for a weight that was moved away.
template <IsSavableLayer Layer>
void save(const std::filesystem::path& folder, const Layer& layer) {
  detail::save_things(folder, layer);
  detail::remove_early_files(folder);
}

/// Reads what `save` wrote into the layer's own memory; its gradients stay. A weight that the file holds of a layer
/// that stores none is passed over.
///
/// Throws ESP-160 for a file that is missing or damaged, ESP-161 for one of another layer - another configuration,
/// formula, gradient rule or element type, as `layer_identity` tells -, ESP-150 to ESP-156 and ESP-162 for arrays that
/// are not this layer's, ESP-164 for a file of another version of the library, whose identities cannot be compared,
/// ESP-166 for want of memory, ESP-109, and as `set` for a parameter that breaks a rule of the prior; the layer is then
/// unchanged.
template <IsSavableLayer Layer>
void load(const std::filesystem::path& folder, Layer& layer) {
  detail::load_things(folder, true, layer);
}

/// Reads the weight and the bias alone, and compares nothing but their shapes: for a layer with another padding,
/// stride, algorithm, eps or prior, and for files of another version of the library, the early format of several files
/// included. Values become the layer's element type where they are exactly of it. Named parameters stay as they are.
///
/// Throws ESP-150 to ESP-156, ESP-160, ESP-162 for another shape or where only one of file and layer has a bias or a
/// weight, ESP-165, ESP-166, ESP-109; the layer is then unchanged. A weight is passed over where this layer stores none
/// and the file's has the same description.
template <IsSavableLayer Layer>
void load_weights(const std::filesystem::path& folder, Layer& layer) {
  layer.require_shapes();
  std::error_code problem;
  const bool early = !std::filesystem::exists(folder / "layer.npz", problem) &&
                     std::filesystem::is_regular_file(folder / "layer.txt", problem);
  if (early) {
    detail::load_early_weights(folder, layer);
  } else {
    detail::archive from(folder / "layer.npz");
    detail::require_weight_of(layer, from.find("weight.npy") != nullptr, from.path(), [&] {
      return std::string(detail::text_lines(from, "layer.txt", "layer").next("a layer's description"));
    });
    detail::read_weights(from, "", layer).move_into(layer);
  }
}

/// Writes the optimiser's state as the one file `optimizer.npz`: the rule's name, each layer's description, identity
/// and number of steps, and the buffers as arrays. The layers' weights are not in it. Throws as for a layer.
template <IsSavableOptimizer Optimizer>
void save(const std::filesystem::path& folder, const Optimizer& optimiser) {
  detail::save_things(folder, optimiser);
}

/// Reads what `save` wrote: the state of an optimiser with the same rule and the same layers in the same order. The
/// rule's options stay those of the program. Throws as for a layer, ESP-161 for another rule or number of layers too;
/// the optimiser is then unchanged.
template <IsSavableOptimizer Optimizer>
void load(const std::filesystem::path& folder, Optimizer& optimiser) {
  detail::load_things(folder, true, optimiser);
}

/// The same for layers of equal shapes, whatever their configuration and prior: the counterpart of `load_weights`.
template <IsSavableOptimizer Optimizer>
void load_state(const std::filesystem::path& folder, Optimizer& optimiser) {
  detail::load_things(folder, false, optimiser);
}

/// Several layers and optimisers as the one file `checkpoint.npz`: weights, state and parameters of one moment, which a
/// call for each cannot promise. `save("run", conv1, conv2, optimiser)`, and `load` with the same in the same order.
/// Throws as the calls for one of them.
template <IsSavable First, IsSavable Second, IsSavable... Rest>
void save(const std::filesystem::path& folder, const First& first, const Second& second, const Rest&... rest) {
  detail::save_things(folder, first, second, rest...);
}
template <IsSavable First, IsSavable Second, IsSavable... Rest>
void load(const std::filesystem::path& folder, First& first, Second& second, Rest&... rest) {
  detail::load_things(folder, true, first, second, rest...);
}

}  // namespace esp::inline ESPALIER_ABI
