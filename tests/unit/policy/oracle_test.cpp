// decide == explain == `policy evaluate` == the oracle, on generated policies and requests.
#include "policy/decide.hpp"
#include "policy/evaluate_line.hpp"
#include "support/json_dice.hpp"
#include "support/policy_oracle.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <cstdlib>
#include <map>

using namespace cogniot;
using boost::json::array;
using boost::json::object;
using boost::json::value;

namespace {

/// Small alphabets, so that patterns and requests meet often and part late.
class generator : public test::json_dice {
  public:
    using json_dice::json_dice;

    object line() {
        array policies;
        for (int n = below(3) + (chance(95) ? 1 : 0); n > 0; --n)
            policies.push_back(policy());
        object out{
            {"policies", policies},
            {"action", pick({"iot:Publish", "iot:Subscribe", "IOT:publish", "s3:GetObject"})},
            {"resource", resource()},
            {"context", facts()}};
        if (chance(30))
            out["kind"] = "iot";
        return out;
    }

  private:
    std::string resource() {
        if (chance(4))
            return "*";
        auto out = "arn:aws:iot:" + pick({"r", "r", "r", "q"}) + ":" + pick({"1", "1", "1", "2"}) +
                   ":topic/";
        for (int n = below(5); n >= 0; --n)
            out += pick({"a", "b", "ab", "a:b", "aab", "*", "a/b"}) + (n > 0 ? "/" : "");
        return out;
    }
    std::string resource_pattern() {
        if (chance(8))
            return "*";
        auto out = "arn:aws:iot:" + pick({"r", "r", "r", "*", "?", "r*"}) + ":" +
                   pick({"1", "1", "1", "*", "?"}) + ":" +
                   pick({"topic/", "topic/", "topic/", "*", "t*/", "topic?"});
        if (chance(5))
            return "arn:aws:iot:*";
        for (int n = below(5); n >= 0; --n)
            out += pick({"a",    "b",    "ab",   "*",          "?",    "a*",
                         "*b",   "a*b",  "**",   "*?",         "a:b",  "a:*",
                         "*:b",  "${k}", "${K}", "${missing}", "${l}", "${missing, 'a'}",
                         "${*}", "*a*b*"}) +
                   (n > 0 ? "/" : "");
        return out;
    }

    value condition() {
        object operators;
        for (int n = 1 + below(2); n > 0; --n) {
            auto op = pick({"StringEquals",
                            "StringNotEquals",
                            "StringEqualsIgnoreCase",
                            "StringNotEqualsIgnoreCase",
                            "StringLike",
                            "StringNotLike",
                            "NumericEquals",
                            "NumericNotEquals",
                            "NumericLessThan",
                            "NumericLessThanEquals",
                            "NumericGreaterThan",
                            "NumericGreaterThanEquals",
                            "DateEquals",
                            "DateNotEquals",
                            "DateLessThan",
                            "DateLessThanEquals",
                            "DateGreaterThan",
                            "DateGreaterThanEquals",
                            "Bool",
                            "BinaryEquals",
                            "IpAddress",
                            "NotIpAddress",
                            "ArnEquals",
                            "ArnLike",
                            "ArnNotEquals",
                            "ArnNotLike",
                            "Null"});
            object keys;
            keys[pick({"k", "K", "l", "missing", "empty"})] =
                one_or_list([&] { return wanted(op); });
            if (op != "Null") {
                op = pick({"", "", "ForAllValues:", "ForAnyValue:"}) + op;
                op += chance(20) ? "IfExists" : "";
            }
            operators[op] = keys;
        }
        return operators;
    }
    std::string wanted(std::string const& op) {
        if (op.starts_with("Arn"))
            return chance(20) ? pick({"*", "${k}", "x", "arn:*"}) : resource_pattern();
        if (op.starts_with("String"))
            return pick({"a", "b", "A", "a*", "*", "?", "${k}", "${l}", "${missing}",
                         "${missing, 'a'}", "${*}", "a${k}", "10", "", "*a*b", "a?b"});
        if (op == "Bool" || op == "Null")
            return pick({"true", "false", "TRUE", "x", "${k}"});
        return any_value();
    }
    std::string any_value() {
        return pick({"a",
                     "b",
                     "ab",
                     "*",
                     "5",
                     "10",
                     "-1",
                     "5.0",
                     "1e1",
                     "x",
                     "1970-01-01T00:00:05Z",
                     "10.0.0.1",
                     "10.0.0.0/8",
                     "10.0.0.0/31",
                     "11.0.0.1",
                     "::1",
                     "::/0",
                     "fe80::/10",
                     "fe80::1",
                     "true",
                     "False",
                     "YQ==",
                     "YWI=",
                     "",
                     "arn:aws:iot:r:1:topic/a",
                     "arn:aws:iot:r:1:topic/a:b/b",
                     "aab"});
    }
    object facts() {
        object out;
        if (chance(80))
            out["k"] = any_value();
        if (chance(60)) {
            array all;
            for (int n = below(3); n > 0; --n)
                all.push_back(value(any_value()));
            out["l"] = all;
        }
        if (chance(20))
            out["empty"] = array{};
        return out;
    }

