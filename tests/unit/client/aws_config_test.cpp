#include "client/aws_config.hpp"
#include "client/errors.hpp"
#include "unit/client/aws_config_world.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::client;
using namespace cogniot::test;

namespace {

aws_config load(names variables, names files = {}, config_overrides flags = {},
                config_overrides fallbacks = {}) {
    auto loaded = aws_config::load(world(std::move(variables), std::move(files)), flags, fallbacks);
    REQUIRE_MESSAGE(loaded.has_value(), (loaded ? "" : loaded.error().message()));
    return *loaded;
}

error refusal(names variables, names files = {}) {
    auto loaded = aws_config::load(world(std::move(variables), std::move(files)));
    REQUIRE_FALSE(loaded.has_value());
    return loaded.error();
}

/// The example of the AWS SDKs reference guide, "Service-specific endpoints", with two services.
std::string const local_config = R"([default]
region = eu-west-1
ca_bundle = ~/roots.pem

[profile local]
region = ap-northeast-1 # Tokyo
services = local-services
endpoint_url = http://localhost:4566
max_attempts = 7
retry_mode = Adaptive

[services local-services]
cognito_identity_provider =
  endpoint_url = http://localhost:1111
iot_data_plane =
  endpoint_url = http://localhost:2222
)";

} // namespace

TEST_CASE("with nothing configured there is no region, and AWS's own endpoints") {
    aws_config const config = load({});
    CHECK(config.profile_name() == "default");
    CHECK_FALSE(config.region());
    CHECK_FALSE(config.ca_bundle());
    CHECK(config.max_attempts() == 3);
    CHECK_FALSE(config.configured_endpoint("iot"));
    CHECK(config.endpoint("cognito-idp", "ap-northeast-1") ==
          "https://cognito-idp.ap-northeast-1.amazonaws.com");
    CHECK(config.endpoint("iotdata", "us-east-1") ==
          "https://data-ats.iot.us-east-1.amazonaws.com");
    CHECK(config.endpoint("sts", "cn-north-1") == "https://sts.cn-north-1.amazonaws.com.cn");
    CHECK(config.endpoint("iam", "ap-northeast-1") == "https://iam.amazonaws.com");
}

TEST_CASE("a profile is found by flag, AWS_PROFILE, AWS_DEFAULT_PROFILE, in that order") {
    names const files = {{config_path, local_config + "[profile other]\nregion=us-west-2\n"}};
    CHECK(load({}, files).region() == "eu-west-1");
    CHECK(load({{"AWS_DEFAULT_PROFILE", "local"}}, files).region() == "ap-northeast-1");
    CHECK(load({{"AWS_PROFILE", "other"}, {"AWS_DEFAULT_PROFILE", "local"}}, files).region() ==
          "us-west-2");
    aws_config const by_flag = load({{"AWS_PROFILE", "other"}}, files, {.profile = "local"});
    CHECK(by_flag.profile_name() == "local");
    CHECK(by_flag.is_profile_explicit());
    CHECK_FALSE(load({{"AWS_PROFILE", "other"}}, files).is_profile_explicit());
}

TEST_CASE("a profile that is named must exist") {
    error const e = refusal({{"AWS_PROFILE", "lokal"}}, {{config_path, local_config}});
    CHECK(e.code == make_error_code(errc::setting_unusable));
    CHECK(e.detail ==
          "there is no profile `lokal` in /home/u/.aws/config or /home/u/.aws/credentials");
}

TEST_CASE("region: flag, AWS_REGION, AWS_DEFAULT_REGION, profile") {
    names const files = {{config_path, local_config}};
    CHECK(load({{"AWS_REGION", "r1"}, {"AWS_DEFAULT_REGION", "r2"}}, files, {.region = "r0"})
              .region() == "r0");
    CHECK(load({{"AWS_REGION", "r1"}, {"AWS_DEFAULT_REGION", "r2"}}, files).region() == "r1");
    CHECK(load({{"AWS_REGION", ""}, {"AWS_DEFAULT_REGION", "r2"}}, files).region() == "r2");
    CHECK(load({}, files).region() == "eu-west-1");
}

