#include "base/read_file.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <fstream>

using namespace cogniot;

TEST_CASE("a file is read whole, whatever bytes it has") {
    test::temporary_directory const folder;
    auto const path = folder.path() / "file";
    std::string text(200'000, '\0');
    text += "end\n";
    std::ofstream(path, std::ios::binary) << text;
    auto const read = read_file(path);
    REQUIRE(read.has_value());
    CHECK(*read == text);
}

TEST_CASE("what cannot be read says why; only what is not there is an absence") {
    test::temporary_directory const folder;
    auto const missing = read_file(folder.path() / "missing");
    REQUIRE_FALSE(missing.has_value());
    CHECK(is_absence(missing.error()));
    CHECK(missing.error().message() == "No such file or directory");
    auto const directory = read_file(folder.path());
    REQUIRE_FALSE(directory.has_value());
    CHECK_FALSE(is_absence(directory.error()));
    CHECK(directory.error().message() == "Is a directory");
}
