#include "cli/connection_flags.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <map>

using namespace cogniot;
using namespace cogniot::cli;

namespace {

client::environment variables(std::map<std::string, std::string> all) {
    return [all = std::move(all)](std::string_view name) -> std::optional<std::string> {
        auto const found = all.find(std::string(name));
        if (found == all.end())
            return {};
        return found->second;
    };
}

struct config_file {
    test::temporary_directory folder{};
    std::string path = folder.path() / "cogniot.yaml";
    explicit config_file(std::string const& text) { std::ofstream(path) << text; }
};

} // namespace

TEST_CASE("flags before variables before the file; AWS's own variables before the file too") {
    config_file const file("username: file\nregion: eu-west-1\nendpoint_url: https://file\n"
                           "iot_policy: file\n");
    connection_flags flags;
    flags.config_file = file.path;
    flags.given.iot_policy = "flag";
    auto const got =
        resolve(flags, variables({{"COGNIOT_USERNAME", "variable"}, {"AWS_REGION", "us-east-1"}}));
    REQUIRE(got.has_value());
    CHECK(got->values.iot_policy == "flag");
    CHECK(got->values.username == "variable");
    CHECK_FALSE(got->flags.region); // AWS_REGION comes between the two
    CHECK(got->fallbacks.region == "eu-west-1");
    CHECK(got->fallbacks.endpoint_url == "https://file");

    flags.given.region = "ap-northeast-1";
    CHECK(resolve(flags, variables({}))->flags.region == "ap-northeast-1");
    CHECK(resolve(flags, variables({}))->values.username == "file");
}

TEST_CASE("COGNIOT_CONFIG names the file when no flag does") {
    config_file const file("username: file\n");
    CHECK(resolve({}, variables({{"COGNIOT_CONFIG", file.path}}))->values.username == "file");
    auto const gone = resolve({}, variables({{"COGNIOT_CONFIG", "/nowhere.yaml"}}));
    REQUIRE_FALSE(gone.has_value());
    CHECK(gone.error().detail.find("/nowhere.yaml") != std::string::npos);
}

TEST_CASE("--no-attach-policy is stronger than any file") {
    connection_flags flags;
    flags.no_attach_policy = true;
    CHECK(resolve(flags, variables({{"COGNIOT_ATTACH_POLICY", "true"}}))->values.attach_policy ==
          "false");
}
