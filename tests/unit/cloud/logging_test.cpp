// AWS IoT's logging levels: who beats whom, what is off unless asked for, and the five operations.
// Source: AWS IoT developer guide, "Configure AWS IoT logging"; AWS IoT API reference.
#include "cloud/iot/logging.hpp"
#include "unit/cloud/cloud_fixture.hpp"

#include <string>

using namespace cogniot;
using namespace cogniot::test;
using cloud::iot::find_log_group;
using cloud::iot::log_level;
using cloud::iot::logged_event;

namespace {

cloud::iot::logging configured(log_level level) {
    return {.region = "r", .is_configured = true, .role_arn = "arn", .default_level = level};
}

/// The log group, or `-`.
std::string group(cloud::iot::logging const* of, logged_event const& e,
                  cloud::iot::logging_defaults const& defaults = {}) {
    return std::string(find_log_group(of, e, defaults).value_or("-"));
}

logged_event const connected{.type = "Connect", .client_id = "c1", .source_ip = "10.0.0.1"};
logged_event const refused{
    .type = "Connect", .severity = log_level::error, .client_id = "c1", .source_ip = "10.0.0.1"};
logged_event const pinged{.type = "Ping", .severity = log_level::debug, .client_id = "c1"};
logged_event const unknown{.type = "Connection.AuthNError", .severity = log_level::error};

} // namespace

TEST_CASE("a level includes the more severe ones") {
    struct row {
        log_level level;
        std::string_view got; // error, warn, info, debug
    };
    for (auto const& [level, got] : {row{log_level::disabled, "0000"},
                                     row{log_level::error, "1000"}, row{log_level::warn, "1100"},
                                     row{log_level::info, "1110"}, row{log_level::debug, "1111"}}) {
        auto const of = configured(level);
        std::string seen;
        for (auto const severity :
             {log_level::error, log_level::warn, log_level::info, log_level::debug})
            seen += group(&of, {.type = "Connect", .severity = severity}) == "-" ? '0' : '1';
        CHECK_MESSAGE(seen == got, cloud::iot::print(level));
    }
}

TEST_CASE("until it is configured the local cloud logs INFO and refused handshakes, never pings") {
    CHECK(group(nullptr, connected) == "AWSIotLogsV2");
    CHECK(group(nullptr, refused) == "AWSIotLogsV2");
    CHECK(group(nullptr, unknown) == "AWSIotLogsV2");
    CHECK(group(nullptr, pinged) == "-");
    cloud::iot::logging_defaults const as_aws{.level = log_level::disabled, .authn_errors = false};
    CHECK(group(nullptr, refused, as_aws) == "-");
    CHECK(group(nullptr, unknown, as_aws) == "-");
}

TEST_CASE("once configured, Ping and Connection.AuthNError are off at any default level") {
    auto of = configured(log_level::debug);
    CHECK(group(&of, connected) == "AWSIotLogsV2");
    CHECK(group(&of, pinged) == "-");
    CHECK(group(&of, unknown) == "-");
    of.events["Connection.AuthNError"] = {.level = log_level::error};
    of.events["Ping"] = {.level = log_level::info};
    CHECK(group(&of, unknown) == "AWSIotLogsV2");
    CHECK(group(&of, pinged) == "-"); // a success is DEBUG
    of.events["Ping"].level = log_level::debug;
    CHECK(group(&of, pinged) == "AWSIotLogsV2");
}

