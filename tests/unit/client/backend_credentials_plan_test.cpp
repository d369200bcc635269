#include "client/backend_credentials_plan.hpp"
#include "client/errors.hpp"
#include "unit/client/aws_config_world.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::client;
using namespace cogniot::test;

namespace {

result<credential_plan> plan(names variables, std::string config = {}, std::string credentials = {},
                             config_overrides overrides = {}) {
    auto const around = world(std::move(variables), {{config_path, std::move(config)},
                                                     {credentials_path, std::move(credentials)}});
    auto const loaded = aws_config::load(around, std::move(overrides));
    REQUIRE(loaded.has_value());
    return plan_credentials(*loaded, around);
}

template <typename How>
How planned(result<credential_plan> const& made) {
    REQUIRE_MESSAGE(made.has_value(), (made ? "" : made.error().message()));
    REQUIRE(made->source.has_value());
    REQUIRE(std::holds_alternative<How>(made->source->how));
    return std::get<How>(made->source->how);
}

names const keys = {{"AWS_ACCESS_KEY_ID", "AKENV"}, {"AWS_SECRET_ACCESS_KEY", "SKENV"}};
std::string const file_keys = "[default]\naws_access_key_id = AKFILE\naws_secret_access_key = SK\n"
                              "aws_session_token = T\n";

} // namespace

TEST_CASE("the environment comes first, unless a flag names the profile") {
    CHECK(planned<static_keys>(plan(keys, "", file_keys)).found.keys.access_key_id == "AKENV");
    auto const by_flag = plan(keys, "", file_keys, {.profile = "default"});
    auto const found = planned<static_keys>(by_flag).found;
    CHECK(found.keys.access_key_id == "AKFILE");
    CHECK(found.keys.session_token == "T");
    CHECK(found.source == "profile `default`");
    CHECK(by_flag->passed_over.front() ==
          "environment: passed over, because a flag names the profile");
}

TEST_CASE("environment credentials carry their token and expiry") {
    names variables = keys;
    variables["AWS_SECURITY_TOKEN"] = "old";
    CHECK(planned<static_keys>(plan(variables)).found.keys.session_token == "old");
    variables["AWS_SESSION_TOKEN"] = "T";
    variables["AWS_CREDENTIAL_EXPIRATION"] = "2026-01-02T03:04:05Z";
    auto const found = planned<static_keys>(plan(variables)).found;
    CHECK(found.keys.session_token == "T");
    CHECK(found.expires == parse_extended("2026-01-02T03:04:05Z"));
}

