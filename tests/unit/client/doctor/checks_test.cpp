#include "client/doctor/checks.hpp"
#include "client/errors.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::client;
using namespace cogniot::client::doctor;
using namespace std::chrono_literals;

namespace {

json::object of(std::string_view text) {
    return json::parse_object(text).value();
}

bool has(std::string const& text, std::string_view words) {
    return text.find(words) != std::string::npos;
}

constexpr std::string_view provider = "cognito-idp.r.amazonaws.com/r_p";
constexpr std::string_view pool_id = "ap-northeast-1:11112222-3333-4444-5555-666677778888";
constexpr std::string_view identity = "ap-northeast-1:aaaabbbb-3333-4444-5555-666677778888";

} // namespace

TEST_CASE("a clock is wrong from five minutes on, as AWS refuses signatures then (spec iot-broker "
          "1.6)") {
    struct row {
        std::optional<std::chrono::milliseconds> ahead;
        verdict how;
        std::string_view says;
    };
    for (auto const& r :
         {row{{}, verdict::not_available, "Date"}, row{300ms, verdict::passed, "within a second"},
          row{-30s, verdict::passed, "30 s ahead of"},
          row{299s, verdict::passed, "4 min 59 s behind"},
          row{300s, verdict::failed, "5 min 0 s behind"},
          row{-2h, verdict::failed, "2 h 0 min ahead of"}}) {
        CAPTURE(r.says);
        auto const f = check_clock(r.ahead);
        CHECK(f.how == r.how);
        CHECK(has(f.says, r.says));
        CHECK((f.code == make_error_code(errc::clock_skewed)) == (r.how == verdict::failed));
    }
}

TEST_CASE("the app client allows the flow and its secret is the configured one (spec "
          "cognito-iam-sigv4 3.4, 3.6)") {
    struct row {
        char const* id;
        std::string_view description;
        char const* configured;
        verdict how;
        errc code;
        std::string_view says;
    };
    auto const any = errc::stopped;
    for (auto const& r : {
             row{"new name",
                 R"({"ExplicitAuthFlows":["ALLOW_USER_PASSWORD_AUTH"],"ClientSecret":"s"})", "s",
                 verdict::passed, any, "the secret is right"},
             row{"legacy name, no secret", R"({"ExplicitAuthFlows":["USER_PASSWORD_AUTH"]})", "",
                 verdict::passed, any, "no secret"},
             row{"AWS's default flows",
                 R"({"ExplicitAuthFlows":["ALLOW_REFRESH_TOKEN_AUTH","ALLOW_USER_SRP_AUTH"]})", "",
                 verdict::failed, errc::flow_not_enabled, "USER_PASSWORD_AUTH"},
             row{"no flows at all", "{}", "", verdict::failed, errc::flow_not_enabled,
                 "USER_PASSWORD_AUTH"},
             row{"another secret",
                 R"({"ExplicitAuthFlows":["ALLOW_USER_PASSWORD_AUTH"],"ClientSecret":"s"})",
                 "other", verdict::failed, errc::secret_hash_refused, "not the one"},
             row{"secret not configured",
                 R"({"ExplicitAuthFlows":["ALLOW_USER_PASSWORD_AUTH"],"ClientSecret":"s"})", "",
                 verdict::failed, errc::secret_hash_refused, "none is configured"},
             row{"secret configured for a client without",
                 R"({"ExplicitAuthFlows":["ALLOW_USER_PASSWORD_AUTH"]})", "s", verdict::failed,
                 errc::secret_hash_refused, "has no secret"},
         }) {
        CAPTURE(r.id);
        auto const f = check_app_client({"id", secret(r.configured)}, of(r.description));
        CHECK(f.how == r.how);
        CHECK(has(f.says, r.says));
        CHECK(f.remedy.empty() == (r.how == verdict::passed));
        if (r.how == verdict::failed)
            CHECK(f.code == make_error_code(r.code));
    }
}

