// What the shadow service keeps, how much of it, and for how long.
#include "json/parse.hpp"
#include "local/shadow_service.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace cogniot::local {
namespace {

using namespace std::chrono_literals;

struct service_under_test {
    explicit service_under_test(std::size_t max_held_bytes = 32 << 20)
        : shadows({}, max_held_bytes) {}

    /// The last level of the first answer's topic.
    std::string ask(std::string const& thing, std::string_view operation,
                    std::string_view payload = {}) {
        auto const asked = shadow::parse_request_topic("$aws/things/" + thing + "/shadow/" +
                                                       std::string(operation));
        answers = shadows.ask(asked.value(), payload, now, persist).messages;
        auto const& topic = answers.at(0).topic;
        return topic.substr(topic.rfind('/') + 1);
    }
    json::value answer() const { return json::parse(answers.at(0).payload).value(); }

    shadow_service shadows;
    utc_time now{1'700'000'000s};
    std::vector<record> persist;
    std::vector<shadow_message> answers;
};

std::string numbers(int count) {
    std::string list = "[";
    for (int i = 0; i < count; ++i)
        list += i == 0 ? "1" : ",1";
    return R"({"state":{"reported":{"a":)" + list + "]}}}";
}

} // namespace

TEST_CASE("a shadow takes about the room of its state, although every element has a timestamp") {
    service_under_test t;
    for (int i = 0; i < 10; ++i)
        REQUIRE(t.ask("t" + std::to_string(i), "update", numbers(4000)) == "accepted");
    CHECK(t.shadows.held_bytes() < 10 * 9000);
    CHECK(t.persist.back().value->size() < 8200);
    REQUIRE(t.ask("t0", "get") == "accepted");
    auto const stamps = t.answer().at_pointer("/metadata/reported/a").as_array();
    REQUIRE(stamps.size() == 4000);
    CHECK(json::print(stamps.back()) == R"({"timestamp":1700000000})");
}

TEST_CASE("updates that need more than there is room for are refused, the others go on") {
    service_under_test t(40'000);
    REQUIRE(t.ask("small", "update", R"({"state":{"desired":{"a":1}}})") == "accepted");
    int accepted = 0;
    for (int i = 0; i < 10; ++i)
        accepted += t.ask("t" + std::to_string(i), "update", numbers(4000)) == "accepted";
    CHECK(accepted == 4);
    CHECK(t.shadows.held_bytes() <= 40'000);
    auto const persisted = t.persist.size();
    REQUIRE(t.ask("more", "update",
                  R"({"state":{"desired":)" + std::string(R"({"a":")") + std::string(7000, 'x') +
                      R"("}},"clientToken":"c"})") == "rejected");
    CHECK(t.answer().at("code") == 500);
    CHECK(t.answer().at("clientToken") == "c");
    CHECK(t.persist.size() == persisted);
    CHECK(t.ask("t0", "update", R"({"state":{"reported":{"a":null,"b":1}}})") == "accepted");
    CHECK(t.ask("t1", "delete") == "accepted");
    CHECK(t.ask("more", "update", numbers(4000)) == "accepted");
}

// @source AWS IoT developer guide: a deleted shadow's version is kept for 48 hours
TEST_CASE("a deleted shadow is forgotten after 48 hours, also after a restart") {
    service_under_test t;
    t.ask("gone", "update", R"({"state":{"desired":{"a":1}}})");
    t.ask("gone", "delete");
    t.ask("back", "update", R"({"state":{"desired":{"a":1}}})");
    t.ask("back", "delete");
    t.ask("back", "update", R"({"state":{"desired":{"a":1}}})");
    service_under_test again;
    for (auto const& one : {t.persist.at(1), t.persist.at(4)})
        REQUIRE(again.shadows.restore(one.kind, one.key, *one.value).value());
    for (auto* each : {&t, &again}) {
        each->persist.clear();
        each->shadows.forget_deleted(each->now + 48h, each->persist);
        CHECK(each->shadows.size() == 2);
        each->shadows.forget_deleted(each->now + 48h + 1s, each->persist);
        CHECK(each->shadows.size() == 1);
        CHECK(each->persist == std::vector<record>{{"shadow", "gone", {}}});
        CHECK(each->ask("back", "get") == "accepted");
    }
}

TEST_CASE("what a shadow accepts can be read again after a restart, timestamps and all") {
    struct {
        std::string_view value;
        std::string_view stamps; // empty: refused
    } const rows[]{
        {R"([{"a":[],"b":1}])", R"([{"a":[],"b":{"timestamp":1700000000}}])"},
        {R"([{"a":{},"b":1}])", R"([{"a":{},"b":{"timestamp":1700000000}}])"},
        {R"([[],{"a":{"b":[2]}}])", R"([[],{"a":{"b":[{"timestamp":1700000000}]}}])"},
        {"1e308", R"({"timestamp":1700000000})"},
        {"1e400", ""}, // beyond a double: no JSON text could hold it again
    };
    for (auto const& row : rows) {
        CAPTURE(row.value);
        service_under_test t;
        auto const answered = t.ask(
            "lamp", "update", R"({"state":{"reported":{"x":)" + std::string(row.value) + "}}}");
        CHECK(answered == (row.stamps.empty() ? "rejected" : "accepted"));
        if (row.stamps.empty()) {
            CHECK(t.answer().at("code") == 400);
            CHECK(t.persist.empty());
            continue;
        }
        service_under_test again;
        auto const& kept = t.persist.back();
        REQUIRE(again.shadows.restore(kept.kind, kept.key, *kept.value).value());
        again.now += 100s;
        REQUIRE(again.ask("lamp", "get") == "accepted");
        CHECK(json::print(again.answer().at_pointer("/metadata/reported/x")) == row.stamps);
    }
}

TEST_CASE("a record with AWS's form of metadata is read, too") {
    service_under_test t;
    REQUIRE(t.shadows
                .restore("shadow", "lamp",
                         R"({"state":{"desired":{"timestamp":5,"a":[1,{"b":2}],"o":{}}},)"
                         R"("metadata":{"desired":{"timestamp":{"timestamp":7},)"
                         R"("a":[{"timestamp":8},{"b":{"timestamp":8}}],"o":{}}},)"
                         R"("version":3,"exists":true,"changed":1700000000000})")
                .value());
    for (int i = 0; i < 2; ++i) {
        REQUIRE(t.ask("lamp", "get") == "accepted");
        CHECK(
            json::print(t.answer().at_pointer("/metadata/desired")) ==
            R"({"timestamp":{"timestamp":7},"a":[{"timestamp":8},{"b":{"timestamp":8}}],"o":{}})");
        // Written anew, in the form that is kept now.
        t.ask("lamp", "update", R"({"state":{"reported":{}}})");
        service_under_test again;
        auto const& kept = t.persist.back();
        REQUIRE(again.shadows.restore(kept.kind, kept.key, *kept.value).value());
        std::swap(t.shadows, again.shadows);
    }
}

} // namespace cogniot::local
