#include "client/errors.hpp"
#include "client/settings.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::client;

namespace {

setting_values complete() {
    return {.user_pool_id = "ap-northeast-1_AbCdEfGhI",
            .app_client_id = "6upe6ndundkv7f5i9jlo6a8p2t",
            .identity_pool_id = "ap-northeast-1:11111111-2222-3333-4444-555555555555",
            .iot_endpoint = "abc123-ats.iot.ap-northeast-1.amazonaws.com",
            .iot_policy = "article-policy"};
}

std::string complaint(setting_values const& given, reach how_far = reach::publish) {
    auto const checked = check_settings(given, how_far);
    return checked ? "" : checked.error().detail;
}

} // namespace

TEST_CASE("a complete configuration is taken, with port 443 and TLS by default") {
    auto const checked = check_settings(complete(), reach::publish);
    REQUIRE(checked.has_value());
    CHECK(checked->iot_endpoint ==
          net::origin{true, "abc123-ats.iot.ap-northeast-1.amazonaws.com", 443});
    CHECK(checked->iot_policy == "article-policy");
    auto local = complete();
    local.iot_endpoint = "localhost:4566";
    local.attach_policy = "no";
    auto const at_home = check_settings(local, reach::publish);
    REQUIRE(at_home.has_value());
    CHECK(at_home->iot_endpoint.port == 4566);
    CHECK(at_home->iot_policy.empty());
}

TEST_CASE("what is missing is named by flag, variable and key, and only when it is needed") {
    CHECK(complaint({}, reach::sign_in) ==
          "`--app-client-id` (or COGNIOT_APP_CLIENT_ID, or `app_client_id` in the config file) is "
          "not set");
    CHECK(complaint({.app_client_id = "a"}, reach::sign_in).empty());
    CHECK(complaint({.app_client_id = "a"}, reach::credentials).find("--identity-pool-id") == 1);
    auto no_endpoint = complete();
    no_endpoint.iot_endpoint.reset();
    CHECK(complaint(no_endpoint).find("describe-endpoint") != std::string::npos);
    CHECK(complaint(no_endpoint, reach::credentials).empty());
}

TEST_CASE("a value in the wrong place is recognised") {
    struct row {
        std::optional<std::string> setting_values::*field;
        char const* value;
        char const* says;
    };
    for (auto const& [field, value, says] : {
             row{&setting_values::iot_endpoint, "https://abc.iot.eu-west-1.amazonaws.com/mqtt",
                 "a URL stands where a host is due; give `abc.iot.eu-west-1.amazonaws.com`"},
             row{&setting_values::iot_endpoint, "localhost:99999", "not HOST or HOST:PORT"},
             row{&setting_values::iot_endpoint, "a host", "not HOST or HOST:PORT"},
             row{&setting_values::iot_endpoint, "c1.credentials.iot.eu-west-1.amazonaws.com",
                 "credential provider"},
             row{&setting_values::user_pool_id,
                 "ap-northeast-1:11111111-2222-3333-4444-555555555555",
                 "this is an identity pool's ID"},
             row{&setting_values::identity_pool_id, "ap-northeast-1_AbCdEfGhI",
                 "this is a user pool's ID"},
             row{&setting_values::attach_policy, "perhaps", "say true or false"},
             row{&setting_values::iot_policy, "a policy", "a policy's name"},
             row{&setting_values::client_id, "$me", "must not start with $"},
             row{&setting_values::app_client_secret_file, "/nowhere/secret", "No such file"},
             row{&setting_values::app_client_secret_file, "/", "Is a directory"},
         }) {
        CAPTURE(value);
        auto given = complete();
        given.*field = value;
        CHECK(complaint(given).find(says) != std::string::npos);
    }
    auto long_id = complete();
    long_id.client_id = std::string(129, 'x');
    CHECK(complaint(long_id).find("128 bytes") != std::string::npos);
}

