// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/io/atomic_file.hpp>
#include <span>
#include <string>
#include <type_traits>

#include "support/layer.hpp"
#include "support/temp_dir.hpp"

TEST_CASE("the file that this system has replaces a file at its commit", "[atomic]") {
  const support::temp_dir dir;
  support::write_file(dir / "a", "old");
  esp::detail::atomic_file file(dir.path(), "a");
  const std::string text = "new";
  file.write(std::as_bytes(std::span(text)));
  REQUIRE(support::read_file(dir / "a") == "old");
  file.commit();
  REQUIRE(support::read_file(dir / "a") == "new");
#if defined(__unix__) || defined(__APPLE__)
  STATIC_REQUIRE(std::is_same_v<esp::detail::atomic_file, esp::detail::posix_atomic_file>);
#endif
}