TEST_CASE("resource-specific beats event-level beats default; disableAllLogs beats all") {
    auto of = configured(log_level::error);
    CHECK(group(&of, connected) == "-");
    of.events["Connect"] = {.level = log_level::info};
    CHECK(group(&of, connected) == "AWSIotLogsV2");
    of.events["Connect"].level = log_level::disabled;
    CHECK(group(&of, refused) == "-");
    of.targets[{"CLIENT_ID", "c1"}] = log_level::info;
    CHECK(group(&of, connected) == "AWSIotLogsV2");
    of.targets[{"CLIENT_ID", "c1"}] = log_level::disabled;
    of.events["Connect"].level = log_level::debug;
    CHECK(group(&of, refused) == "-");
    // Two targets at once: the most verbose (unconfirmed).
    of.targets[{"SOURCE_IP", "10.0.0.1"}] = log_level::error;
    CHECK(group(&of, refused) == "AWSIotLogsV2");
    CHECK(group(&of, connected) == "-");
    // A target's level is for every event type, those that are off too.
    of.targets[{"CLIENT_ID", "c1"}] = log_level::debug;
    CHECK(group(&of, pinged) == "AWSIotLogsV2");
    of.all_disabled = true;
    CHECK(group(&of, refused) == "-");
}

TEST_CASE("an event type may have a log group of its own") {
    auto of = configured(log_level::info);
    of.events["Connect"] = {.destination = "my/group"};
    CHECK(group(&of, connected) == "my/group");
    CHECK(group(&of, {.type = "Publish-In"}) == "AWSIotLogsV2");
}

TEST_CASE("options: not there, incomplete, set, changed in part") {
    cloud_fixture f;
    CHECK(f.refusal("iot", "GetV2LoggingOptions", "{}").starts_with("NotConfiguredException 404"));
    CHECK(f.refusal("iot", "ListV2LoggingLevels", "{}").starts_with("NotConfiguredException 404"));
    CHECK(f.refusal("iot", "SetV2LoggingOptions", R"({"defaultLogLevel":"WARN"})")
              .starts_with("InvalidRequestException 400"));
    f.ok("iot", "SetV2LoggingOptions",
         R"({"roleArn":"arn:aws:iam::1:role/r","defaultLogLevel":"WARN"})");
    // The shape of the AWS CLI's example for get-v2-logging-options.
    CHECK(json::print(f.ok("iot", "GetV2LoggingOptions", "{}")) ==
          R"({"roleArn":"arn:aws:iam::1:role/r","defaultLogLevel":"WARN","disableAllLogs":false})");
    f.ok("iot", "SetV2LoggingOptions",
         R"({"disableAllLogs":true,"eventConfigurations":[{"eventType":"Publish-In",)"
         R"("logLevel":"INFO","logDestination":"examplePublishInLogGroup"}]})");
    CHECK(json::print(f.ok("iot", "GetV2LoggingOptions", "{}")) ==
          R"({"roleArn":"arn:aws:iam::1:role/r","defaultLogLevel":"WARN","disableAllLogs":true,)"
          R"("eventConfigurations":[{"eventType":"Publish-In","logLevel":"INFO",)"
          R"("logDestination":"examplePublishInLogGroup"}]})");
    auto const verbose = f.ok("iot", "GetV2LoggingOptions", R"({"verbose":"true"})");
    CHECK(verbose.at("eventConfigurations").as_array().size() == 12);
}

TEST_CASE("options that cannot be are refused by member") {
    cloud_fixture f;
    auto const set = [&](std::string const& more) {
        return f.refusal("iot", "SetV2LoggingOptions",
                         R"({"roleArn":"a","defaultLogLevel":"INFO",)" + more + "}");
    };
    CHECK(set(R"("eventConfigurations":[{"logLevel":"INFO"}])").find("eventType") !=
          std::string::npos);
    CHECK(set(R"("eventConfigurations":[{"eventType":"x","logDestination":"a b"}])")
              .find("logDestination") != std::string::npos);
    CHECK(set(R"("eventConfigurations":["x"])").find("eventConfigurations") != std::string::npos);
    CHECK(f.refusal("iot", "SetV2LoggingOptions", R"({"defaultLogLevel":"LOUD"})")
              .find("[DEBUG, INFO, ERROR, WARN, DISABLED]") != std::string::npos);
}