TEST_CASE("the token's issuer and audience are one provider of the identity pool (spec "
          "cognito-iam-sigv4 4.1, 4.2)") {
    struct row {
        char const* id;
        std::string_view providers;
        verdict how;
        std::string_view says;
    };
    for (auto const& r : {
             row{"there",
                 R"([{"ProviderName":"cognito-idp.r.amazonaws.com/r_x","ClientId":"app"},)"
                 R"({"ProviderName":"cognito-idp.r.amazonaws.com/r_p","ClientId":"app"}])",
                 verdict::passed, "is a provider"},
             row{"none", "[]", verdict::failed, "not among the providers"},
             row{"another pool",
                 R"([{"ProviderName":"cognito-idp.r.amazonaws.com/r_x","ClientId":"app"}])",
                 verdict::failed, "`cognito-idp.r.amazonaws.com/r_x`"},
             row{"another app client of this pool",
                 R"([{"ProviderName":"cognito-idp.r.amazonaws.com/r_p","ClientId":"web"}])",
                 verdict::failed, "for app client `web`, not for `app`"},
         }) {
        CAPTURE(r.id);
        json::object pool{{"IdentityPoolId", pool_id}};
        pool["CognitoIdentityProviders"] = json::parse(r.providers).value();
        auto const f = check_provider(pool, std::string(provider), "app");
        CHECK(f.how == r.how);
        CHECK(has(f.says, r.says));
        CHECK(has(f.remedy, "update-identity-pool") == (r.how == verdict::failed));
    }
}

TEST_CASE("which role and why (spec cognito-iam-sigv4 4.4)") {
    constexpr std::string_view standard = "arn:aws:iam::123456789012:role/standard";
    struct row {
        char const* id;
        /// Of the provider; empty for none.
        std::string_view mapping;
        std::string_view claims;
        std::string_view role;
        std::string_view says;
    };
    for (
        auto const& r : {
            row{"no mapping", "", "{}", standard, "default"},
            row{"token names it", R"({"Type":"Token","AmbiguousRoleResolution":"Deny"})",
                R"({"cognito:preferred_role":"arn:aws:iam::123456789012:role/p",)"
                R"("cognito:roles":["arn:aws:iam::123456789012:role/q"]})",
                "arn:aws:iam::123456789012:role/p", "cognito:preferred_role"},
            row{"token has just one", R"({"Type":"Token","AmbiguousRoleResolution":"Deny"})",
                R"({"cognito:roles":["arn:aws:iam::123456789012:role/q"]})",
                "arn:aws:iam::123456789012:role/q", "only one"},
            row{"a tie, resolved",
                R"({"Type":"Token","AmbiguousRoleResolution":"AuthenticatedRole"})",
                R"({"cognito:roles":["arn:aws:iam::123456789012:role/q",)"
                R"("arn:aws:iam::123456789012:role/r"]})",
                standard, "AmbiguousRoleResolution takes the pool's default"},
            row{"no role in the token, denied",
                R"({"Type":"Token","AmbiguousRoleResolution":"Deny"})", "{}", "",
                "AmbiguousRoleResolution is Deny"},
            row{"the second rule fits",
                R"({"Type":"Rules","AmbiguousRoleResolution":"Deny","RulesConfiguration":{"Rules":[)"
                R"({"Claim":"email","MatchType":"Equals","Value":"x","RoleARN":)"
                R"("arn:aws:iam::123456789012:role/a"},)"
                R"({"Claim":"custom:kind","MatchType":"StartsWith","Value":"adm","RoleARN":)"
                R"("arn:aws:iam::123456789012:role/b"}]}})",
                R"({"custom:kind":"admin"})", "arn:aws:iam::123456789012:role/b",
                "rule 2 of the role mapping fits: claim `custom:kind`"},
        }) {
        CAPTURE(r.id);
        json::object roles{{"Roles", json::object{{"authenticated", standard}}}};
        if (!r.mapping.empty())
            roles["RoleMappings"] = json::object{{std::string(provider) + ":app", of(r.mapping)}};
        auto const choice =
            choose_role(roles, std::string(pool_id), std::string(provider), "app", of(r.claims));
        CAPTURE(choice.found.says);
        CHECK(choice.role_arn == r.role);
        CHECK((choice.found.how == verdict::passed) == !r.role.empty());
        CHECK(has(choice.found.says, r.says));
    }
    auto const none = choose_role(of("{}"), std::string(pool_id), std::string(provider), "app", {});
    CHECK(none.found.how == verdict::failed);
    CHECK(has(none.found.says, "no authenticated role"));
}