    object statement() {
        object s{{"Effect", chance(75) ? "Allow" : "Deny"}};
        auto const actions = [&] {
            return pick({"iot:Publish", "iot:*", "*", "iot:Sub*", "IOT:PUBLISH", "iot:P?blish",
                         "s3:*", "iot:*ish"});
        };
        s[chance(90) ? "Action" : "NotAction"] = one_or_list(actions);
        s[chance(90) ? "Resource" : "NotResource"] =
            one_or_list([&] { return resource_pattern(); });
        if (chance(50))
            s["Condition"] = condition();
        return s;
    }
    object policy() {
        object p;
        if (chance(90))
            p["Version"] = chance(85) ? "2012-10-17" : "2008-10-17";
        if (chance(30)) {
            p["Statement"] = statement();
        } else {
            array all;
            for (int n = 1 + below(3); n > 0; --n)
                all.push_back(statement());
            p["Statement"] = all;
        }
        return p;
    }
};

} // namespace

TEST_CASE("the engine decides as the oracle does, and its explanation as itself") {
    // COGNIOT_ROUNDS=1000000 for a long run; a failure prints a row for tests/vectors/policy.
    auto const* rounds_wanted = std::getenv("COGNIOT_ROUNDS");
    long const rounds = rounds_wanted != nullptr ? std::atol(rounds_wanted) : 3'000;
    generator make(20'261'122);
    policy::document_cache cache;
    std::map<std::string, int> seen;
    for (long i = 0; i < rounds; ++i) {
        auto const line = make.line();
        auto const text = boost::json::serialize(line);
        auto const answer = policy::evaluate_line(text, policy::kind::any, cache);
        CAPTURE(text);
        CAPTURE(boost::json::serialize(answer));
        REQUIRE(answer.contains("decision"));
        std::string const decision(answer.at("decision").as_string());
        REQUIRE(decision == test::decide_slowly(line));
        ++seen[decision];

        auto const what = line.contains("kind") ? policy::kind::iot : policy::kind::any;
        std::vector<policy::document> documents;
        std::vector<policy::named_document> named;
        for (auto const& p : line.at("policies").as_array()) {
            auto parsed = policy::document::parse(boost::json::serialize(p), what);
            REQUIRE(parsed.has_value());
            documents.push_back(std::move(*parsed));
        }
        for (auto const& d : documents)
            named.push_back({"p", &d});
        policy::context facts;
        for (auto const& [key, v] : line.at("context").as_object()) {
            if (v.is_string()) {
                facts.set(key, std::string(v.as_string()));
                continue;
            }
            std::vector<std::string> all;
            for (auto const& item : v.as_array())
                all.emplace_back(item.as_string());
            facts.set_list(key, std::move(all));
        }
        policy::request const asked{line.at("action").as_string(), line.at("resource").as_string(),
                                    facts};
        REQUIRE(policy::print(policy::decide(named, asked)) == decision);

        // The telling statement is one that decided, or an Allow that did not match.
        auto const why = policy::explain(named, asked);
        for (auto const& t : why.statements) {
            REQUIRE(t.matched == (t.why_not.failed == policy::miss::clause::none));
            REQUIRE(t.why_not.agreed_in_actual <=
                    std::max(t.why_not.actual.size(), std::size_t{0}));
        }
        if (why.telling) {
            auto const& t = why.statements[*why.telling];
            REQUIRE(t.matched == (why.decision != policy::effect::implicit_deny));
            REQUIRE(t.allows == (why.decision != policy::effect::explicit_deny));
        } else {
            REQUIRE(why.decision == policy::effect::implicit_deny);
        }
    }
    // The generator is worth its time only if every answer is common.
    for (auto const* decision : {"allow", "implicit_deny", "explicit_deny"})
        CHECK(seen[decision] > rounds / 20);
}
