// SPDX-License-Identifier: BSD-3-Clause
#include "support/golden.hpp"

#include <algorithm>
#include <string>
#include <vector>

TEST_CASE("recorded convolutions: shapes, borders and blocks at the edge of a formula", "[golden]") {
  golden::check_all(golden::conv_cases{});
}

namespace {

template <class... Cases>
void add_names(std::vector<std::string>& names, golden::list<Cases...>) {
  (names.emplace_back(Cases::name.view()), ...);
}

/// A file with one array: header, then data.
std::string file(std::string dictionary, std::size_t bytes, char version = 1) {
  std::string result{"\x93NUMPY", 6};
  result += version;
  result += '\0';
  result += static_cast<char>(dictionary.size());
  result += '\0';
  return result + dictionary + std::string(bytes, '\0');
}

}  // namespace

TEST_CASE("every folder of recorded data is tested", "[golden]") {
  std::vector<std::string> named(std::begin(golden::trainings), std::end(golden::trainings)), found;
  add_names(named, golden::conv_cases{});
  add_names(named, golden::mode_cases{});
  add_names(named, golden::example_cases{});
  add_names(named, golden::prior_cases{});
  add_names(named, golden::border_cases{});
  for (const auto& entry : std::filesystem::directory_iterator(golden::root())) {
    if (entry.is_directory()) found.push_back(entry.path().filename().string());
  }
  std::sort(named.begin(), named.end());
  std::sort(found.begin(), found.end());
  REQUIRE(named == found);
  REQUIRE(found.size() == 64);
}

TEST_CASE("a recorded training is complete", "[golden]") {
  for (const char* name : golden::trainings) {
    const golden::folder recorded(name);
    REQUIRE(recorded["weight0"].shape == recorded["weight"].shape);
    REQUIRE(recorded["bias0"].shape == recorded["bias"].shape);
    REQUIRE(recorded["losses"].shape == std::vector<std::size_t>{20});
    REQUIRE(recorded["target"].shape[1] == recorded["weight"].shape[0]);
    REQUIRE(recorded["x"].shape[1] == recorded["weight"].shape[1]);
  }
}

TEST_CASE("the comparison sees what differs", "[golden]") {
  npy::array recorded{{2}, {1, -4}, false};
  esp::tensor<double, 1> found{1, -4};
  REQUIRE(golden::difference(found, recorded) == 0);
  found(0) = 1.5;
  REQUIRE(golden::difference(found, recorded) == 0.125);
  found(0) = std::numeric_limits<double>::quiet_NaN();
  REQUIRE_FALSE(golden::difference(found, recorded) <= 1);
  REQUIRE_FALSE(golden::difference(esp::tensor<double, 1>{1, -4, 0}, recorded) <= 1);
  REQUIRE_FALSE(golden::difference(esp::tensor<double, 2>{{1, -4}}, recorded) <= 1);
}

TEST_CASE("the reader of arrays takes what NumPy writes and nothing else", "[golden]") {
  const std::string good = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }  \n";
  const auto replaced = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  const npy::array read = npy::parse(file(good, 48), "array");
  REQUIRE(read.shape == std::vector<std::size_t>{2, 3});
  REQUIRE(read.values == std::vector<double>(6, 0.0));
  REQUIRE(npy::parse(file(replaced("(2, 3)", "(6,)"), 48), "array").shape == std::vector<std::size_t>{6});
  REQUIRE(npy::parse(file(replaced("<f8", "<f4"), 24), "array").single);

  const auto refused = [](const std::string& bytes) {
    try {
      static_cast<void>(npy::parse(bytes, "array"));
      return false;
    } catch (const std::runtime_error&) {
      return true;
    }
  };
  REQUIRE(refused(""));
  for (std::size_t length = 0; length < file(good, 48).size(); ++length) {
    REQUIRE(refused(file(good, 48).substr(0, length)));
  }
  REQUIRE(refused(file(good, 49)));
  REQUIRE(refused(file(good, 48, 2)));
  REQUIRE(refused(file(replaced("<f8", ">f8"), 48)));
  REQUIRE(refused(file(replaced("<f8", "<i8"), 48)));
  REQUIRE(refused(file(replaced("False", "True"), 48)));
  REQUIRE(refused(file(replaced("(2, 3)", "(2, -3)"), 48)));
  REQUIRE(refused(file(replaced("(2, 3)", "(9999999999, 9999999999)"), 48)));
  REQUIRE(refused(file(replaced("(2, 3)", "(1, 1, 1, 1, 2, 3)"), 48)));
  REQUIRE(refused(file(replaced("}  ", "} x"), 48)));
  REQUIRE_THROWS_AS(npy::read("no/such/file.npy"), std::runtime_error);
}