TEST_CASE("a user without a role is told what gives one: nothing that the mapping does not look at "
          "(spec cognito-iam-sigv4 4.4)") {
    constexpr std::string_view token = R"({"Type":"Token","AmbiguousRoleResolution":"Deny"})";
    struct row {
        char const* id;
        std::string_view mapping;
        std::string_view claims;
        std::string_view role;
        std::string_view helps;
        bool names_default;
    };
    for (
        auto const& r : {
            row{"no role in the token", token, "{}", "arn:aws:iam::123456789012:role/d",
                "put the user into a group that has a role", false},
            row{"a tie", token,
                R"({"cognito:roles":["arn:aws:iam::123456789012:role/q",)"
                R"("arn:aws:iam::123456789012:role/r"]})",
                "arn:aws:iam::123456789012:role/d", "a lower Precedence", false},
            row{"no rule fits",
                R"({"Type":"Rules","AmbiguousRoleResolution":"Deny","RulesConfiguration":{"Rules":[)"
                R"({"Claim":"email","MatchType":"Equals","Value":"x","RoleARN":)"
                R"("arn:aws:iam::123456789012:role/a"}]}})",
                "{}", "arn:aws:iam::123456789012:role/d", "add a rule", false},
            row{"the default is asked for, and there is none",
                R"({"Type":"Token","AmbiguousRoleResolution":"AuthenticatedRole"})", "{}", "",
                "--roles authenticated=ROLE_ARN`, with the --role-mappings", true},
            row{"no mapping, no default", "", "{}", "", "--roles authenticated=ROLE_ARN`", true},
        }) {
        CAPTURE(r.id);
        json::object roles{{"Roles", json::object()}};
        if (!r.role.empty())
            roles["Roles"].as_object()["authenticated"] = r.role;
        if (!r.mapping.empty())
            roles["RoleMappings"] = json::object{{std::string(provider) + ":app", of(r.mapping)}};
        auto const found =
            choose_role(roles, std::string(pool_id), std::string(provider), "app", of(r.claims))
                .found;
        CAPTURE(found.says);
        CAPTURE(found.remedy);
        CHECK(found.how == verdict::failed);
        CHECK(has(found.remedy, r.helps));
        CHECK(has(found.remedy, "authenticated=ROLE_ARN") == r.names_default);
        // Under Deny the default comes into play only by the other resolution.
        CHECK(has(found.remedy, "AuthenticatedRole") == !r.names_default);
    }
}

TEST_CASE("whether the trust policy fits: pool, kind of user, who, action (spec cognito-iam-sigv4 "
          "4.7)") {
    struct row {
        char const* id;
        std::string_view statement;
        bool fits;
        std::string_view says;
    };
    std::string const good =
        R"("Condition":{"StringEquals":{"cognito-identity.amazonaws.com:aud":")" +
        std::string(pool_id) +
        R"("},"ForAnyValue:StringLike":{"cognito-identity.amazonaws.com:amr":"authenticated"}})";
    std::string const who = R"("Principal":{"Federated":"cognito-identity.amazonaws.com"},)";
    std::string const does = R"("Action":"sts:AssumeRoleWithWebIdentity")";
    auto const with = [&](std::string const& from, std::string const& to) {
        auto text = who + does + "," + good;
        text.replace(text.find(from), from.size(), to);
        return text;
    };
    std::string const rows[] = {
        who + does + "," + good,
        with(std::string(pool_id), "ap-northeast-1:00000000-0000-0000-0000-000000000000"),
        with("\"authenticated\"", "\"unauthenticated\""),
        with("\"authenticated\"", "\"cognito-idp.r.amazonaws.com/r_p\""),
        with("cognito-identity.amazonaws.com\"}", "accounts.google.com\"}"),
        with("sts:AssumeRoleWithWebIdentity", "sts:AssumeRole"),
    };
    for (auto const& r : {row{"fits", rows[0], true, "trusts"},
                          row{"another pool", rows[1], false, "cognito-identity.amazonaws.com:aud"},
                          row{"guests", rows[2], false, "cognito-identity.amazonaws.com:amr"},
                          row{"by provider, which amr names too", rows[3], true, "trusts"},
                          row{"another identity provider", rows[4], false, "Federated"},
                          row{"another way in", rows[5], false, "sts:AssumeRole"}}) {
        CAPTURE(r.id);
        role_description const role{
            .name = "r",
            .id = "AROA",
            .arn = "arn:aws:iam::1:role/r",
            .trust = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)" +
                     std::string(r.statement) + "}]}"};
        auto const f = check_trust(role, std::string(pool_id), std::string(identity),
                                   make_amr({.sub = "s", .provider = std::string(provider)}));
        CAPTURE(f.says);
        CHECK((f.how == verdict::passed) == r.fits);
        CHECK(has(f.says, r.says));
        CHECK(has(f.remedy, pool_id) == !r.fits);
    }
}