TEST_CASE("levels of targets: set, listed by page and type, deleted, DEFAULT among them") {
    cloud_fixture f;
    std::string const by_client =
        R"({"logTarget":{"targetType":"CLIENT_ID","targetName":"c1"},"logLevel":"DEBUG"})";
    CHECK(
        f.refusal("iot", "SetV2LoggingLevel", by_client).starts_with("NotConfiguredException 404"));
    f.ok("iot", "SetV2LoggingOptions", R"({"roleArn":"arn","defaultLogLevel":"ERROR"})");
    f.ok("iot", "SetV2LoggingLevel", by_client);
    f.ok(
        "iot", "SetV2LoggingLevel",
        R"({"logTarget":{"targetType":"THING_GROUP","targetName":"LightBulbs"},"logLevel":"WARN"})");
    f.ok("iot", "SetV2LoggingLevel", R"({"logTarget":{"targetType":"DEFAULT"},"logLevel":"INFO"})");
    auto const all = f.ok("iot", "ListV2LoggingLevels", "{}");
    CHECK(
        json::print(all) ==
        R"({"logTargetConfigurations":[)"
        R"({"logTarget":{"targetType":"CLIENT_ID","targetName":"c1"},"logLevel":"DEBUG"},)"
        R"({"logTarget":{"targetType":"DEFAULT"},"logLevel":"INFO"},)"
        R"({"logTarget":{"targetType":"THING_GROUP","targetName":"LightBulbs"},"logLevel":"WARN"}]})");
    auto const page = f.ok("iot", "ListV2LoggingLevels", R"({"maxResults":"2"})");
    CHECK(page.at("logTargetConfigurations").as_array().size() == 2);
    auto const rest =
        f.ok("iot", "ListV2LoggingLevels",
             json::object{{"maxResults", "2"}, {"nextToken", page.at("nextToken").as_string()}});
    CHECK(rest.at("logTargetConfigurations").as_array().size() == 1);
    CHECK_FALSE(rest.contains("nextToken"));
    auto const groups = f.ok("iot", "ListV2LoggingLevels", R"({"targetType":"THING_GROUP"})");
    CHECK(groups.at("logTargetConfigurations").as_array().size() == 1);
    f.ok("iot", "DeleteV2LoggingLevel", R"({"targetType":"CLIENT_ID","targetName":"c1"})");
    f.ok("iot", "DeleteV2LoggingLevel", R"({"targetType":"CLIENT_ID","targetName":"c1"})");
    CHECK(
        f.ok("iot", "ListV2LoggingLevels", "{}").at("logTargetConfigurations").as_array().size() ==
        2);
    CHECK(f.refusal("iot", "SetV2LoggingLevel",
                    R"({"logTarget":{"targetType":"CLIENT_ID"},"logLevel":"INFO"})")
              .starts_with("InvalidRequestException 400"));
    CHECK(f.refusal("iot", "SetV2LoggingLevel", R"({"logTarget":{},"logLevel":"INFO"})")
              .find("logTarget.targetType") != std::string::npos);
}

TEST_CASE("logging survives a restart, region by region") {
    cloud_fixture f;
    f.ok("iot", "SetV2LoggingOptions",
         R"({"roleArn":"arn","defaultLogLevel":"WARN","disableAllLogs":true,)"
         R"("eventConfigurations":[{"eventType":"Ping","logLevel":"DEBUG","logDestination":"p"},)"
         R"({"eventType":"Connect"}]})");
    f.ok("iot", "SetV2LoggingLevel",
         R"({"logTarget":{"targetType":"SOURCE_IP","targetName":"::1"},"logLevel":"INFO"})");
    auto const again = f.restarted();
    auto const& kept = again.iot.find("ap-northeast-1")->logging;
    CHECK(kept.is_configured);
    CHECK(kept.role_arn == "arn");
    CHECK(kept.default_level == log_level::warn);
    CHECK(kept.all_disabled);
    CHECK(kept.events.at("Ping").level == log_level::debug);
    CHECK(kept.events.at("Ping").destination == "p");
    CHECK_FALSE(kept.events.at("Connect").level.has_value());
    CHECK(kept.targets.at({"SOURCE_IP", "::1"}) == log_level::info);
    f.region = "eu-west-1";
    CHECK(f.refusal("iot", "GetV2LoggingOptions", "{}").starts_with("NotConfiguredException"));
}
