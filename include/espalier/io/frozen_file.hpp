// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A frozen layer as one file, which is mapped and not copied when it is opened.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/conv/choose.hpp>
#include <espalier/formula_hash.hpp>
#include <espalier/frozen_convolution.hpp>
#include <espalier/frozen_layer.hpp>
#include <espalier/io/atomic_file.hpp>
#include <espalier/io/crc32.hpp>
#include <espalier/io/layer_identity.hpp>
#include <espalier/io/mapped_file.hpp>
#include <espalier/io/sentence.hpp>
#include <espalier/layer_text.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/text.hpp>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// What a file of a frozen layer begins with, before the packed weight: numbers in the byte order of the build that
/// wrote it, which alone reads it. Whole cache lines, so that the weight in a mapped file begins on one.
struct frozen_header {
  static constexpr std::uint32_t this_format = 1;

  std::array<char, 8> magic{};
  std::uint32_t format = 0;
  std::uint32_t sum = 0;         ///< CRC-32 of this header with 0 in its place.
  std::uint64_t weight_sum = 0;  ///< CRC-32 of what follows,
  std::uint64_t bytes = 0;       ///< and how many bytes that are.
  std::array<char, 32> layer{};  ///< `layer_identity`: prior, configuration, element type.
  std::array<char, 32> form{};   ///< Direction and order of the packed weight.
  std::array<char, 96> build{};  ///< Version and instruction set.
  std::array<char, 320> text{};  ///< The layer and its direction, for a sentence.
};
static_assert(sizeof(frozen_header) == 512 && sizeof(frozen_header) % alignment == 0 &&
              std::is_trivially_copyable_v<frozen_header>);

template <std::size_t Size>
[[nodiscard]] constexpr std::array<char, Size> text_in_field(std::string_view text) {
  std::array<char, Size> field{};
  std::copy_n(text.begin(), std::min(text.size(), Size - 1), field.begin());
  return field;
}
template <std::size_t Size>
[[nodiscard]] inline std::string_view field_text(const std::array<char, Size>& field) {
  return {field.data(), static_cast<std::size_t>(std::ranges::find(field, '\0') - field.begin())};
}

/// The order in which a direction of a layer packs its weight, in 128 bits.
template <class Operations>
[[nodiscard]] constexpr hash128 frozen_form() {
  constexpr choice c = Operations::kernel;
  hash128 h;
  const auto mix = [&h](auto number) { h << static_cast<std::uint64_t>(number); };
  mix(Operations::computes);
  mix(c.family);
  for (const index_t n : {c.tile.rows, c.tile.vectors, c.channels.vectors, c.channels.run_taps, c.channels.step,
                          c.dropped, c.added, frozen_memory::size<Operations>}) {
    mix(n);
  }
  return h << c.axes.outputs() << c.axes.taps() << c.lines
           << Operations::convolution_type::computed_kernel(Operations::computes);
}

/// The header of a file of `Frozen`, but for the sums.
template <class Frozen>
[[nodiscard]] frozen_header frozen_header_of() {
  using operations = typename Frozen::frozen_operations;
  static constexpr text layer = layer_text<Frozen::config, typename Frozen::convolution_type::formula_type::policy_type,
                                           typename Frozen::element>();
  const auto hex = [](const hash128& h) {
    std::array<char, 32> digits{};
    std::ranges::copy(h.text(), digits.begin());
    return digits;
  };
  frozen_header h;
  h.magic = {'e', 's', 'p', 'f', 'r', 'o', 'z', '\n'};
  h.format = frozen_header::this_format;
  h.bytes = static_cast<std::uint64_t>(frozen_memory::size<operations>) * sizeof(typename Frozen::element);
  h.layer = hex(layer_identity<Frozen>());
  h.form = hex(frozen_form<operations>());
  h.build = text_in_field<96>(operations::build);
  h.text = text_in_field<320>((Frozen::is_forward ? "forward of " : "the gradient of the input of ") +
                              std::string(layer.view()));
  return h;
}

[[nodiscard]] inline std::uint32_t header_sum(frozen_header h) {
  h.sum = 0;
  return crc32(0, std::as_bytes(std::span(&h, 1)));
}