TEST_CASE("the order of the chain [botocore create_credential_resolver]") {
    std::string config = "[default]\nrole_arn = arn:r\nsource_profile = base\n"
                         "credential_process = /bin/p\n[profile base]\naws_access_key_id = A\n"
                         "aws_secret_access_key = S\n";
    names variables = {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"},
                       {"AWS_ROLE_ARN", "arn:w"},
                       {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x"}};
    CHECK(planned<assume_role>(plan(variables, config, file_keys)).role_arn == "arn:r");
    config = "[default]\ncredential_process = /bin/p\n";
    auto const web = planned<web_identity>(plan(variables, config, file_keys));
    CHECK(web.role_arn == "arn:w");
    CHECK(web.token_path == "/t");
    variables.erase("AWS_WEB_IDENTITY_TOKEN_FILE");
    planned<static_keys>(plan(variables, config, file_keys));
    CHECK(planned<credential_process>(plan(variables, config)).command == "/bin/p");
    CHECK(planned<container_endpoint>(plan(variables)).url == "http://169.254.170.2/v2/x");
    auto const last = plan({});
    CHECK(planned<instance_metadata>(last).url == "http://169.254.169.254");
    CHECK(last->passed_over ==
          std::vector<std::string>{
              "environment: AWS_ACCESS_KEY_ID is not set", "profile `default`: no role_arn",
              "web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set",
              "profile `default`: no web_identity_token_file",
              "profile `default`: no aws_access_key_id", "profile `default`: no credential_process",
              "container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and "
              "AWS_CONTAINER_CREDENTIALS_FULL_URI are not set"});
    auto const nothing = plan({{"AWS_EC2_METADATA_DISABLED", "true"}});
    REQUIRE(nothing.has_value());
    CHECK_FALSE(nothing->source.has_value());
    CHECK(nothing->passed_over.back() == "instance metadata: AWS_EC2_METADATA_DISABLED is true");
}

TEST_CASE("a role's profile says with what to assume it, through several profiles if need be") {
    std::string const config = "[profile a]\nrole_arn = arn:a\nsource_profile = b\n"
                               "external_id = X\nrole_session_name = me\nduration_seconds = 900\n"
                               "[profile b]\nrole_arn = arn:b\nsource_profile = c\n"
                               "[profile c]\naws_access_key_id = A\naws_secret_access_key = S\n"
                               "[profile self]\nrole_arn = arn:s\nsource_profile = self\n"
                               "aws_access_key_id = A\naws_secret_access_key = S\n"
                               "[profile web]\nrole_arn = arn:w\nweb_identity_token_file = ~/t\n"
                               "[profile env]\nrole_arn = arn:e\ncredential_source = Environment\n"
                               "[profile ecs]\nrole_arn = arn:e\ncredential_source = EcsContainer\n"
                               "[profile ec2]\nrole_arn = arn:e\n"
                               "credential_source = Ec2InstanceMetadata\n";
    auto const role = [&](char const* profile, names variables = {}) {
        return planned<assume_role>(plan(variables, config, "", {.profile = profile}));
    };
    auto const a = role("a");
    CHECK(a.role_arn == "arn:a");
    CHECK(a.external_id == "X");
    CHECK(a.session_name == "me");
    CHECK(a.duration == std::chrono::seconds(900));
    auto const& b = std::get<assume_role>(a.with->how);
    CHECK(b.role_arn == "arn:b");
    CHECK(b.session_name == "cogniot");
    CHECK(std::get<static_keys>(b.with->how).found.keys.access_key_id == "A");
    CHECK(std::holds_alternative<static_keys>(role("self").with->how));
    CHECK(std::get<static_keys>(role("env", keys).with->how).found.keys.access_key_id == "AKENV");
    CHECK(std::holds_alternative<container_endpoint>(
        role("ecs", {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}}).with->how));
    CHECK(std::holds_alternative<instance_metadata>(role("ec2").with->how));
    CHECK(planned<web_identity>(plan({}, config, "", {.profile = "web"})).token_path ==
          "/home/u/t");
}

TEST_CASE("a container's URL may be https, this machine or an agent's address, nothing else") {
    for (char const* url : {"https://example.com/x", "http://localhost:1/x", "http://127.0.0.1/x",
                            "http://127.9.9.9:80/x", "http://[::1]:80/x", "http://169.254.170.2/x",
                            "http://169.254.170.23/v1", "http://[fd00:ec2::23]/v1"})
        CHECK(
            planned<container_endpoint>(plan({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", url}})).url ==
            url);
    for (char const* url :
         {"http://example.com/x", "http://169.254.169.254/", "http://127.evil.com/",
          "http://localhost.evil.com", "ftp://localhost/"}) {
        auto const made = plan({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", url}});
        REQUIRE_FALSE(made.has_value());
        CHECK(made.error().code == make_error_code(errc::setting_unusable));
    }
}

TEST_CASE("instance metadata can be moved and given time") {
    auto const found = planned<instance_metadata>(
        plan({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9/"},
              {"AWS_METADATA_SERVICE_TIMEOUT", "2"},
              {"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "3"}}));
    CHECK(found.url == "http://127.0.0.1:9");
    CHECK(found.timeout == std::chrono::seconds(2));
    CHECK(found.attempts == 3);
    CHECK(planned<instance_metadata>(plan({{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6"}}))
              .url == "http://[fd00:ec2::254]");
}

TEST_CASE("what cannot lead to credentials says why") {
    struct row {
        names variables;
        std::string config;
        std::string_view detail;
    };
    for (auto const& [variables, config, detail] : {
             row{{{"AWS_ACCESS_KEY_ID", "A"}},
                 "",
                 "the environment has half a pair: AWS_SECRET_ACCESS_KEY is not set"},
             row{{},
                 "[default]\naws_secret_access_key = S",
                 "profile `default` has half a pair: aws_access_key_id is missing"},
             row{{},
                 "[default]\nrole_arn = r",
                 "profile `default` has a role_arn, but neither source_profile nor "
                 "credential_source"},
             row{{},
                 "[default]\nrole_arn = r\nsource_profile = a\ncredential_source = Environment",
                 "profile `default` has both source_profile and credential_source"},
             row{{},
                 "[default]\nrole_arn = r\nsource_profile = a",
                 "profile `default` names the source_profile `a`, which does not exist"},
             row{{},
                 "[default]\nrole_arn = r\nsource_profile = a\n[profile a]\nregion = x",
                 "profile `default` names the source_profile `a`, which has no credentials"},
             row{{},
                 "[default]\nrole_arn = r\nsource_profile = a\n[profile a]\nrole_arn = s\n"
                 "source_profile = default",
                 "profile `a` leads in a circle: its source_profile `default` was already on the "
                 "way"},
             row{{},
                 "[default]\nrole_arn = r\ncredential_source = Sky",
                 "profile `default` names the credential_source `Sky`, which is not Environment, "
                 "EcsContainer or Ec2InstanceMetadata"},
             row{{},
                 "[default]\nrole_arn = r\ncredential_source = Environment",
                 "profile `default` names the credential_source `Environment`, but environment: "
                 "AWS_ACCESS_KEY_ID is not set"},
             row{{},
                 "[default]\nrole_arn = r\nsource_profile = default\nduration_seconds = 1\n"
                 "aws_access_key_id = A\naws_secret_access_key = S",
                 "profile `default` has a duration_seconds that is not from 900 to 43200"},
             row{{{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"}},
                 "",
                 "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not"},
             row{{{"AWS_METADATA_SERVICE_TIMEOUT", "soon"}},
                 "",
                 "`soon` in AWS_METADATA_SERVICE_TIMEOUT is not a number from 1 to 60"},
         }) {
        CAPTURE(config);
        auto const made = plan(variables, config);
        REQUIRE_FALSE(made.has_value());
        CHECK(made.error().code == make_error_code(errc::setting_unusable));
        CHECK(made.error().detail == detail);
    }
    CHECK(plan({}, "[default]\nrole_arn = r\nsource_profile = default\nmfa_serial = m")
              .error()
              .detail.starts_with("profile `default` wants a code of an MFA device"));
    CHECK(plan({}, "[default]\nsso_session = s")
              .error()
              .detail.starts_with("profile `default` signs in with IAM Identity Center"));
}
