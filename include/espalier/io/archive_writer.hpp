// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Writes a ZIP archive of stored members: NumPy's .npz where the members are .npy files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/io/crc32.hpp>
#include <espalier/shape.hpp>
#include <span>
#include <string>
#include <string_view>

namespace esp::inline ESPALIER_ABI::detail {

// Numbers of PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.5.3. Sizes always stand in the ZIP64 fields, so that an
// archive of any size is written and read by the same lines.
inline constexpr std::uint32_t zip_local = 0x04034B50, zip_central = 0x02014B50, zip_end64 = 0x06064B50,
                               zip_locator = 0x07064B50, zip_end = 0x06054B50;
inline constexpr index_t zip_local_bytes = 30, zip_central_bytes = 46, zip_end64_bytes = 56, zip_locator_bytes = 20,
                         zip_end_bytes = 22, zip_local_extra = 20, zip_central_extra = 28;

/// Appends the `Bytes` low bytes of `value`, lowest first.
template <int Bytes>
void put_number(std::string& out, std::uint64_t value) {
  for (int i = 0; i < Bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFFu);
}

/// Writes members one after the other into `File`, which has `write(std::span<const std::byte>)`, and the directory of
/// them at the end. Each member is on its way to the file when `add` returns; nothing of it is kept but its name.
template <class File>
class archive_writer {
 public:
  explicit archive_writer(File& file) : file_(file) {}

  /// A member whose bytes are `head` and then `body`. @pre name is shorter than 64 KiB and was not added before
  void add(std::string_view name, std::string_view head, std::span<const std::byte> body) {
    const auto head_bytes = std::as_bytes(std::span(head));
    const std::uint32_t sum = crc32(crc32(0, head_bytes), body);
    const std::uint64_t size = head.size() + body.size();

    std::string local;
    put_number<4>(local, zip_local);
    put_common(local, sum, name, zip_local_extra);
    local += name;
    put_extra(local, zip_local_extra, size);

    put_number<4>(directory_, zip_central);
    put_number<2>(directory_, 45);
    put_common(directory_, sum, name, zip_central_extra);
    put_number<2>(directory_, 0);           // no comment
    put_number<2>(directory_, 0);           // first disk
    put_number<2>(directory_, 0);           // internal attributes
    put_number<4>(directory_, 0);           // external attributes
    put_number<4>(directory_, 0xFFFFFFFF);  // where it starts: see the ZIP64 field
    directory_ += name;
    put_extra(directory_, zip_central_extra, size);
    put_number<8>(directory_, at_);

    write(std::as_bytes(std::span(local)));
    write(head_bytes);
    write(body);
    ++members_;
  }

  /// Writes the directory. Nothing can be added afterwards.
  void finish() {
    const std::uint64_t directory_at = at_, directory_size = directory_.size();
    std::string end;
    put_number<4>(end, zip_end64);
    put_number<8>(end, static_cast<std::uint64_t>(zip_end64_bytes) - 12);
    put_number<2>(end, 45);
    put_number<2>(end, 45);
    put_number<8>(end, 0);  // this disk and that of the directory
    put_number<8>(end, members_);
    put_number<8>(end, members_);
    put_number<8>(end, directory_size);
    put_number<8>(end, directory_at);

    put_number<4>(end, zip_locator);
    put_number<4>(end, 0);
    put_number<8>(end, directory_at + directory_size);
    put_number<4>(end, 1);

    put_number<4>(end, zip_end);
    put_number<4>(end, 0);
    put_number<4>(end, 0xFFFFFFFF);  // both counts: see the ZIP64 record
    put_number<8>(end, 0xFFFFFFFFFFFFFFFF);
    put_number<2>(end, 0);
    directory_ += end;
    write(std::as_bytes(std::span(directory_)));
  }

 private:
  void write(std::span<const std::byte> bytes) {
    file_.write(bytes);
    at_ += bytes.size();
  }
  /// What a local header and an entry of the directory share, from the version needed to the lengths.
  static void put_common(std::string& out, std::uint32_t sum, std::string_view name, index_t extra) {
    put_number<2>(out, 45);
    put_number<2>(out, 0);       // flags
    put_number<2>(out, 0);       // stored
    put_number<2>(out, 0);       // time and
    put_number<2>(out, 0x0021);  // date: 1 January 1980, so that equal layers give equal files
    put_number<4>(out, sum);
    put_number<8>(out, 0xFFFFFFFFFFFFFFFF);  // both sizes: see the ZIP64 field
    put_number<2>(out, name.size());
    put_number<2>(out, static_cast<std::uint64_t>(extra));
  }
  static void put_extra(std::string& out, index_t extra, std::uint64_t size) {
    put_number<2>(out, 1);
    put_number<2>(out, static_cast<std::uint64_t>(extra) - 4);
    put_number<8>(out, size);
    put_number<8>(out, size);
  }

  File& file_;
  std::string directory_{};
  std::uint64_t at_ = 0;
  std::uint64_t members_ = 0;
};

}  // namespace esp::inline ESPALIER_ABI::detail
