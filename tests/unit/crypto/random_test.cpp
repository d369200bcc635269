#include "crypto/random.hpp"

#include <doctest/doctest.h>

#include <array>
#include <set>

using namespace cogniot;

TEST_CASE("the system's generator does not repeat itself and takes an empty span") {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i)
        seen.insert(random_uuid(crypto::system_random()));
    CHECK(seen.size() == 1000);
    crypto::system_random().fill({});
}
