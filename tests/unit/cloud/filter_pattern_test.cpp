// Filter patterns of CloudWatch Logs. Rows marked `doc` are examples of the CloudWatch Logs user
// guide, "Filter pattern syntax", with what it says they match; rows marked `seen` were measured
// against AWS's TestMetricFilter by others; the rest follows from the guide's sentences.
#include "cloud/logs/filter_pattern.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace cogniot::cloud::logs {
namespace {

bool matches(std::string_view pattern, std::string_view message) {
    auto const parsed = filter_pattern::parse(pattern);
    REQUIRE_MESSAGE(parsed.has_value(), pattern, ": ", parsed ? "" : parsed.error().message());
    return parsed->matches(message);
}

std::string fault(std::string_view pattern) {
    auto const parsed = filter_pattern::parse(pattern);
    return parsed ? "none" : parsed.error().message();
}

} // namespace

TEST_CASE("terms: the guide's examples") {
    std::vector<std::string_view> const messages{
        "[ERROR 400] BAD REQUEST",           "[ERROR 401] UNAUTHORIZED REQUEST",
        "[ERROR 419] MISSING ARGUMENTS",     "[ERROR 420] INVALID ARGUMENTS",
        "[ERROR 500] INTERNAL SERVER ERROR", "[INFO] REQUEST FAILED"};
    struct row {
        std::string_view pattern;
        std::string_view matched; // one digit a message
    };
    for (auto const& [pattern, matched] : {
             row{"ERROR", "111110"},             // doc
             row{"ERROR ARGUMENTS", "001100"},   // doc
             row{"?ERROR ?ARGUMENTS", "111110"}, // doc
             row{"?INFO ?ARGUMENTS", "001101"},
             row{"?ERROR ?ARGUMENTS REQUEST", "110001"}, // doc: ? is ignored beside others
             row{"?ERROR -REQUEST", "001110"},
             row{"\"INTERNAL SERVER ERROR\"", "000010"}, // doc
             row{"ERROR -ARGUMENTS", "110010"},          // doc
             row{"ERROR -\"INTERNAL SERVER\"", "111100"},
             row{"\" \"", "111111"}, // doc: everything
             row{"", "111111"},
             row{"   ", "111111"},
             row{"error", "000000"},      // doc: case sensitive
             row{"AUTHORIZED", "000000"}, // a word, not a part of one
             row{"UNAUTHORIZED", "010000"},
             row{"40", "000000"},
             row{"400", "100000"},
             row{"\"[ERROR 4\"", "000000"},
             row{"\"[ERROR 400\"", "100000"},
         }) {
        std::string got;
        for (auto const message : messages)
            got += matches(pattern, message) ? '1' : '0';
        CHECK_MESSAGE(got == matched, pattern);
    }
}

TEST_CASE("terms within an AWSIotLogsV2 line") {
    std::string_view const line =
        R"({"status":"Failure","eventType":"Publish-In","reason":"AUTHORIZATION_FAILURE"})";
    CHECK(matches("Failure", line));
    CHECK(matches("AUTHORIZATION_FAILURE", line));
    CHECK_FALSE(matches("AUTHORIZATION", line)); // `_` belongs to the word
    CHECK(matches(R"("Publish-In" -Success)", line));
    CHECK(matches(R"("\"status\":\"Failure\"")", line));
}

TEST_CASE("JSON: the guide's examples") {
    std::string_view const event =
        R"({"eventType":"UpdateTrail","sourceIPAddress":"111.111.111.111","arrayKey":["value",)"
        R"("another value"],"objectList":[{"name":"a","id":1},{"name":"b","id":2}],)"
        R"("SomeObject":null,"cluster.name":"c"})";
    std::string_view const user =
        R"({"user":{"id":1,"email":"John.Stiles@example.com"},"users":[{"id":2,)"
        R"("email":"John.Doe@example.com"},{"id":3,"email":"Jane.Doe@example.com"}],)"
        R"("actions":["GET","PUT","DELETE"],"coordinates":[[0,1,2],[4,5,6],[7,8,9]]})";
    struct row {
        std::string_view pattern;
        std::string_view message;
        bool matched;
    };
    for (
        auto const& [pattern, message, matched] : {
            row{R"({ $.eventType = "UpdateTrail" })", event, true},
            row{"{ $.sourceIPAddress != 123.123.* }", event, true},
            row{R"({ $.arrayKey[0] = "value" })", event, true},
            row{R"({ $.['cluster.name'] = "c" })", event, true},
            row{"{ $.SomeObject IS NULL }", event, true},
            row{"{ $.SomeOtherObject NOT EXISTS }", event, true},
            row{"{ $.objectList[1].id = 2 }", event, true},
            row{R"({ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") })", user,
                true},
            row{R"({ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch" && $.actions[2] = "nonmatch" })",
                user, true},
            row{R"({ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch") && $.actions[2] = "nonmatch" })",
                user, false},
            row{R"({ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" })",
                user, false},
            // Not examples, but said in so many words.
            row{R"({ $.arrayKey = "value" })", event, false}, // points to an array
            row{R"({ $.user = "x" })", user, false},          // points to an object
            row{R"({ $.arrayKey[2] = "value" })", event, false},
            row{R"({ $.arrayKey[*] = "another*" })", event, true},
            row{R"({ $.* = "111.*" })", event, true},
            row{R"({ $.users[*].id = 3 })", user, true},
            row{R"({ $.users[*].id = 4 })", user, false},
            row{"{ $.eventType IS NULL }", event, false},
            row{"{ $.SomeObject NOT EXISTS }", event, false},
            row{"{ $.eventType NOT EXISTS }", event, false},
            row{R"({$.eventType="UpdateTrail"})", event, true},
            row{R"({ $.eventType = "updateTrail" })", event, false},
            row{R"({ $.missing != "x" })", event, false},
            row{R"({ $.SomeObject != "x" })", event, false},
            row{R"({ $.eventType = "UpdateTrail" })", "no JSON", false},
            row{R"({ $.eventType = "UpdateTrail" })", "[1]", false},
        })
        CHECK_MESSAGE(matches(pattern, message) == matched, pattern);
}

