#include "base/random_source.hpp"
#include "support/seeded_random.hpp"

#include <doctest/doctest.h>

#include <array>
#include <set>

using namespace cogniot;

TEST_CASE("a UUID has version 4 and the RFC's variant [RFC 9562 section 5.4]") {
    test::seeded_random random;
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        auto const id = random_uuid(random);
        REQUIRE(id.size() == 36);
        CHECK(id[14] == '4');
        CHECK(std::string_view("89ab").find(id[19]) != std::string_view::npos);
        for (auto dash : {8U, 13U, 18U, 23U})
            CHECK(id[dash] == '-');
        seen.insert(id);
    }
    CHECK(seen.size() == 1000);
}

TEST_CASE("random_below reaches every value and nothing else") {
    test::seeded_random random;
    std::array<int, 7> counts{};
    for (int i = 0; i < 7000; ++i)
        ++counts.at(random_below(random, 7));
    for (int count : counts)
        CHECK(count > 800);
}

TEST_CASE("random_text draws from its alphabet") {
    test::seeded_random random;
    auto const text = random_text(random, "ab", 64);
    CHECK(text.size() == 64);
    CHECK(text.find_first_not_of("ab") == std::string::npos);
}
