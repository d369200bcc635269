// What `cogniot policy evaluate` says to lines that are no requests: an error, never a decision.
#include "policy/evaluate_line.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <string>

using namespace cogniot;

namespace {

boost::json::object answer(std::string_view line) {
    policy::document_cache cache;
    return policy::evaluate_line(line, policy::kind::any, cache);
}
constexpr char const* good = R"({"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})";
std::string line(std::string policies, std::string more = R"("action":"a:b","resource":"*")") {
    return R"({"policies":)" + policies + "," + more + "}";
}

} // namespace

TEST_CASE("a line that cannot be read answers an error and never a decision") {
    struct row {
        std::string text;
        char const* error;
    };
    std::string const list = std::string("[") + good + "]";
    for (auto const& [text, error] : {
             row{"", "the text is empty"},
             row{"   ", "ends too early"},
             row{"nonsense", "not usable JSON"},
             row{"[]", "the line is a list, not an object"},
             row{"null", "the line is null, not an object"},
             row{"{}", "`action` is missing"},
             row{R"({"action":"a:b"})", "`resource` is missing"},
             row{R"({"action":"a:b","resource":"*"})", "`policies` is missing"},
             row{R"({"action":1,"resource":"*","policies":[]})", "`action` is a number, not text"},
             row{R"({"action":"","resource":"*","policies":[]})", "`action` has 0 bytes"},
             row{R"({"action":"a:b","resource":null,"policies":[]})", "`resource` is null"},
             row{line("{}"), "`policies` is an object, not a list"},
             row{line("[1]"), "policies[0] is a number, neither an object nor text"},
             row{line(std::string("[") + good + ",{}]"),
                 "policies[1]: line 1, column 1: a policy needs `Statement`"},
             row{line(R"(["{\n \"Statement\": [,]}"])"), "policies[0]: line 2, column 16"},
             row{line("[\"\"]"), "policies[0]: line 1, column 1: the text is empty"},
             row{line(list, R"("action":"a:b","resource":"*","context":[])"),
                 "`context` is a list, not an object"},
             row{line(list, R"("action":"a:b","resource":"*","context":{"k":null})"),
                 "`context`: `k` is text"},
             row{line(list, R"("action":"a:b","resource":"*","context":{"k":[["x"]]})"),
                 "`context`: `k` is text"},
             row{line(list, R"("action":"a:b","resource":"*","kind":"bucket")"), "`kind` is any"},
             row{line(list, R"("action":"a:b","action":"a:c","resource":"*")"),
                 "`action` is given twice"},
             row{line(R"([{"Statement":{"Effect":"Allow","Action":"*","Principal":"*"}}])"),
                 "who asks must be said in `principal`"},
             row{line(list) + " x", "more text after the end"},
             row{std::string("{\"a\0b\":1}", 9), "a control character inside quoted text"},
             row{std::string("\0", 1), "unexpected"},
             row{std::string(100'000, '['), "more than 64 levels"},
             row{std::string(100'000, '{'), "not usable JSON"},
             row{"\xff\xfe", "unexpected"},
             row{"{\"action\":\"\xff\"}", "not UTF-8"},
             row{line("[]", R"("action":"a:b","resource":"*","contxt":{})"),
                 "there is no member `contxt`; is `context` meant?"},
             row{line("[]", R"("action":"a:b","resource":"*","context":{"a:K":"1","A:k":"2"})"),
                 "`context` has `A:k` twice"},
         }) {
        CAPTURE(text.substr(0, 200));
        auto const said = answer(text);
        CAPTURE(boost::json::serialize(said));
        REQUIRE(said.contains("error"));
        CHECK_FALSE(said.contains("decision"));
        CHECK(std::string(said.at("error").as_string()).find(error) != std::string::npos);
    }
}

TEST_CASE("an error in a policy has its line and column and AWS's own message") {
    auto const said = answer(line(R"(["{\n  \"Statement\": {\"Effect\": \"Maybe\"}\n}"])"));
    CHECK(said.at("policy") == 0);
    CHECK(said.at("line") == 2);
    CHECK(said.at("column") == 27);
    CHECK(said.at("aws") == "Syntax errors in policy.");
}

TEST_CASE("a line of ten megabytes gets its answer, one of twenty an error") {
    auto const long_context = [](std::size_t bytes) {
        return line(std::string("[") + good + "]",
                    R"("action":"a:b","resource":"*","context":{"k":")" + std::string(bytes, 'x') +
                        "\"}");
    };
    CHECK(answer(long_context(10'000'000)).at("decision") == "allow");
    CHECK(answer(long_context(20'000'000)).contains("error"));
}

TEST_CASE("context may be absent, numbers keep their text, lists are sets") {
    auto const said = answer(line(
        R"([{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{
            "StringEquals":{"n":"1.50"},"ForAllValues:StringEquals":{"l":["1","true","x"]}}}}])",
        R"("action":"a:b","resource":"*","context":{"n":1.50,"l":[1,true,"x"]})"));
    CHECK(said.at("decision") == "allow");
    CHECK(answer(line("[]")).at("decision") == "implicit_deny");
}
