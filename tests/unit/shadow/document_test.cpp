// Conversations with shadows, row by row: tests/vectors/shadow.
#include "shadow/advice.hpp"
#include "shadow/document.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace cogniot::shadow {
namespace {

json::array load(std::string const& file) {
    std::ifstream in(std::string(COGNIOT_VECTORS) + "/shadow/" + file);
    std::string const text((std::istreambuf_iterator<char>(in)), {});
    auto parsed = json::parse(text);
    REQUIRE_MESSAGE(parsed.has_value(), file);
    return parsed->as_array();
}

json::value read(std::string_view text) {
    auto parsed = json::parse(text);
    REQUIRE(parsed.has_value());
    return *parsed;
}

utc_time at(json::object const& step) {
    return utc_time(std::chrono::seconds(*json::find_integer(step, "at")));
}

std::string payload(json::object const& step) {
    auto const& p = step.at("payload");
    return p.is_string() ? std::string(p.get_string()) : json::print(p);
}

struct heard {
    std::string accepted, documents, delta, rejected;
};

heard say(document& stored, json::object const& step, std::string_view name) {
    heard h;
    auto const now = at(step);
    auto const op = step.at("op").as_string();
    auto const refused = [&](auto const& answered) {
        if (!answered) {
            h.rejected = answered.error().print();
            CHECK_MESSAGE(!advice::explain(answered.error().message).empty(), h.rejected);
        }
        return !answered;
    };
    if (op == "get") {
        if (auto got = get(stored, name, payload(step), now); !refused(got))
            h.accepted = *got;
    } else if (op == "delete") {
        if (auto done = remove(stored, name, payload(step), now); !refused(done)) {
            h.accepted = done->accepted;
            stored = done->next;
        }
    } else if (auto done = update(stored, payload(step), now); !refused(done)) {
        h.accepted = done->accepted;
        h.documents = done->documents;
        h.delta = done->delta.value_or("");
        stored = done->next;
    }
    return h;
}

void compare(json::object const& step, char const* which, std::string const& actual) {
    auto const* expected = step.if_contains(which);
    // A row may leave out `accepted` and `documents` for brevity; a rejection excludes them, and a
    // delta is never left out.
    if (expected != nullptr && *expected == "not looked at")
        return;
    if (expected == nullptr) {
        std::string_view const name = which;
        if (name == "rejected" || name == "delta" || step.contains("rejected"))
            CHECK_MESSAGE(actual.empty(), which, " was not expected: ", actual);
        return;
    }
    REQUIRE_MESSAGE(!actual.empty(), which, " is missing");
    CHECK_MESSAGE(read(actual) == *expected, which, "\n  got  ", actual, "\n  want ",
                  json::print(*expected));
}

} // namespace

TEST_CASE("conversations with one shadow go as AWS documents and answers them") {
    for (auto const& row : load("conversations.json")) {
        auto const& conversation = row.as_object();
        auto const id = std::string(conversation.at("id").as_string());
        CAPTURE(id);
        std::string name(conversation.at("thing").as_string());
        if (auto named = json::find_string(conversation, "name"))
            name += "~" + std::string(*named);
        document stored;
        int number = 0;
        for (auto const& value : conversation.at("steps").as_array()) {
            auto const& step = value.as_object();
            CAPTURE(++number);
            auto const h = say(stored, step, name);
            compare(step, "accepted", h.accepted);
            compare(step, "documents", h.documents);
            compare(step, "rejected", h.rejected);
            compare(step, "delta", h.delta);

            auto again = document::parse(stored.print());
            REQUIRE(again.has_value());
            CHECK(again->print() == stored.print());
        }
    }
}

TEST_CASE("the delta of two sections is what AWS calculates") {
    for (auto const& value : load("delta.json")) {
        auto const& row = value.as_object();
        auto const id = std::string(row.at("id").as_string());
        CAPTURE(id);
        auto const part = [&](char const* key) {
            auto const* o = json::find_object(row, key);
            return section{o != nullptr ? *o : json::object{}, {}};
        };
        CHECK(delta(part("desired"), part("reported")).state == part("delta").state);
    }
}

TEST_CASE("bytes that are no UTF-8 are refused with 415 and AWS's own spelling") {
    auto refused = update({}, "{\"state\":{\"desired\":{\"a\":\"\xff\"}}}", utc_time{});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == 415);
    CHECK(refused.error().message ==
          "Unsupported documented encoding; supported encoding is UTF-8");
}

TEST_CASE("a thousand levels of nesting are refused, not followed") {
    std::string deep = R"({"state":{"desired":)";
    for (int i = 0; i < 1000; ++i)
        deep += R"({"a":)";
    auto refused = update({}, deep, utc_time{});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == 400);
    CHECK(refused.error().message.starts_with("JSON contains too many levels of nesting"));
}

TEST_CASE("a stored shadow that lost a member is an error, not an empty shadow") {
    CHECK_FALSE(document::parse(R"({"version":1})").has_value());
    CHECK_FALSE(document::parse("{").has_value());
}

} // namespace cogniot::shadow