TEST_CASE("the files can stand elsewhere, and a missing file is no error") {
    CHECK(load({{"AWS_CONFIG_FILE", "/etc/c"}}, {{"/etc/c", "[default]\nregion=x"}}).region() ==
          "x");
    CHECK(load({{"AWS_CONFIG_FILE", "~/c"}}, {{"/home/u/c", "[default]\nregion=x"}}).region() ==
          "x");
    CHECK_FALSE(load({{"AWS_CONFIG_FILE", "/none"}}, {{config_path, local_config}}).region());
}

TEST_CASE("the credentials file's keys win over the config file's, one by one") {
    aws_config const config = load(
        {}, {{config_path, "[default]\naws_access_key_id=A\nregion=r\n"},
             {credentials_path, "[default]\naws_access_key_id = B\naws_secret_access_key=S=/+\n"}});
    CHECK(config.find("aws_access_key_id") == "B");
    CHECK(config.find("aws_secret_access_key") == "S=/+");
    CHECK(config.find("region") == "r");
}

TEST_CASE("an endpoint: flag, its own variable, AWS_ENDPOINT_URL, services section, profile") {
    names const files = {{config_path, local_config}};
    names variables = {{"AWS_PROFILE", "local"}};
    auto const endpoint = [&](char const* service, config_overrides overrides = {}) {
        return load(variables, files, overrides).configured_endpoint(service);
    };
    CHECK(endpoint("iot") == "http://localhost:4566");
    CHECK(endpoint("cognito-idp") == "http://localhost:1111");
    CHECK(endpoint("iotdata") == "http://localhost:2222");
    variables["AWS_ENDPOINT_URL"] = "http://all";
    CHECK(endpoint("cognito-idp") == "http://all");
    variables["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"] = "http://idp";
    variables["AWS_ENDPOINT_URL_COGNITO_IDENTITY"] = "http://identity";
    variables["AWS_ENDPOINT_URL_IOT"] = "http://iot";
    variables["AWS_ENDPOINT_URL_IOT_DATA_PLANE"] = "http://data";
    variables["AWS_ENDPOINT_URL_STS"] = "http://sts";
    CHECK(endpoint("cognito-idp") == "http://idp");
    CHECK(endpoint("cognito-identity") == "http://identity");
    CHECK(endpoint("iot") == "http://iot");
    CHECK(endpoint("iotdata") == "http://data");
    CHECK(endpoint("sts") == "http://sts");
    CHECK(endpoint("logs") == "http://all");
    CHECK(endpoint("iot", {.endpoint_url = "http://flag"}) == "http://flag");
    variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "True";
    CHECK_FALSE(endpoint("iot"));
    CHECK(endpoint("iot", {.endpoint_url = "http://flag"}) == "http://flag");
}

TEST_CASE("fallbacks come after every variable and before AWS's files") {
    names const files = {{config_path, local_config}};
    config_overrides const fallbacks{.profile = "local",
                                     .region = "r-fallback",
                                     .endpoint_url = "http://fallback",
                                     .ca_bundle = "/fallback.pem"};
    auto const plain = load({}, files, {}, fallbacks);
    CHECK(plain.profile_name() == "local");
    CHECK(plain.region() == "r-fallback");
    CHECK(plain.ca_bundle() == "/fallback.pem");
    CHECK(plain.configured_endpoint("cognito-idp") == "http://fallback");
    CHECK_FALSE(plain.is_profile_explicit()); // AWS_ACCESS_KEY_ID counts, as with AWS_PROFILE

    names const variables = {{"AWS_DEFAULT_PROFILE", "default"},
                             {"AWS_DEFAULT_REGION", "r-variable"},
                             {"AWS_CA_BUNDLE", "/variable.pem"},
                             {"AWS_ENDPOINT_URL_IOT", "http://iot"}};
    auto const both = load(variables, files, {}, fallbacks);
    CHECK(both.profile_name() == "default");
    CHECK(both.region() == "r-variable");
    CHECK(both.ca_bundle() == "/variable.pem");
    CHECK(both.configured_endpoint("iot") == "http://iot");
    CHECK(both.configured_endpoint("sts") == "http://fallback");
    CHECK(load({}, files, {.profile = "local"}).is_profile_explicit());
}

