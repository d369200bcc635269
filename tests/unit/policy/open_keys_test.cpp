// On which unknown context keys a decision hangs. What holds whatever they are, is certain.
// @source IAM user guide, "Policy evaluation logic" (an explicit deny, then an allow, else an
// implicit deny), "Condition operators" (Null, …IfExists), "Policy variables"; AWS IoT developer
// guide, "AWS IoT Core policy variables"
#include "base/text.hpp"
#include "policy/open_keys.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using policy::kind;

namespace {

constexpr auto allow_all = R"({"Effect":"Allow","Action":"iot:*","Resource":"*"})";
constexpr auto allow_from_office = R"({"Effect":"Allow","Action":"iot:*","Resource":"*",)"
                                   R"("Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}})";
constexpr auto deny_from_elsewhere =
    R"({"Effect":"Deny","Action":"*","Resource":"*",)"
    R"("Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}})";
constexpr auto deny_without_address = R"({"Effect":"Deny","Action":"*","Resource":"*",)"
                                      R"("Condition":{"Null":{"aws:SourceIp":"true"}}})";
constexpr auto deny_all = R"({"Effect":"Deny","Action":"*","Resource":"*"})";
constexpr auto allow_own_address =
    R"({"Effect":"Allow","Action":"iot:*","Resource":)"
    R"("arn:aws:iot:ap-northeast-1:123456789012:topic/${aws:SourceIp}/*"})";
constexpr auto allow_all_but_own_address =
    R"({"Effect":"Allow","Action":"iot:*","NotResource":)"
    R"("arn:aws:iot:ap-northeast-1:123456789012:topic/${aws:SourceIp}/*"})";
constexpr auto allow_other_type =
    R"({"Effect":"Allow","Action":"iot:*","Resource":)"
    R"("arn:aws:iot:ap-northeast-1:123456789012:topicfilter/${aws:SourceIp}/*"})";
constexpr auto allow_for_organisation =
    R"({"Effect":"Allow","Action":"iot:*","Resource":"*",)"
    R"("Condition":{"StringEquals":{"aws:PrincipalOrgID":"${aws:ResourceOrgID}"}}})";
constexpr auto allow_from_office_for_nobody =
    R"({"Effect":"Allow","Action":"iot:*","Resource":"*","Condition":{)"
    R"("IpAddress":{"aws:SourceIp":"10.0.0.0/8"},"StringEquals":{"x:known":"another"}}})";

} // namespace

TEST_CASE("a decision hangs on an unknown key only if another value could change it") {
    struct {
        char const* because;
        std::vector<std::string_view> statements;
        std::string_view keys;
    } const rows[]{
        {"no condition at all", {allow_all}, ""},
        {"the only Allow asks for it", {allow_from_office}, "aws:SourceIp"},
        {"another Allow does not", {allow_from_office, allow_all}, ""},
        {"a Deny holds by its absence", {allow_all, deny_from_elsewhere}, "aws:SourceIp"},
        {"so does Null", {allow_all, deny_without_address}, "aws:SourceIp"},
        {"a Deny without condition decides", {allow_all, deny_from_elsewhere, deny_all}, ""},
        {"nothing could allow it anyway", {deny_from_elsewhere}, ""},
        {"nothing could allow it anyway: wrong type", {allow_other_type}, ""},
        {"nothing could allow it anyway: another condition", {allow_from_office_for_nobody}, ""},
        {"a variable of the resource", {allow_own_address}, "aws:SourceIp"},
        {"a variable of NotResource", {allow_all_but_own_address}, "aws:SourceIp"},
        {"a key and a variable of its value",
         {allow_for_organisation},
         "aws:PrincipalOrgID, aws:ResourceOrgID"},
        {"both sides, each key once", {allow_from_office, deny_from_elsewhere}, "aws:SourceIp"},
    };
    policy::context facts;
    facts.set("x:known", "value");
    auto const known_to_aws = [](std::string_view key) { return key.starts_with("aws:"); };
    for (auto const& row : rows)
        for (auto const what : {kind::iot, kind::any}) {
            CAPTURE(row.because);
            std::string text;
            for (auto const s : row.statements)
                text += (text.empty() ? "" : ",") + std::string(s);
            auto const parsed = policy::document::parse(
                R"({"Version":"2012-10-17","Statement":[)" + text + "]}", what);
            REQUIRE(parsed.has_value());
            policy::named_document const named[]{{"p", &*parsed}};
            policy::request const asked{
                "iot:Publish", "arn:aws:iot:ap-northeast-1:123456789012:topic/127.0.0.1/b", facts};
            std::string keys;
            for (auto const& key : policy::find_open_keys(named, asked, known_to_aws))
                keys += (keys.empty() ? "" : ", ") + key;
            CHECK(keys == row.keys);
            // What nobody knows better is absent for good.
            CHECK(policy::find_open_keys(named, asked, [](auto) { return false; }).empty());
        }
}

TEST_CASE("a key that the request has is not open") {
    policy::context facts;
    facts.set("aws:SourceIp", "127.0.0.1");
    auto const parsed = policy::document::parse(R"({"Version":"2012-10-17","Statement":)" +
                                                    std::string(allow_from_office) + "}",
                                                kind::any);
    REQUIRE(parsed.has_value());
    policy::named_document const named[]{{"p", &*parsed}};
    CHECK(policy::find_open_keys(named, {"iot:Publish", "*", facts}, [](auto) {
              return true;
          }).empty());
}
