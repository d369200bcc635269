// Which role an identity gets, as rows. @source spec cognito-iam-sigv4 4.4; Cognito developer
// guide, "Using role-based access control"
#include "cloud/cognito_identity/role_selection.hpp"
#include "json/parse.hpp"

#include <boost/json/object.hpp>
#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace cogniot;
namespace pools = cogniot::cloud::cognito_identity;

namespace {

using rule = pools::mapping_rule;
using match = pools::mapping_rule::match;
using mapping = pools::role_mapping;

mapping by_token(mapping::ambiguity a) {
    return {.what = mapping::type::token, .if_ambiguous = a};
}
mapping by_rules(std::vector<rule> rules, mapping::ambiguity a = mapping::ambiguity::deny) {
    return {.what = mapping::type::rules, .if_ambiguous = a, .rules = std::move(rules)};
}

constexpr auto deny = mapping::ambiguity::deny;
constexpr auto fall_back = mapping::ambiguity::authenticated_role;

} // namespace

TEST_CASE("role selection, row by row") {
    struct row {
        std::string_view id;
        std::optional<mapping> how;
        std::string_view claims;
        std::string_view custom;
        /// A role, or the error's code.
        std::string_view expected;
    };
    std::vector<rule> const by_department{
        {"custom:dept", match::equals, "eng", "engineer"},
        {"custom:dept", match::starts_with, "sal", "seller"},
        {"email", match::contains, "@example.com", "insider"},
        {"cognito:groups", match::contains, "admins", "admin"},
        {"status", match::not_equal, "new", "known"},
    };
    constexpr std::string_view two = R"({"cognito:roles":["a","b"]})";
    row const rows[]{
        {"default", {}, "{}", "", "authenticated"},
        {"default/custom-equal", {}, "{}", "authenticated", "authenticated"},
        {"default/custom-other", {}, "{}", "a", "NotAuthorizedException"},

        {"token/preferred", by_token(deny),
         R"({"cognito:roles":["a","b"],"cognito:preferred_role":"b"})", "", "b"},
        {"token/one", by_token(deny), R"({"cognito:roles":["a"]})", "", "a"},
        {"token/tie-deny", by_token(deny), two, "", "NotAuthorizedException"},
        {"token/tie-default", by_token(fall_back), two, "", "authenticated"},
        {"token/none-deny", by_token(deny), "{}", "", "NotAuthorizedException"},
        {"token/none-default", by_token(fall_back), "{}", "", "authenticated"},
        {"token/custom", by_token(deny), two, "b", "b"},
        {"token/custom-beats-preferred", by_token(deny),
         R"({"cognito:roles":["a","b"],"cognito:preferred_role":"b"})", "a", "a"},
        {"token/custom-not-in-token", by_token(fall_back), two, "c", "NotAuthorizedException"},

        {"rules/equals", by_rules(by_department), R"({"custom:dept":"eng"})", "", "engineer"},
        {"rules/equals-is-whole", by_rules(by_department), R"({"custom:dept":"engine"})", "",
         "NotAuthorizedException"},
        {"rules/starts-with", by_rules(by_department), R"({"custom:dept":"sales"})", "", "seller"},
        {"rules/contains-text", by_rules(by_department), R"({"email":"a@example.com"})", "",
         "insider"},
        {"rules/contains-element", by_rules(by_department),
         R"({"cognito:groups":["users","admins"]})", "", "admin"},
        {"rules/contains-part-of-element", by_rules(by_department),
         R"({"cognito:groups":["badmins"]})", "", "NotAuthorizedException"},
        {"rules/not-equal", by_rules(by_department), R"({"status":"old"})", "", "known"},
        {"rules/not-equal-missing-claim", by_rules(by_department), "{}", "",
         "NotAuthorizedException"},
        {"rules/first-match-wins", by_rules(by_department),
         R"({"email":"a@example.com","custom:dept":"eng"})", "", "engineer"},
        {"rules/custom-of-a-later-match", by_rules(by_department),
         R"({"email":"a@example.com","custom:dept":"eng"})", "insider", "insider"},
        {"rules/custom-of-no-match", by_rules(by_department), R"({"custom:dept":"eng"})", "insider",
         "NotAuthorizedException"},
        {"rules/none-default", by_rules(by_department, fall_back), "{}", "", "authenticated"},
        {"rules/boolean-claim", by_rules({{"email_verified", match::equals, "true", "verified"}}),
         R"({"email_verified":true})", "", "verified"},
    };
    for (auto const& row : rows) {
        pools::pool p{.id = "ap-northeast-1:pool",
                      .authenticated_role = "authenticated",
                      .unauthenticated_role = "guest"};
        if (row.how)
            p.mappings.emplace("provider:client", *row.how);
        pools::verified_login const login{.provider = "provider",
                                          .client_id = "client",
                                          .subject = "s",
                                          .claims = json::parse_object(row.claims).value()};
        std::optional<std::string_view> const custom =
            row.custom.empty() ? std::nullopt : std::optional(row.custom);
        auto const selected = pools::select_role(
            {.from = p, .login = &login, .custom_role = custom, .identity_id = "i"});
        CHECK_MESSAGE((selected ? selected->arn : selected.error().code) == row.expected, row.id);
    }
}

TEST_CASE("a mapping counts for its own app client only; guests have no mapping") {
    pools::pool p{.id = "ap-northeast-1:pool",
                  .authenticated_role = "authenticated",
                  .unauthenticated_role = "guest"};
    p.mappings.emplace("provider:client", by_token(deny));
    pools::verified_login const other{.provider = "provider", .client_id = "other"};
    CHECK(pools::select_role({.from = p, .login = &other}).value().arn == "authenticated");
    CHECK(pools::select_role({.from = p}).value().arn == "guest");
    p.unauthenticated_role.clear();
    CHECK(pools::select_role({.from = p}).error().code ==
          "InvalidIdentityPoolConfigurationException");
}
