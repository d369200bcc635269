#include "policy/pattern.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <string>

using namespace cogniot::policy;

namespace {

class fixed_values final : public variable_values {
  public:
    std::vector<variable> slots;
    std::map<std::string, std::string, std::less<>> known;
    std::optional<std::string_view> value(std::uint32_t slot) override {
        auto const found = known.find(slots[slot].name);
        return found == known.end() ? std::nullopt : std::optional<std::string_view>(found->second);
    }
};

pattern make(std::string_view text, fixed_values& values, pattern_rules rules = {}) {
    pattern p;
    auto const fault = make_pattern(text, rules, values.slots, p);
    REQUIRE_FALSE(fault.has_value());
    return p;
}

} // namespace

TEST_CASE("equal variables share a slot, defaults make another") {
    fixed_values values;
    auto const p = make("${a}/${A}/${a, 'x'}/${b}", values);
    CHECK(values.slots.size() == 4); // `a` and `A` are told apart in words only
    values.known = {{"a", "1"}, {"b", "2"}};
    CHECK(matches(p, "1/1/1/2", values));
    CHECK(resolve(p, values.slots, values) == "1/1/1/2");
}

TEST_CASE("how far a pattern went is known in the pattern and in the text") {
    struct row {
        char const* pattern;
        char const* text;
        std::size_t in_pattern;
        std::size_t in_text;
    };
    for (auto const& [text_of_pattern, text, in_pattern, in_text] :
         {row{"abc", "abd", 2, 2}, row{"abc", "ab", 2, 2}, row{"ab", "abc", 2, 2},
          row{"*/c", "a/b", 2, 2}, row{"a*c", "abbbd", 2, 5}, row{"a?c", "abd", 2, 2},
          row{"${v}x", "12y", 2, 2}, row{"a${none}", "ab", 1, 1}}) {
        CAPTURE(text_of_pattern);
        CAPTURE(text);
        fixed_values values;
        values.known = {{"v", "12"}};
        auto const p = make(text_of_pattern, values);
        reach furthest;
        CHECK_FALSE(
            matches(p, text, values, letter_case::exact, static_cast<std::size_t>(-1), &furthest));
        CHECK(resolved_bytes(p, values, furthest) == in_pattern);
        CHECK(furthest.in_text == in_text);
    }
}

TEST_CASE("patterns made to hurt take no time") {
    fixed_values values;
    std::string many_stars;
    for (int i = 0; i < 2'000; ++i)
        many_stars += "*a";
    auto const begun = std::chrono::steady_clock::now();
    for (auto how : {pattern_rules::colons::ordinary, pattern_rules::colons::end_segments}) {
        auto const p = make(many_stars + "b", values, {.colon = how});
        CHECK_FALSE(matches(p, std::string(20'000, 'a'), values));
        auto const q = make("*:" + many_stars + "b:x", values, {.colon = how});
        std::string text;
        for (int i = 0; i < 2'000; ++i)
            text += ":aaaaaaaaa";
        CHECK_FALSE(matches(q, text, values));
    }
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(5));
}

TEST_CASE("could_match never turns away what matches") {
    fixed_values values;
    values.known = {{"v", "abcdefgh"}};
    for (auto const* text_of_pattern : {"", "a", "abcdefg", "abcdefgh", "abcdefghi", "abcdefgh*",
                                        "*abcdefgh", "abcdefg?", "${v}", "abcdefgh${v}", "*"})
        for (auto const* text : {"", "a", "abcdefg", "abcdefgh", "abcdefghi", "abcdefghabcdefgh"}) {
            CAPTURE(text_of_pattern);
            CAPTURE(text);
            auto const p = make(text_of_pattern, values);
            if (matches(p, text, values))
                CHECK(could_match(p, text));
        }
}