TEST_CASE(
    "a policy that could not be attached: what helps hangs on why (API reference, AttachPolicy)") {
    struct row {
        error why;
        std::string_view helps;
    };
    for (auto const& r :
         {row{fail(errc::call_not_authorised, "AccessDeniedException"),
              "who may do iot:AttachPolicy"},
          row{fail(errc::policy_not_found, "ResourceNotFoundException"), "`aws iot create-policy`"},
          row{fail(errc::call_refused, "AttachPolicy: LimitExceededException: 10 policies"),
              "`aws iot list-attached-policies --target r:1 --region eu-west-1`"},
          row{fail(errc::backend_credentials_missing), "credentials of the backend"},
          row{fail(errc::backend_credentials_refused, "expired"), "credentials of the backend"},
          row{fail(errc::throttled, "ThrottlingException"), "again"},
          row{fail(errc::service_unavailable, "ServiceUnavailableException"), "again"},
          row{fail(errc::call_refused, "InvalidRequestException"), "see the message"}}) {
        auto const told = mend_attachment(r.why, "p", "r:1", "eu-west-1");
        CAPTURE(told);
        CHECK(has(told, r.helps));
        // Only who may not needs somebody else.
        CHECK(has(told, "somebody") == (r.why.code == make_error_code(errc::call_not_authorised)));
    }
}

TEST_CASE("the IoT endpoint is the account's own, whichever of its names is used") {
    struct row {
        char const* host;
        bool is_fine;
    };
    for (auto const& r :
         {row{"abc-ats.iot.r.amazonaws.com", true}, row{"abc.iot.r.amazonaws.com", true},
          row{"xyz-ats.iot.r.amazonaws.com", false},
          row{"mqtt.example.com", true}, // a domain of one's own
          row{"localhost", true}}) {
        CAPTURE(r.host);
        auto const f = check_iot_endpoint({.host = r.host}, "abc-ats.iot.r.amazonaws.com");
        CHECK(f.has_value() != r.is_fine);
    }
}

TEST_CASE("every refusal of a sign-in has something to do about it") {
    for (auto const e :
         {errc::password_refused, errc::secret_hash_refused, errc::flow_not_enabled,
          errc::challenge_unanswered, errc::user_not_confirmed, errc::user_disabled,
          errc::password_reset_required, errc::sign_in_locked, errc::setting_unusable}) {
        auto const f = explain_sign_in(fail(e, "text"), "alice", {"app", {}});
        CAPTURE(describe(e));
        CHECK(f.how == verdict::failed);
        CHECK(f.code == make_error_code(e));
        CHECK(f.remedy.size() > 20);
    }
}

TEST_CASE("a challenge is answered where it can be: a new password is never set by the doctor") {
    auto const remedy = [](char const* says) {
        return explain_sign_in(fail(errc::challenge_unanswered, says), "alice", {"app", {}}).remedy;
    };
    auto const set = remedy("the user pool asks for NEW_PASSWORD_REQUIRED");
    CHECK(has(set, "`cogniot sign-in` as `alice`"));
    CHECK_FALSE(has(set, "--mfa-code"));
    auto const code = remedy("the user pool asks for SOFTWARE_TOKEN_MFA");
    CHECK(has(code, "--mfa-code"));
    CHECK_FALSE(has(code, "COGNIOT_NEW_PASSWORD"));
}

TEST_CASE("regions that differ are told, and are no fault") {
    job_settings const job{.app = {"app", {}},
                           .identity_pool_id = "eu-west-1:1",
                           .iot_endpoint = {.host = "localhost"}};
    aws_settings const aws{.region = "us-east-1"};
    auto const f = check_configuration(job, aws);
    CHECK(f.how == verdict::passed);
    REQUIRE(f.details.size() == 2);
    CHECK(has(f.details[0], "eu-west-1"));
    CHECK(has(f.details[1], "--user-pool-id"));
}