TEST_CASE("JSON: comparisons with texts and numbers, as measured") {
    std::string_view const event =
        R"({"s":"111.111.111.111","empty":"","i":123,"f":12.34,"whole":12.0,"o":{},"a":[],)"
        R"("n":null,"t":true,"digits":"123"})";
    struct row {
        std::string_view pattern;
        bool matched;
    };
    for (auto const& [pattern, matched] : {
             row{R"({ $.s = "111.111.111.111" })", true},
             row{R"({ $.s = "*" })", true},
             row{R"({ $.empty = "*" })", true},
             row{R"({ $.s = "111*" })", true},
             row{R"({ $.s = "*.111.111.111" })", true},
             row{R"({ $.s != "222*" })", true},
             row{R"({ $.i = "123" })", true},
             row{R"({ $.i != "123.0" })", true},
             row{R"({ $.i = "12*" })", true},
             row{R"({ $.i = "*23" })", true},
             row{R"({ $.i != "*32" })", true},
             row{R"({ $.f = "12.*" })", true},
             row{R"({ $.f != "43.21" })", true},
             row{"{ $.s = 111.111.111.111 }", true},
             row{"{ $.i = 123 }", true},
             row{"{ $.i = 123.0 }", true},
             row{"{ $.i = 1* }", true},
             row{"{ $.whole = 12 }", true},
             row{"{ $.f = 12.34 }", true},
             row{"{ $.i = 1.23e2 }", true},
             row{"{ $.i = +123 }", true},
             row{"{ $.i != 123 }", false},
             row{"{ $.i > 122 }", true},
             row{"{ $.i > 123 }", false},
             row{"{ $.i >= 123 }", true},
             row{"{ $.i < 1e3 }", true},
             row{"{ $.i <= 122 }", false},
             row{"{ $.i >= -1e-3 }", true},
             row{"{ $.digits = 123 }", true},
             row{R"({ $.s = "123" })", false},
             // Numbers only are greater or less; objects, arrays and null are never compared.
             row{"{ $.s > 100 }", false},
             row{"{ $.digits > 100 }", false},
             row{"{ $.o = 123 }", false},
             row{"{ $.o != 123 }", false},
             row{R"({ $.a != "x" })", false},
             row{R"({ $.n != "x" })", false},
             row{"{ $.t IS TRUE }", true},
             row{"{ $.t IS FALSE }", false},
             row{"{ $.s IS TRUE }", false},
             row{"{ $.n IS NULL }", true},
         })
        CHECK_MESSAGE(matches(pattern, event) == matched, pattern);
}

