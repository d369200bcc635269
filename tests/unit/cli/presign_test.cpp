#include "cli/command_line.hpp"
#include "cli/commands.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <sstream>

using namespace cogniot::cli;

namespace {

struct outcome {
    exit_code code;
    std::string out;
    std::string err;
};

void clear_environment() {
    for (char const* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
                             "AWS_REGION", "AWS_DEFAULT_REGION"})
        unsetenv(name);
}

outcome run(std::vector<std::string> arguments) {
    std::vector<std::unique_ptr<command>> commands;
    commands.push_back(make_presign());
    arguments.insert(arguments.begin(), "presign");
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    terminal io{in, out, err, false};
    auto const code = run_command_line(commands, std::move(arguments), io);
    return {code, out.str(), err.str()};
}

/// A whole command line with some flags changed or, with an empty value, left out.
std::vector<std::string> arguments_with(std::vector<std::pair<std::string, std::string>> changes) {
    std::vector<std::pair<std::string, std::string>> flags = {
        {"--endpoint", "a1b2c3d4e5f6g7-ats.iot.ap-northeast-1.amazonaws.com"},
        {"--region", "ap-northeast-1"},
        {"--access-key-id", "AKIDEXAMPLE"},
        {"--secret-access-key", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"},
        {"--at", "2024-01-02T03:04:05Z"}};
    std::vector<std::string> out;
    for (auto const& [flag, value] : flags) {
        std::string used = value;
        std::erase_if(changes, [&, name = flag](auto const& change) {
            if (change.first == name)
                used = change.second;
            return change.first == name;
        });
        if (!used.empty())
            out.insert(out.end(), {flag, used});
    }
    for (auto const& [flag, value] : changes)
        out.insert(out.end(), {flag, value});
    return out;
}

// awscrt 0.16.8 with omit_session_token, the same key and instant.
constexpr std::string_view expected =
    "wss://a1b2c3d4e5f6g7-ats.iot.ap-northeast-1.amazonaws.com/mqtt?"
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20240102"
    "%2Fap-northeast-1%2Fiotdevicegateway%2Faws4_request&X-Amz-Date=20240102T030405Z"
    "&X-Amz-SignedHeaders=host&X-Amz-Expires=86400&X-Amz-Security-Token=TOKEN%2Fabc%2Bdef%3D%3D"
    "&X-Amz-Signature=85bfe6bfc48c17ea66ae47d6c92a5f60c727b14eb845a969099ddf312dd4fc39\n";

} // namespace

TEST_CASE("presign prints awscrt's URL and nothing else") {
    clear_environment();
    auto const done =
        run(arguments_with({{"--session-token", "TOKEN/abc+def=="}, {"--expires", "86400"}}));
    CHECK(done.code == exit_code::ok);
    CHECK(done.out == expected);
    CHECK(done.err == "");
    // The Host header of a wss URL has no :443, so neither has what is signed.
    auto const with_port = run(
        arguments_with({{"--endpoint", "a1b2c3d4e5f6g7-ats.iot.ap-northeast-1.amazonaws.com:443"},
                        {"--session-token", "TOKEN/abc+def=="},
                        {"--expires", "86400"}}));
    CHECK(with_port.out == expected);
}

TEST_CASE("presign takes what no flag says from AWS's environment variables") {
    clear_environment();
    setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", 1);
    setenv("AWS_SESSION_TOKEN", "TOKEN/abc+def==", 1);
    setenv("AWS_DEFAULT_REGION", "ap-northeast-1", 1);
    CHECK(run(arguments_with({{"--region", ""},
                              {"--access-key-id", ""},
                              {"--secret-access-key", ""},
                              {"--expires", "86400"}}))
              .out == expected);
    // A token belongs to its key.
    CHECK(run(arguments_with({{"--expires", "86400"}})).out.find("Security-Token") ==
          std::string::npos);
    clear_environment();
}

TEST_CASE("presign says what is wrong with a flag, and exits with the code of a usage error") {
    clear_environment();
    struct row {
        std::pair<std::string, std::string> change;
        std::string_view says;
    };
    for (auto const& [change, says] : {
             row{{"--endpoint", "https://x.iot.eu-west-1.amazonaws.com/mqtt"},
                 "--endpoint `https://x.iot.eu-west-1.amazonaws.com/mqtt` is a URL; give the host "
                 "alone: `x.iot.eu-west-1.amazonaws.com`"},
             row{{"--endpoint", "host/mqtt"},
                 "--endpoint `host/mqtt` has a path; give the host alone: `host`"},
             row{{"--endpoint", "::1"}, "an IPv6 address goes in brackets"},
             row{{"--endpoint", "[::1"}, "has no closing bracket"},
             row{{"--endpoint", ":8443"}, "has no host"},
             row{{"--endpoint", "h:0"}, "has no port between 1 and 65535"},
             row{{"--endpoint", "h:65536"}, "has no port between 1 and 65535"},
             row{{"--endpoint", "h:mqtt"}, "has no port between 1 and 65535"},
             row{{"--endpoint", "a b"}, "has a character that no host name has"},
             row{{"--endpoint", "user@host"}, "has a character that no host name has"},
             row{{"--endpoint", ""}, "--endpoint is required"},
             row{{"--region", ""}, "no region: give --region or set AWS_REGION"},
             row{{"--region", "a/b"}, "`a/b` is not a region"},
             row{{"--access-key-id", ""}, "no access key"},
             row{{"--access-key-id", "AK/ID"}, "`AK/ID` is not an access key id"},
             row{{"--secret-access-key", ""}, "no secret key"},
             row{{"--service", "iot data"}, "`iot data` is not a service name"},
             row{{"--at", "yesterday"},
                 "--at `yesterday` is not a time such as 2026-01-02T03:04:05Z"},
             row{{"--at", "2026-02-30T00:00:00Z"}, "is not a time"},
             row{{"--expires", "0"}, "--expires"},
             row{{"--expires", "604801"}, "--expires"},
             row{{"--expires", "1h"}, "--expires"},
         }) {
        CAPTURE(change.first);
        CAPTURE(change.second);
        auto const done = run(arguments_with({change}));
        CHECK(done.code == exit_code::usage);
        CHECK(done.out == "");
        CAPTURE(done.err);
        CHECK(done.err.find(says) != std::string::npos);
        CHECK(done.err.find("wJalrXUtnFEMI") == std::string::npos);
    }
}

TEST_CASE("presign accepts hosts of every kind") {
    clear_environment();
    for (std::string endpoint : {"localhost:8443", "127.0.0.1:4566", "[::1]:8443", "h"}) {
        auto const done = run(arguments_with({{"--endpoint", endpoint}}));
        CAPTURE(done.err);
        CHECK(done.code == exit_code::ok);
        CHECK(done.out.starts_with("wss://" + endpoint + "/mqtt?X-Amz-Algorithm="));
    }
}