TEST_CASE("ignore_configured_endpoint_urls in the file gives way to the variable") {
    names const files = {{config_path, "[default]\nignore_configured_endpoint_urls = true\n"
                                       "endpoint_url = http://x\n"}};
    CHECK_FALSE(load({}, files).configured_endpoint("iot"));
    CHECK(load({{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false"}}, files)
              .configured_endpoint("iot") == "http://x");
}

TEST_CASE("CA bundle and retries come from variable or file") {
    names const files = {{config_path, local_config}};
    CHECK(load({}, files).ca_bundle() == "/home/u/roots.pem");
    CHECK(load({{"AWS_CA_BUNDLE", "/ca.pem"}}, files).ca_bundle() == "/ca.pem");
    CHECK(load({{"AWS_CA_BUNDLE", "/ca.pem"}}, files, {.ca_bundle = "/flag.pem"}).ca_bundle() ==
          "/flag.pem");
    aws_config const local = load({{"AWS_PROFILE", "local"}}, files);
    CHECK(local.max_attempts() == 7);
    CHECK(load({{"AWS_PROFILE", "local"}, {"AWS_MAX_ATTEMPTS", "1"}}, files).max_attempts() == 1);
    CHECK(load({{"AWS_RETRY_MODE", "legacy"}}).max_attempts() == 5);
}

TEST_CASE("a setting that cannot be used is refused with its place") {
    struct row {
        names variables;
        std::string config;
        std::string_view detail;
    };
    for (auto const& [variables, config, detail] : {
             row{{{"AWS_MAX_ATTEMPTS", "0"}},
                 "",
                 "`0` in AWS_MAX_ATTEMPTS is not a number from 1 "
                 "to 100"},
             row{{},
                 "[default]\nmax_attempts = many",
                 "`many` in `max_attempts` of profile `default` is not a number from 1 to 100"},
             row{{{"AWS_RETRY_MODE", "brave"}},
                 "",
                 "`brave` in AWS_RETRY_MODE is not legacy, standard or adaptive"},
             row{{{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "1"}},
                 "",
                 "`1` in AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is not true or false"},
             row{{},
                 "[default]\nservices = mine",
                 "profile `default` names the section `[services mine]`, which does not exist"},
             row{{},
                 "region = x",
                 "`/home/u/.aws/config`, line 1: a setting stands before the "
                 "first `[section]`"},
             row{{}, "\n[default", "`/home/u/.aws/config`, line 2: the section's `[` has no `]`"},
             row{{},
                 "[default]\n# fine\nregion",
                 "`/home/u/.aws/config`, line 3: a setting is "
                 "written `key = value`"},
             row{{},
                 "[default]\ns3 =\n  fast",
                 "`/home/u/.aws/config`, line 3: a setting in the "
                 "block `s3` is written `key = value`"},
         }) {
        CAPTURE(config);
        CHECK(refusal(variables, {{config_path, config}}).detail == detail);
    }
}

TEST_CASE("files are read as AWS's tools write them") {
    aws_config const config =
        load({{"AWS_PROFILE", "my profile"}},
             {{config_path, "\xEF\xBB\xBF[profile \"my  profile\"]\r\nRegion=a\r\n; comment\r\n"
                            "credential_process = /bin/x --a=b\r\n s3 = \r\n"
                            "[ profile   my  profile ]\noutput = json\n"
                            "[preview]\nregion = wrong\n"
                            "[plugins]\ncli = x\n"}});
    CHECK(config.find("region") == "a");
    CHECK(config.find("output") == "json");
    CHECK(config.find("credential_process") == "/bin/x --a=b\ns3 =");
    CHECK_FALSE(config.find("cli"));
}

TEST_CASE("[profile default] wins over [default] in the config file") {
    CHECK(
        load({}, {{config_path, "[profile default]\nregion=a\n[default]\nregion=b\n"}}).region() ==
        "a");
}