TEST_CASE("regular expressions") {
    struct row {
        std::string_view pattern;
        std::string_view message;
        bool matched;
    };
    for (auto const& [pattern, message, matched] : {
             row{"%AUTHORIZED%", "[ERROR 401] UNAUTHORIZED REQUEST", true}, // doc
             row{"%AUTHORIZED%", "[SUCCESS 200] AUTHORIZED REQUEST", true}, // doc
             row{"%AUTHORIZED%", "[INFO] REQUEST FAILED", false},
             row{"%^[hc]at%", "hat and coat", true}, // doc: begin, end, optional, class, …
             row{"%^[hc]at%", "the cat", false},
             row{"%[hc]at$%", "the cat", true},
             row{"%[hc]at$%", "cat and dog", false},
             row{"%colou?r%", "color", true},
             row{"%colou?r%", "colour", true},
             row{"%colou?r%", "colouur", false},
             row{"%[a-cx-z]1%", "y1", true},
             row{"%[a-cx-z]1%", "d1", false},
             row{"%^a{3,5}$%", "aa", false},
             row{"%^a{3,5}$%", "aaa", true},
             row{"%^a{3,5}$%", "aaaaa", true},
             row{"%^a{3,5}$%", "aaaaaa", false},
             row{"%^a{2,}$%", "aaaa", true},
             row{"%^a{2,}$%", "a", false},
             row{"%^a{,2}$%", "", true},
             row{"%^a{,2}$%", "aaa", false},
             row{"%^a{2}$%", "aa", true},
             row{"%^a{0,}$%", "", true},
             row{"%gra|ey%", "gray", true},
             row{"%gra|ey%", "grey", true},
             row{"%gra|ey%", "groy", false},
             row{"%ab*c%", "ac", true},
             row{"%ab*c%", "abbbc", true},
             row{"%ab+c%", "ac", false},
             row{"%ab+c%", "abbc", true},
             row{"%.at%", "at", false},
             row{"%.at%", "3at", true},
             row{R"(%^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$%)", "203.0.113.7", true},
             row{R"(%^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$%)", "203.0.1137.7", false},
             row{"%[Ee]rror|[Ff]ail%", "a failure", true},
             row{R"(%\D\s\S\W\w%)", "a b-_", true},
             row{R"(%\D\s\S\W\w%)", "1 b-_", false},
             row{R"(%\x41%)", "A", true},
             row{R"(%^[^a.]$%)", ".", false},
             row{R"(%^[^a.]$%)", "b", true},
             row{R"(%[a\]]x%)", "]x", true},
             row{R"(%a\"b%)", "a\"b", true},
             // A character beyond ASCII is one character.
             row{"%^.$%", "\u00e9", true},
             row{"%^..$%", "\u00e9", false},
             // All ways at once: an expression that would keep a backtracking reader for ages.
             row{"%a*a*a*a*a*a*a*a*a*a*a*a*b%", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                 false},
             row{"{ $.topicName = %^rooms/[0-9]+$% }", R"({"topicName":"rooms/12"})", true},
             row{"{ $.topicName = %^rooms/[0-9]+$% }", R"({"topicName":"rooms/x"})", false},
             row{"{ $.topicName != %^rooms/% && $.n = %^1% }", R"({"topicName":"a","n":12})", true},
             row{"{ $.topicName != %^rooms/% }", R"({"topicName":"rooms/1"})", false},
             row{"{ $.missing != %a% }", R"({"topicName":"a"})", false},
         })
        CHECK_MESSAGE(matches(pattern, message) == matched, pattern, " in ", message);
}

TEST_CASE("a pattern that cannot be read says where and why") {
    struct row {
        std::string_view pattern;
        std::string_view said;
    };
    for (auto const& [pattern, said] : {
             row{"Publish-In", "`Publish-In` (a term of other characters"},
             row{"\"never closed", "never closed"},
             row{"[ip, user]", "space-delimited"},
             row{"%ERR% Ping", "is the whole pattern"},
             row{"Ping %ERR%", "is the whole pattern"},
             row{"%", "is the whole pattern"},
             row{"%something!%", "at character 10"}, // doc: `!` is not supported
             row{"%(a|b)%", "at character 1"},       // doc: no parentheses
             row{"%two words%", "at character 4"},
             row{"%h\u00e9%", "at character 2"}, // doc: no multi-byte characters
             row{"%%", "without anything"},
             row{"%a|%", "without anything"},
             row{"%*%", "at character 1"},
             row{"%a**%", "at character 3"},
             row{"%a{2,1}%", "needs {m}"},
             row{"%a{,}%", "needs {m}"},
             row{"%a{x}%", "needs {m}"},
             row{"%a{2%", "not closed"},
             row{"%a{1025}%", "too long"},
             row{"%a{1000}b{1000}%", "too long"},
             row{"%a{1000}|b{1000}%", "too long"},
             row{"%[]%", "without characters"},
             row{"%[z-a]%", "ends before it begins"},
             row{"%[a%", "ends too early"},
             row{"%a\\%", "ends after"},
             row{"%\\q%", "cannot escape"},
             row{"%\\x4%", "two hexadecimal digits"},
             row{"{ $.a > %x% }", "compare with a number"},
             row{"{ $.a = %x }", "not closed"},
             row{"{ $.a = %a% || $.a = %b% || $.a = %c% }", "two regular expressions"}, // doc
             row{"{ $.a = 1", "at character 10, `the end`"},
             row{"{ $.a = 1 } x", "at character 13, `x`"},
             row{"{ a = 1 }", "at character 3, `a = 1 }` (a selector"},
             row{"{ $ = 1 }", "a selector"},
             row{"{ $.a ~ 1 }", "at character 7, `~ 1 }` (one of ="},
             row{"{ $.a EXISTS }", "one of ="},
             row{"{ $.a IS NOT NULL }", "a value is expected"},
             row{R"({ $.a > "1" })", "compare with a number"}, // AWS refuses these, too
             row{"{ $.a >= text }", "compare with a number"},
             row{"{ $.a = }", "a value is expected"},
             row{"{ ($.a = 1 }", "not closed"},
             row{"{ $.a[x] = 1 }", "a selector"},
             row{"{ $.*.* = 1 }", "one wildcard"},
             row{"{ $.* = 1 || $.* = 2 || $.* = 3 || $.* = 4 }", "three in a pattern"},
             row{"{}", "a selector"},
         })
        CHECK_MESSAGE(fault(pattern).find(said) != std::string::npos, pattern, " -> ",
                      fault(pattern));
}

} // namespace cogniot::cloud::logs
