#include "client/errors.hpp"
#include "client/refusal_causes.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::client;
using namespace std::chrono_literals;

namespace {

/// Where `words` begin in the text; the end if they are not there.
std::size_t place(std::string const& text, std::string_view words) {
    return text.find(words);
}

} // namespace

TEST_CASE("each cause that the client can see is named, most likely first, with the command that "
          "tells (spec iot-broker 8.2)") {
    struct row {
        char const* id;
        std::string told;
        /// In this order.
        std::vector<std::string_view> says;
    };
    message const plain{.topic = "a/b"};
    told_by const me{.client_id = "device_1"};
    told_by const doctor{.client_id = "device_1", .is_doctor = true};
    for (auto const& r : {
             row{"connect: no IoT policy, wrong client ID, resource lacks client/, guest works, "
                 "reconnect too fast",
                 connect_denied_causes(me),
                 {"after CONNECT", "no IoT policy is attached", "guest", "iot:Connect",
                  "`client/device_1`", "topic/ does not help", "more often than once a second",
                  "`cogniot doctor -i 'device_1'` tells which"}},
             row{"publish, QoS 1: closed, resent, closed",
                 publish_denied_causes(plain, me),
                 {"hung up twice", "`a/b`", "iot:Publish on `topic/a/b`", "same client ID",
                  "`cogniot doctor -i 'device_1' -t 'a/b' --for publish --publish` tells which"}},
             row{"publish, seen once",
                 publish_denied_causes(plain, doctor),
                 {"hung up on the message"}},
             row{"publish, QoS 0: lost, the connection closed",
                 qos0_hang_up_causes(plain, me),
                 {"QoS 0 is not sent again", "iot:Publish"}},
             row{"retained without RetainPublish, which only the role's policy governs",
                 publish_denied_causes({.topic = "a", .retain = true}, me),
                 {"the role's policy does not allow iot:RetainPublish on `topic/a`", "iot:Publish",
                  "--for publish -r"}},
             row{"payload over 128 KB comes first",
                 publish_denied_causes({.topic = "a", .payload = std::string(131'073, 'x')}, me),
                 {"131073", "131072", "iot:Publish"}},
             row{"reserved topic",
                 publish_denied_causes({.topic = "$SYS/x"}, me),
                 {"reserved", "iot:Publish"}},
             row{"policies that were seen to allow it are the last to be thought of",
                 connect_denied_causes({.client_id = "c", .policies_allow = true}),
                 {"another client connects", "changed just now"}},
             row{"a name with blanks, in letters of its own",
                 publish_denied_causes({.topic = "no/日本 b"}, me),
                 {"-t 'no/日本 b' --for publish"}},
             row{"over 100 publishes a second: QoS 1 is not answered",
                 unacknowledged_causes(plain),
                 {"not acknowledged", "100 publishes a second", "PublishIn.Throttle"}},
             row{"subscribe: closed",
                 subscribe_denied_causes("a/#", me),
                 {"hung up twice", "iot:Subscribe", "`topicfilter/a/#`", "not topic/",
                  "`cogniot doctor -i 'device_1' -t 'a/#' --for subscribe` tells which"}},
             row{"$SYS of MQTT explorers comes first",
                 subscribe_denied_causes("$SYS/#", me),
                 {"no $SYS", "iot:Subscribe"}},
             row{"a reserved filter of AWS's",
                 subscribe_denied_causes("$aws/events/#", me),
                 {"iot:Subscribe", "reserved"}},
             row{"SUBACK 128", suback_refusal_causes("a", me), {"SUBACK 128", "iot:Subscribe"}},
             row{"more than 50 subscriptions",
                 suback_refusal_causes("a", me, 50),
                 {"50 subscriptions a connection", "this one has 50", "iot:Subscribe"}},
             row{"duplicate client ID",
                 takeover_causes("c"),
                 {"`c`", "again and again", "browser tab", "-i", "DUPLICATE_CLIENTID"}},
             row{"a WebSocket of 24 hours", old_age_hint(24h - 30s), {"24 hours"}},
         }) {
        CAPTURE(r.id);
        CAPTURE(r.told);
        std::size_t last = 0;
        for (auto const words : r.says) {
            CAPTURE(words);
            auto const at = place(r.told, words);
            REQUIRE(at != std::string::npos);
            CHECK(at >= last);
            last = at;
        }
    }
    CHECK(old_age_hint(23h).empty());
    CHECK(suback_refusal_causes("a", me, 49).find("50") == std::string::npos);
    told_by const allowed{.client_id = "c", .policies_allow = true};
    CHECK(connect_denied_causes(allowed).find("does not allow") == std::string::npos);
    CHECK(publish_denied_causes(plain, allowed).find("does not allow") == std::string::npos);
    CHECK(publish_denied_causes(plain, me).find("Retain") == std::string::npos);
    CHECK(publish_denied_causes(plain, me).find("bytes") == std::string::npos);
}

TEST_CASE("the doctor names no command, and no cause that it has ruled out") {
    auto const told =
        connect_denied_causes({.client_id = "c", .is_doctor = true, .has_iot_policy = true});
    CAPTURE(told);
    CHECK(told.find("no IoT policy") == std::string::npos);
    CHECK(told.find("iot:Connect on `client/c`") != std::string::npos);
    told_by const doctor{.client_id = "c", .is_doctor = true};
    CHECK(connect_denied_causes(doctor).find("no IoT policy") != std::string::npos);
    for (auto const& each :
         {told, publish_denied_causes({.topic = "a"}, doctor),
          qos0_hang_up_causes({.topic = "a"}, doctor), subscribe_denied_causes("a", doctor),
          suback_refusal_causes("a", doctor)}) {
        CAPTURE(each);
        CHECK(each.find("tells") == std::string::npos);
        CHECK(each.find("cogniot") == std::string::npos);
    }
}

TEST_CASE("every command can be run as it stands: nothing in it is left out") {
    auto const told = unacknowledged_causes({.topic = "a"});
    CAPTURE(told);
    CHECK(told.find("…") == std::string::npos);
    // What GetMetricStatistics requires (CloudWatch API reference).
    for (auto const* const required :
         {"--namespace AWS/IoT", "--metric-name PublishIn.Throttle", "--start-time ", "--end-time ",
          "--period ", "--statistics "})
        CHECK(told.find(required) != std::string::npos);
}

TEST_CASE("an upgrade that was not answered with 101 is told by its own code (spec iot-broker 1.6, "
          "1.7)") {
    struct row {
        char const* id;
        aws_error answer;
        std::string skew;
        errc code;
        std::string_view says;
    };
    for (auto const& r : {
             row{"signature wrong: region, host, key",
                 {.status = 403,
                 .message = "The request signature we calculated does not match the signature you "
                            "provided."},
                 "",
                 errc::signature_refused,
                 "wrong region; or an endpoint that is not this account's"},
             row{"only Forbidden is said",
                 {.status = 403, .message = "Forbidden"},
                 "",
                 errc::signature_refused,
                 "cogniot doctor"},
             row{"clock behind",
                 {.status = 403, .message = "Signature expired: 20260102T000000Z is now earlier"},
                 "",
                 errc::clock_skewed,
                 "more than 5 minutes off"},
             row{"clock ahead",
                 {.status = 403, .message = "Signature not yet current: 20260102T000000Z"},
                 "this machine's clock is 7 min ahead of AWS's",
                 errc::clock_skewed,
                 "7 min ahead"},
             row{"opaque, and the clock is known to be off",
                 {.status = 403, .message = "Forbidden"},
                 "this machine's clock is 7 min behind AWS's",
                 errc::clock_skewed,
                 "7 min behind"},
             row{"expired credentials at a reconnect",
                 {.status = 403,
                 .message = "The security token included in the request is expired"},
                 "",
                 errc::signature_refused,
                 "the credentials have expired"},
             row{"no such path", {.status = 404}, "", errc::setting_unusable, "describe-endpoint"},
             row{"busy", {.status = 503}, "", errc::service_unavailable, "503"},
             row{"stale URL in one report", {.status = 426}, "", errc::call_refused, "426"},
         }) {
        CAPTURE(r.id);
        auto const told = upgrade_error(r.answer, r.skew);
        CAPTURE(told.detail);
        CHECK(told.code == make_error_code(r.code));
        CHECK(told.detail.find(r.says) != std::string::npos);
    }
}

TEST_CASE("a topic or client ID of somebody else's cannot end the quotes of the command that is "
          "told") {
    auto const told =
        publish_denied_causes({.topic = "a'; rm -rf / #\x1b"}, {.client_id = "c'; rm -rf / #"});
    CHECK(told.find("-i CLIENT_ID -t TOPIC") != std::string::npos);
    CHECK(told.find('\x1b') == std::string::npos);
}
