// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Volumes in NRRD files (.nrrd), read and written in parts.
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

/// The type that NRRD calls `name`, by any of its names; false for one that is no real number.
[[nodiscard]] constexpr bool nrrd_type_of(std::string_view name, npy_type& out) {
  struct names {
    npy_type type;
    std::array<std::string_view, 7> all;
  };
  constexpr names types[] = {
      {{'i', 1}, {"signed char", "int8", "int8_t"}},
      {{'u', 1}, {"uchar", "unsigned char", "uint8", "uint8_t"}},
      {{'i', 2}, {"short", "short int", "signed short", "signed short int", "int16", "int16_t"}},
      {{'u', 2}, {"ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"}},
      {{'i', 4}, {"int", "signed int", "int32", "int32_t"}},
      {{'u', 4}, {"uint", "unsigned int", "uint32", "uint32_t"}},
      {{'i', 8},
       {"longlong", "long long", "long long int", "signed long long", "signed long long int", "int64", "int64_t"}},
      {{'u', 8}, {"ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"}},
      {{'f', 4}, {"float"}},
      {{'f', 8}, {"double"}}};
  for (const names& known : types) {
    for (const std::string_view one : known.all) {
      if (!one.empty() && one == name) return out = known.type, true;
    }
  }
  return false;
}

/// What the header of a .nrrd file says, line by line.
struct nrrd_fields {
  std::vector<index_t> axes{};
  npy_type type{};
  bool known = false;    ///< the type
  bool ordered = false;  ///< of bytes
  bool raw = false;      ///< voxels as they are
  index_t dimension = 0;
  std::endian order = std::endian::little;

  void take(const text_header& header, std::string_view key, std::string_view value) {
    if (key == "dimension") {
      const auto numbers = header.sizes(value);
      dimension = numbers.size() == 1 ? numbers[0] : 0;
    } else if (key == "sizes") {
      axes = header.sizes(value);
    } else if (key == "type") {
      known = nrrd_type_of(value, type);
      if (!known) header.refuse("has the type " + quoted(value) + ", which is no real number");
    } else if (key == "endian") {
      ordered = value == "little" || value == "big";
      order = value == "big" ? std::endian::big : std::endian::little;
    } else if (key == "encoding") {
      raw = value == "raw";
      if (!raw) header.refuse("has the encoding " + quoted(value) + ", of which no window lies together");
    } else if (key == "data file" || key == "datafile") {
      header.refuse("has its voxels in another file, " + quoted(value));
    } else if ((key == "line skip" || key == "lineskip" || key == "byte skip" || key == "byteskip") && value != "0") {
      header.refuse("says " + printable(key) + ": " + printable(value.substr(0, 24)) + ", which is not passed over");
    } else if (key == "kinds") {
      const auto kinds = text_header::words(value);
      const bool place =
          kinds.empty() || kinds[0] == "domain" || kinds[0] == "space" || kinds[0] == "none" || kinds[0] == "???";
      if (!place && kinds.size() > 3) header.refuse("has its channels fastest, so that no window of one lies together");
    }
  }
};

/// What the header of a .nrrd file says of its volume.
[[nodiscard]] inline raw_layout nrrd_layout(raw_file& file) {
  text_header header(file);
  const std::string_view magic = header.line();
  if (magic.size() != 8 || !magic.starts_with("NRRD000") || magic[7] < '1' || magic[7] > '5') {
    header.refuse("does not start with NRRD0001 to NRRD0005");
  }
  nrrd_fields fields;
  for (std::string_view line = header.line(); !line.empty(); line = header.line()) {
    if (line.starts_with('#') || line.find(":=") != std::string_view::npos) continue;
    const auto [key, value] = text_header::split(line, ':');
    if (value.empty())
      header.refuse("has the line " + quoted(line) + " in its header, where a field and a value must stand");
    fields.take(header, key, value);
  }
  if (!fields.known || !fields.raw || fields.axes.empty() || fields.dimension != std::ssize(fields.axes)) {
    header.refuse("lacks type, encoding, dimension or as many sizes in its header");
  }
  if (!fields.ordered && fields.type.bytes > 1) header.refuse("lacks its endian, little or big");
  fields.type.order = fields.order;
  return header.layout(fields.axes, fields.type, header.at());
}

}  // namespace detail

/// A volume of a .nrrd file with raw voxels in it, of which `stream` reads parts: 3 axes, or 4 with the channels
/// slowest.
///
/// Values of any real type are read, in either byte order; each must be a `T`, or becomes the nearest with
/// `{.allow_rounding = true}`. Other encodings, files of a header alone and channels that are fastest have no parts and
/// are refused. Throws as `mha_source`. Example: `esp::nrrd_source scan("scan.nrrd");`
template <class T = float>
class nrrd_source : public detail::raw_reader<T> {
 public:
  explicit nrrd_source(const std::filesystem::path& path, npy_options options = {})
      : detail::raw_reader<T>(detail::open_raw<T>(path, options.allow_rounding, detail::nrrd_layout)) {}
};

/// A .nrrd file that `stream` writes in parts: float or double, a fourth axis where there are several channels, the
/// spacing along (d, h, w) and no orientation. Of one sample (ESP-267). Until it is finished, and errors: as
/// `npy_sink`. Example: `esp::nrrd_sink result("edges.nrrd");`
template <class T = float>
class nrrd_sink : public detail::partial_file<T> {
 public:
  explicit nrrd_sink(std::filesystem::path path, const std::array<float, 3>& spacing = {1, 1, 1})
      : path_(std::move(path)), spacing_(spacing) {}

  void begin(const dims5& shape) {
    detail::require_one_sample(shape, path_.string());
    const bool many = shape.c > 1;
    const std::string header =
        std::string("NRRD0004\ntype: ") + (std::is_same_v<T, double> ? "double" : "float") +
        "\ndimension: " + (many ? "4" : "3") + "\nsizes: " + std::to_string(shape.w) + " " + std::to_string(shape.h) +
        " " + std::to_string(shape.d) + (many ? " " + std::to_string(shape.c) : "") +
        "\nspacings: " + detail::spacing_text(spacing_) + (many ? " nan" : "") + "\nkinds: domain domain domain" +
        (many ? " list" : "") + "\nendian: little\nencoding: raw\n\n";
    this->open(path_, header, shape);
  }

 private:
  std::filesystem::path path_;
  std::array<float, 3> spacing_;
};

}  // namespace esp::inline ESPALIER_ABI