/// Throws where a file is not what `Frozen` writes, in the order in which its parts can be believed.
template <class Frozen>
void require_frozen(const std::filesystem::path& path, std::span<const std::byte> file) {
  const frozen_header wanted = frozen_header_of<Frozen>();
  frozen_header found;
  std::ranges::copy(file.first(std::min(file.size(), sizeof(found))),
                    std::as_writable_bytes(std::span(&found, 1)).begin());
  if (file.size() < sizeof(found.magic) || found.magic != wanted.magic) {
    refuse_path("ESP-274", path, "holds no frozen layer; pass a file that save_frozen wrote");
  }
  if (file.size() < sizeof(found) || found.sum != header_sum(found)) {
    refuse_path("ESP-275", path, "is cut off or damaged within its header; save it again");
  }
  if (found.format != wanted.format || found.build != wanted.build) {
    refuse_path("ESP-276", path,
                "was saved by the build " + printable(field_text(found.build)) + ", format " +
                    std::to_string(found.format) + ", and this is " + printable(field_text(wanted.build)) +
                    ", format " + std::to_string(wanted.format) +
                    ": another version or instruction set packs a weight in another order; freeze and save it in this "
                    "build");
  }
  if (found.layer != wanted.layer || found.form != wanted.form) {
    refuse_path("ESP-277", path,
                "holds " + printable(field_text(found.text)) + ", and not " + printable(field_text(wanted.text)) +
                    (found.text == wanted.text ? " as this program means it" : "") +
                    "; map it as the type that was saved");
  }
  const std::span<const std::byte> weight = file.subspan(sizeof(found));
  if (found.bytes != wanted.bytes || weight.size() != wanted.bytes || crc32(0, weight) != found.weight_sum) {
    refuse_path(
        "ESP-275", path,
        "has " + std::to_string(weight.size()) + " bytes of a packed weight of " + std::to_string(wanted.bytes) +
            (weight.size() == wanted.bytes ? ", and they are not those that were saved" : "") + "; save it again");
  }
}

}  // namespace detail

/// Writes a frozen layer to a file, which appears whole or not at all.
///
/// The same build maps it: its version and instruction set are in the header with what the layer computes, by a hash of
/// the lowered prior and of the configuration, and with checksums. Throws ESP-163.
/// Example: `esp::save_frozen("net/first.frozen", conv.freeze());`
template <detail::FrozenLayer Frozen>
void save_frozen(const std::filesystem::path& path, const Frozen& frozen) {
  using operations = typename Frozen::frozen_operations;
  const std::span weight(frozen.packed_weight().data(),
                         static_cast<std::size_t>(detail::frozen_memory::size<operations>));
  detail::frozen_header header = detail::frozen_header_of<Frozen>();
  header.weight_sum = detail::crc32(0, std::as_bytes(weight));
  header.sum = detail::header_sum(header);
  detail::atomic_file file(path.has_parent_path() ? path.parent_path() : ".", path.filename().string());
  file.write(std::as_bytes(std::span(&header, 1)));
  file.write(std::as_bytes(weight));
  file.commit();
}

/// Opens a file that `save_frozen` wrote: mapped read only, for as long as a copy of the handle lives; where the system
/// cannot map, read.
///
/// Throws ESP-274 for what is no such file, ESP-275 for one that is cut off or of which a bit has changed, ESP-276 for
/// that of another build, ESP-277 for that of another layer or direction. Cost: its bytes are read once, for the
/// checksum, at 1.5 GB/s.
/// Example: `const auto frozen = esp::map_frozen<esp::frozen_layer<config, prior>>("net/first.frozen");`
template <detail::FrozenLayer Frozen>
[[nodiscard]] Frozen map_frozen(const std::filesystem::path& path) {
  auto file = std::make_shared<const detail::mapped_file>(path);
  detail::require_frozen<Frozen>(path, file->bytes());
  const std::byte* const weight = file->bytes().data() + sizeof(detail::frozen_header);
  return detail::frozen_memory::layer<Frozen>(std::move(file),
                                              reinterpret_cast<const typename Frozen::element*>(weight));
}

}  // namespace esp::inline ESPALIER_ABI
