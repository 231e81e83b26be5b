// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Volumes in MetaImage files (.mha), read and written in parts.
#pragma once

#include <array>
#include <bit>
#include <espalier/config.hpp>
#include <espalier/dims.hpp>
#include <espalier/io/npy.hpp>
#include <espalier/io/npy_value.hpp>
#include <espalier/io/sentence.hpp>
#include <espalier/shape.hpp>
#include <espalier/stream/partial_file.hpp>
#include <espalier/stream/raw_volume.hpp>
#include <espalier/stream/text_header.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// The type that MetaImage calls `name`; false for one that is no real number. Its long has 4 bytes.
[[nodiscard]] constexpr bool mha_type_of(std::string_view name, npy_type& out) {
  constexpr std::pair<std::string_view, npy_type> types[] = {
      {"MET_CHAR", {'i', 1}},      {"MET_UCHAR", {'u', 1}},      {"MET_SHORT", {'i', 2}}, {"MET_USHORT", {'u', 2}},
      {"MET_INT", {'i', 4}},       {"MET_UINT", {'u', 4}},       {"MET_LONG", {'i', 4}},  {"MET_ULONG", {'u', 4}},
      {"MET_LONG_LONG", {'i', 8}}, {"MET_ULONG_LONG", {'u', 8}}, {"MET_FLOAT", {'f', 4}}, {"MET_DOUBLE", {'f', 8}}};
  for (const auto& [known, type] : types) {
    if (known == name) return out = type, true;
  }
  return false;
}

/// What the header of a .mha file says of its volume.
[[nodiscard]] inline raw_layout mha_layout(raw_file& file) {
  text_header header(file);
  std::vector<index_t> axes;
  npy_type type;
  bool known = false, turned = false;
  for (;;) {
    const auto [key, value] = text_header::split(header.line(), '=');
    if (key == "DimSize") {
      axes = header.sizes(value);
    } else if (key == "ElementType") {
      known = mha_type_of(value, type);
      if (!known) header.refuse("has the type " + quoted(value) + ", which is no real number");
    } else if (key == "BinaryDataByteOrderMSB" || key == "ElementByteOrderMSB") {
      turned = value == "True";
    } else if ((key == "CompressedData" && value != "False") || (key == "BinaryData" && value != "True") ||
               (key == "ElementNumberOfChannels" && value != "1") ||
               (key == "HeaderSize" && value != "0" && value != "-1")) {
      header.refuse("says " + printable(key) + " = " + printable(value.substr(0, 24)) +
                    ", of which no window lies together");
    } else if (key == "ElementDataFile") {
      if (value != "LOCAL") header.refuse("has its voxels in another file, " + quoted(value));
      break;
    } else if (value.empty() && key.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") !=
                                    std::string_view::npos) {
      header.refuse("has the line " + quoted(key) + " in its header, where a key and a value must stand");
    }
  }
  if (axes.empty() || !known) header.refuse("lacks DimSize or ElementType in its header");
  type.order = turned ? std::endian::big : std::endian::little;
  return header.layout(axes, type, header.at());
}

}  // namespace detail

/// A volume of a .mha file with its voxels in it, of which `stream` reads parts: 3 axes, or 4 with the channels
/// slowest.
///
/// Values of any real type are read, in either byte order; each must be a `T`, or becomes the nearest with
/// `{.allow_rounding = true}`. Compressed voxels, text and interleaved channels have no parts and are refused. Throws
/// ESP-150 for a path that is no readable regular file, ESP-155 and ESP-268 for a header that says something else,
/// ESP-269 for a file that is cut off; `read` throws ESP-165 and ESP-264. Example: `esp::mha_source scan("scan.mha");`
template <class T = float>
class mha_source : public detail::raw_reader<T> {
 public:
  explicit mha_source(const std::filesystem::path& path, npy_options options = {})
      : detail::raw_reader<T>(detail::open_raw<T>(path, options.allow_rounding, detail::mha_layout)) {}
};

/// A .mha file that `stream` writes in parts: MET_FLOAT or MET_DOUBLE, a fourth axis where there are several channels,
/// the spacing along (d, h, w) and no orientation. Of one sample (ESP-267). Until it is finished, and errors: as
/// `npy_sink`. Example: `esp::mha_sink result("edges.mha");`
template <class T = float>
class mha_sink : public detail::partial_file<T> {
 public:
  explicit mha_sink(std::filesystem::path path, const std::array<float, 3>& spacing = {1, 1, 1})
      : path_(std::move(path)), spacing_(spacing) {}

  void begin(const dims5& shape) {
    detail::require_one_sample(shape, path_.string());
    const bool many = shape.c > 1;
    const std::string header =
        std::string("ObjectType = Image\nNDims = ") + (many ? "4" : "3") +
        "\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = False\nElementSpacing = " +
        detail::spacing_text(spacing_) + (many ? " 1" : "") + "\nDimSize = " + std::to_string(shape.w) + " " +
        std::to_string(shape.h) + " " + std::to_string(shape.d) + (many ? " " + std::to_string(shape.c) : "") +
        "\nElementType = " + (std::is_same_v<T, double> ? "MET_DOUBLE" : "MET_FLOAT") + "\nElementDataFile = LOCAL\n";
    this->open(path_, header, shape);
  }

 private:
  std::filesystem::path path_;
  std::array<float, 3> spacing_;
};

}  // namespace esp::inline ESPALIER_ABI