TEST_CASE("flags come before variables, variables before the file") {
    auto const env = [](std::string_view name) -> std::optional<std::string> {
        if (name == "COGNIOT_IOT_POLICY")
            return "from variable";
        if (name == "COGNIOT_USERNAME")
            return "";
        return {};
    };
    auto const file = read_config_text("iot_policy: from file\nusername: from file\n", "c.yaml");
    REQUIRE(file.has_value());
    auto const both = overlay(read_variables(env), *file);
    CHECK(both.iot_policy == "from variable");
    CHECK(both.username == "from file"); // an empty variable counts as absent
    CHECK(overlay({.iot_policy = "from flag"}, both).iot_policy == "from flag");
}

TEST_CASE("the app client's secret and its file are one setting: the higher layer's way counts") {
    setting_values const file{.app_client_secret = "from file"};
    setting_values const variable{.app_client_secret_file = "/from/variable"};
    setting_values const flag{.app_client_secret = "from flag"};
    auto const low = overlay(variable, file);
    CHECK_FALSE(low.app_client_secret);
    CHECK(low.app_client_secret_file == "/from/variable");
    auto const all = overlay(flag, low);
    CHECK(all.app_client_secret == "from flag");
    CHECK_FALSE(all.app_client_secret_file);
    auto both = complete();
    both.app_client_secret = "s";
    both.app_client_secret_file = "/f";
    CHECK(complaint(both).find("give one of them") != std::string::npos);
}

TEST_CASE("a wrong config file names file, line and key") {
    struct row {
        char const* yaml;
        char const* says;
    };
    for (auto const& [yaml, says] :
         {row{"region: eu-west-1\nuser_pool: x\n",
              "c.yaml:2:1: unknown key `user_pool`; did you mean `user_pool_id`?"},
          row{"region: a\nregion: b\n", "c.yaml:2:1: `region` is set twice"},
          row{"username:\n  - alice\n", "c.yaml:2:3: `username` must be one text"},
          row{"- a\n- b\n", "c.yaml:1:1: the file must be a mapping"},
          row{"region: [\n", "c.yaml:2:1: "}, row{"a: b: c\n", "c.yaml:1:5: "}}) {
        CAPTURE(yaml);
        auto const read = read_config_text(yaml, "c.yaml");
        REQUIRE_FALSE(read.has_value());
        CHECK(read.error().detail.find(says) == 0);
    }
    CHECK(read_config_text("", "c.yaml").has_value());
    auto const nowhere = read_config_file("/nowhere/c.yaml");
    CHECK(nowhere.error().code == make_error_code(errc::config_file_unreadable));
    CHECK(nowhere.error().detail == "`/nowhere/c.yaml`: No such file or directory");
    CHECK(read_config_file("/").error().detail == "`/`: Is a directory");
}

TEST_CASE("the region is read off the ids where none is configured") {
    CHECK(region_of({.user_pool_id = "eu-west-1_x"}) == "eu-west-1");
    CHECK(region_of({.iot_endpoint = "a-ats.iot.us-east-2.amazonaws.com"}) == "us-east-2");
    CHECK(region_of({.iot_endpoint = "localhost:4566"}).empty());
    CHECK(region_of_iot_endpoint("a-ats.iot.cn-north-1.amazonaws.com.cn") == "cn-north-1");
}

TEST_CASE("publishes are paced towards AWS and whatever may be AWS, not towards this machine") {
    struct row {
        char const* endpoint;
        std::optional<std::string> given;
        unsigned limit;
    };
    for (auto const& [endpoint, given, limit] :
         {row{"abc-ats.iot.eu-west-1.amazonaws.com", {}, 80}, row{"iot.example.com", {}, 80},
          row{"localhost:4566", {}, 0}, row{"127.0.0.1:4566", {}, 0}, row{"[::1]:4566", {}, 0},
          row{"127.example.com", {}, 80}, row{"localhost:4566", "10", 10},
          row{"iot.example.com", "0", 0}}) {
        auto settings = complete();
        settings.iot_endpoint = endpoint;
        settings.publishes_per_second = given;
        auto const checked = check_settings(settings, reach::publish);
        REQUIRE(checked.has_value());
        CAPTURE(endpoint);
        CHECK(checked->publishes_per_second == limit);
    }
    auto wrong = complete();
    wrong.publishes_per_second = "-1";
    CHECK(complaint(wrong).find("--publishes-per-second `-1`") == 0);
}
