// Entries as AWS writes them, without any explanation of ours, and what the doctor makes of them.
// @source AWS IoT developer guide, "CloudWatch log entries"; spec iot-broker 5.3, 8.2
#include "client/doctor/log_causes.hpp"
#include "client/errors.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace cogniot;
using namespace cogniot::client;
using namespace cogniot::client::doctor;

namespace {

/// An entry of client `c` at this second and millisecond, with more members.
std::string entry(std::string_view at, std::string_view type, std::string_view more,
                  std::string_view status = "Failure") {
    return R"({"timestamp":"2026-01-02 03:04:)" + std::string(at) +
           R"(","logLevel":"ERROR","traceId":"t)" + std::string(at) +
           R"(","accountId":"123456789012","status":")" + std::string(status) +
           R"(","eventType":")" + std::string(type) +
           R"(","protocol":"MQTT","clientId":"c","principalId":"AROA1:CognitoIdentityCredentials",)"
           R"("sourceIp":"192.0.2.1","sourcePort":1)" +
           (more.empty() ? "" : ",") + std::string(more) + "}";
}

std::string const denied = R"("reason":"AUTHORIZATION_FAILURE","details":"Authorization Failure")";
std::string const taken =
    R"("reason":"DUPLICATE_CLIENT_ID","details":"A new connection was established with the same )"
    R"(client ID","disconnectReason":"DUPLICATE_CLIENTID")";

std::vector<log_entry> read(std::vector<std::string> const& messages) {
    std::vector<log_entry> out;
    for (auto const& m : messages) {
        auto one = read_log_entry(m);
        REQUIRE(one.has_value());
        out.push_back(*one);
    }
    return out;
}

log_facts facts(double_lock const* locks = nullptr) {
    return {.client_id = "c",
            .principal_id = "AROA1:CognitoIdentityCredentials",
            .host = "x-ats.iot.r.amazonaws.com",
            .locks = locks};
}

/// Both locks allow this, and to connect as this client.
double_lock locks_that_allow(std::string_view action, std::string_view resource,
                             std::string_view client_id = "c") {
    auto const allow = [](std::string_view what, std::string const& on) {
        return R"({"Effect":"Allow","Action":")" + std::string(what) +
               R"(","Resource":"arn:aws:iot:r:123456789012:)" + on + "\"}";
    };
    auto const text = R"({"Version":"2012-10-17","Statement":[)" +
                      allow(action, std::string(resource)) + "," +
                      allow("iot:Connect", "client/" + std::string(client_id)) + "]}";
    lock_facts const f{.who = {.account = "123456789012",
                               .arn = "arn:aws:sts::123456789012:assumed-role/role/"
                                      "CognitoIdentityCredentials",
                               .user_id = "AROA1:CognitoIdentityCredentials"},
                       .region = "r",
                       .identity_id = "r:11112222-3333-4444-5555-666677778888",
                       .identity_pool_id = "r:pool",
                       .amr = {"authenticated"},
                       .client_id = "c",
                       .role_policies = seen_role_policies{{{"role policy", text}}, {}},
                       .iot_policies = std::vector<seen_document>{{"iot policy", text}}};
    return double_lock::make(f).value();
}

} // namespace

TEST_CASE("each entry of a failure has its cause, and none is proven that the entry does not prove "
          "(spec iot-broker 8.2)") {
    struct row {
        char const* id;
        std::vector<std::string> entries;
        bool proven;
        std::vector<std::string_view> says;
    };
    auto const wide = [](std::string_view filters) {
        return R"("topicName":")" + std::string(filters) + R"(","reason":"CLIENT_ERROR")";
    };
    for (auto const& r : {
             row{"connect denied, nobody could look at the policies",
                 {entry("05.000", "Connect", denied)},
                 true,
                 {"Connect was denied by a policy", "both must allow iot:Connect"}},
             row{"publish denied",
                 {entry("05.000", "Publish-In", R"("topicName":"a/b",)" + denied),
                  entry("05.001", "Disconnect", denied + R"(,"disconnectReason":"AUTH_ERROR")")},
                 true,
                 {"Publish-In on `a/b` was denied by a policy"}},
             row{"a denied delivery is silent for the client",
                 {entry("05.000", "Publish-Out", R"("topicName":"a",)" + denied)},
                 true,
                 {"Publish-Out on `a` was denied", "iot:Receive"}},
             row{"reconnects too fast",
                 {entry("05.000", "Connect", R"("reason":"THROTTLED")")},
                 true,
                 {"client ID `c` connected more than 1 times within a second"}},
             row{"CONNECT refused for itself: AWS does not say why",
                 {entry("05.000", "Connect", R"("reason":"CLIENT_ERROR","details":"x")")},
                 false,
                 {"will of QoS 2", "CLIENT_ERROR, x"}},
             row{"more publishes than AWS takes",
                 {entry("05.000", "Publish-In", R"("topicName":"a","reason":"THROTTLE")")},
                 true,
                 {"more than 100 messages within a second"}},
             row{"more deliveries than AWS makes: they are discarded",
                 {entry("05.000", "Publish-Out", R"("topicName":"a","reason":"THROTTLED")")},
                 true,
                 {"more than 100 messages within a second were for this connection"}},
             row{"payload: AWS's words are not known",
                 {entry("05.000", "Publish-In", R"("topicName":"a","reason":"CLIENT_ERROR")"),
                  entry("05.002", "Disconnect", R"("disconnectReason":"CLIENT_ERROR")")},
                 false,
                 {"payload of more than 128 KB"}},
             row{"a topic that is too deep speaks for itself",
                 {entry("05.000", "Publish-In",
                        R"("topicName":"1/2/3/4/5/6/7/8/9","reason":"CLIENT_ERROR")")},
                 true,
                 {"8 slashes, at most 7", "Join some of its levels"}},
             row{"one that is too long, too",
                 {entry("05.000", "Publish-In",
                        R"("topicName":")" + std::string(257, 'a') +
                            R"(","reason":"CLIENT_ERROR")")},
                 true,
                 {"257 bytes, at most 256"}},
             row{"a filter that is too deep",
                 {entry("05.000", "Subscribe", wide("a,1/2/3/4/5/6/7/8/#"))},
                 true,
                 {"Subscribe to `a,1/2/3/4/5/6/7/8/#` failed", "8 slashes, at most 7"}},
             row{"a reserved topic speaks for itself",
                 {entry("05.000", "Publish-In", R"("topicName":"$SYS/a","reason":"CLIENT_ERROR")")},
                 true,
                 {"`$SYS/a` is reserved"}},
             row{"a reserved filter, 3.1.1",
                 {entry("05.000", "Subscribe", wide("#,$SYS/#"))},
                 true,
                 {"`$SYS/#` is reserved", "MQTT explorers"}},
             row{"a reserved filter, MQTT 5",
                 {entry(
                     "05.000", "Subscribe",
                     R"("topicName":"a,$SYS/#","subscriptions":[{"topicName":"a","reasonCode":0},)"
                     R"({"topicName":"$SYS/#","reasonCode":143}])",
                     "Success")},
                 true,
                 {"`$SYS/#` is reserved"}},
             row{"nine filters, or names with commas",
                 {entry("05.000", "Subscribe", wide("1,2,3,4,5,6,7,8,9"))},
                 false,
                 {"perhaps one SUBSCRIBE has 9 filters, AWS IoT takes 8"}},
             row{"the 51st subscription, or something else",
                 {entry("05.000", "Subscribe", wide("a"))},
                 false,
                 {"perhaps this connection has its 50 subscriptions already"}},
             row{"wildcards that miss messages",
                 {entry("05.000", "Subscribe", R"("topicName":"a/#")", "Success")},
                 false,
                 {"`a/#` does not match `a` itself", "Retained messages"}},
             row{"a day is over",
                 {entry("05.000", "Disconnect", R"("disconnectReason":"WEBSOCKET_TTL_EXPIRATION")",
                        "Success")},
                 true,
                 {"open for 24 hours"}},
             row{"one takeover proves nothing",
                 {entry("05.000", "Disconnect", taken)},
                 false,
                 {"taken over 1 time", "comes back after its network broke"}},
             row{"three within a minute are a fight",
                 {entry("05.000", "Disconnect", taken), entry("07.000", "Disconnect", taken),
                  entry("09.000", "Disconnect", taken)},
                 true,
                 {"taken over 3 times", "192.0.2.1", "for ever"}},
         }) {
        CAPTURE(r.id);
        auto const causes = explain_log(read(r.entries), facts());
        REQUIRE(causes.size() == 1);
        CHECK(causes.front().is_proven == r.proven);
        CHECK_FALSE(causes.front().remedy.empty());
        CHECK(causes.front().code);
        for (auto const word : r.says) {
            CAPTURE(causes.front().says);
            CHECK(causes.front().says.find(word) != std::string::npos);
        }
    }
}

TEST_CASE("what is no failure, or another client's, has no cause") {
    for (auto const& message :
         {entry("05.000", "Connect", "", "Success"),
          entry("05.000", "Subscribe", R"("topicName":"a")", "Success"),
          entry("05.000", "Disconnect", R"("disconnectReason":"CLIENT_INITIATED_DISCONNECT")",
                "Success")})
        CHECK(explain_log(read({message}), facts()).empty());
    auto other = facts();
    other.client_id = "d";
    CHECK(explain_log(read({entry("05.000", "Connect", denied)}), other).empty());
}

TEST_CASE("a denial is explained by the policies as they stand, and is a suspicion only if they "
          "allow it by now") {
    auto const publish = entry("05.000", "Publish-In", R"("topicName":"a/b",)" + denied);
    auto const shut = locks_that_allow("iot:Publish", "topic/a/c");
    auto const causes = explain_log(read({publish}), facts(&shut));
    REQUIRE(causes.size() == 1);
    CHECK(causes.front().is_proven);
    CHECK(causes.front().says.find("topic level 2 is `b` in the request and `c` in the policy") !=
          std::string::npos);
    CHECK(causes.front().remedy.find("topic/a/b") != std::string::npos);

    auto const open = locks_that_allow("iot:Publish", "topic/a/b");
    auto const since = explain_log(read({publish}), facts(&open));
    REQUIRE(since.size() == 1);
    CHECK_FALSE(since.front().is_proven);
    CHECK(since.front().says.find("they were changed since") != std::string::npos);

    // With RETAIN the same topic asks for more.
    auto const retained =
        entry("05.000", "Publish-In", R"("topicName":"a/b","retain":"True",)" + denied);
    auto const still = explain_log(read({retained}), facts(&open));
    REQUIRE(still.size() == 1);
    CHECK(still.front().is_proven);
    CHECK(still.front().says.find("iot:RetainPublish") != std::string::npos);

    // Somebody else's role is not judged by this user's policies.
    auto stranger = facts(&open);
    stranger.principal_id = "AROA2:CognitoIdentityCredentials";
    auto const theirs = explain_log(read({publish}), stranger);
    REQUIRE(theirs.size() == 1);
    CHECK(theirs.front().says.find("`AROA1:CognitoIdentityCredentials`, who is not this user's") !=
          std::string::npos);
}

TEST_CASE("a denial of another principal is not proven to be this user's, and not explained by "
          "this user's policies (an entry names the principal, spec iot-broker 5.3)") {
    // Both allow too little: they would explain any publish.
    auto const shut = locks_that_allow("iot:Publish", "topic/other");
    auto const publish = entry("05.000", "Publish-In", R"("topicName":"a/b",)" + denied);
    struct row {
        char const* id;
        std::string_view principal;
        bool is_known;
    };
    std::string_view const certificate =
        "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f809";
    for (auto const& r :
         {row{"a device's certificate", certificate, true},
          row{"a plain IAM user", "AIDAEXAMPLE", true},
          row{"a guest: another role", "AROA9:CognitoIdentityCredentials", true},
          row{"a certificate, and nobody knows whose role it is", certificate, false}}) {
        CAPTURE(r.id);
        auto theirs = read({publish});
        theirs.front().principal_id = r.principal;
        auto asked = facts(r.is_known ? &shut : nullptr);
        if (!r.is_known)
            asked.principal_id.clear();
        auto const causes = explain_log(theirs, asked);
        REQUIRE(causes.size() == 1);
        CAPTURE(causes.front().says);
        CHECK_FALSE(causes.front().is_proven);
        CHECK(causes.front().says.find(r.principal) != std::string::npos);
        CHECK(causes.front().says.find("topic level") == std::string::npos);
        CHECK(causes.front().says.find("both must") == std::string::npos);
        CHECK(causes.front().remedy.find("topic/a/b") == std::string::npos);
    }
    // Who publishes is connected, and this user could not have connected so.
    auto const elsewhere = locks_that_allow("iot:Publish", "topic/other", "d");
    auto const causes = explain_log(read({publish}), facts(&elsewhere));
    REQUIRE(causes.size() == 1);
    CHECK_FALSE(causes.front().is_proven);
    CHECK(causes.front().says.find("another user of the same role") != std::string::npos);
}

TEST_CASE("an explanation at length counts; one that was cut short gives way to the policies") {
    auto const shut = locks_that_allow("iot:Publish", "topic/a/c");
    struct row {
        std::string_view explanation, says;
    };
    for (auto const& r : {row{"the broker's own words", "the broker's own words"},
                          row{"refused by role policy; this one is not explained at length",
                              "topic level 2 is `b` in the request and `c` in the policy"}}) {
        auto const causes =
            explain_log(read({entry("05.000", "Publish-In",
                                    R"("topicName":"a/b","explanation":")" +
                                        std::string(r.explanation) + "\"," + denied)}),
                        facts(&shut));
        REQUIRE(causes.size() == 1);
        CAPTURE(causes.front().says);
        CHECK(causes.front().is_proven);
        CHECK(causes.front().says.find(r.says) != std::string::npos);
        CHECK(causes.front().remedy.find("topic/a/b") != std::string::npos);
    }
}

TEST_CASE("the doctor's own connection is not suspected of a will") {
    auto const open = locks_that_allow("iot:Publish", "topic/a");
    auto own = facts(&open);
    for (bool const is_probe : {true, false}) {
        own.is_probe = is_probe;
        auto const causes = explain_log(read({entry("05.000", "Connect", denied)}), own);
        REQUIRE(causes.size() == 1);
        CHECK((causes.front().says.find("will") == std::string::npos) == is_probe);
    }
}

TEST_CASE("entries that name no client concern only their host's clients") {
    auto const handshake = read({R"({"timestamp":"2026-01-02 03:04:05.000","status":"Failure",)"
                                 R"("eventType":"Connection.AuthNError",)"
                                 R"("serverNameIndication":"other.example"})"})
                               .front();
    auto nobody = facts();
    nobody.client_id.clear();
    CHECK_FALSE(concerns(handshake, nobody));
    nobody.host = "OTHER.example";
    CHECK(concerns(handshake, nobody));
    auto anonymous = handshake;
    anonymous.event_type = "Connect";
    CHECK_FALSE(concerns(anonymous, nobody));
}

TEST_CASE("a refused handshake names no client and is never proven to be this one's") {
    auto const handshake = [](std::string_view reason, std::string_view host) {
        return R"({"timestamp":"2026-01-02 03:04:05.000","status":"Failure",)"
               R"("eventType":"Connection.AuthNError","sourceIp":"192.0.2.1","reason":")" +
               std::string(reason) + R"(","details":"d","serverNameIndication":")" +
               std::string(host) + "\"}";
    };
    struct row {
        std::string_view reason;
        std::string_view says;
    };
    for (auto const& r :
         {row{"SECURITY_TOKEN_SIGNATURE_MISMATCH", "signed for another host"},
          row{"SECURITY_TOKEN_EXPIRED", "had expired"},
          row{"SECURITY_TOKEN_INVALID", "none of this account's"}, row{"SNI_MISUSED", "d"}}) {
        auto const found =
            explain_log(read({handshake(r.reason, "X-ats.iot.r.amazonaws.com")}), facts());
        REQUIRE(found.size() == 1);
        CHECK_FALSE(found.front().is_proven);
        CHECK(found.front().says.find(r.says) != std::string::npos);
        CHECK(found.front().says.find("names no client") != std::string::npos);
    }
    CHECK(
        explain_log(read({handshake("SECURITY_TOKEN_EXPIRED", "other.example")}), facts()).empty());
}

TEST_CASE("the same cause is told once, with how often; proven ones come first, then the latest") {
    auto const causes =
        explain_log(read({entry("01.000", "Publish-In", R"("topicName":"a",)" + denied),
                          entry("02.000", "Publish-In", R"("topicName":"a",)" + denied),
                          entry("03.000", "Publish-In", R"("topicName":"b",)" + denied),
                          entry("04.000", "Subscribe", R"("topicName":"a/#")", "Success")}),
                    facts());
    REQUIRE(causes.size() == 3);
    CHECK(causes[0].says.find("`b`") != std::string::npos);
    CHECK(causes[1].count == 2);
    CHECK(causes[1].entry.starts_with("2026-01-02 03:04:02.000, Publish-In, Failure"));
    CHECK_FALSE(causes[2].is_proven);
}

TEST_CASE("what is no entry is left out; what an entry quotes cannot leave its line") {
    CHECK_FALSE(read_log_entry("no JSON").has_value());
    CHECK_FALSE(read_log_entry("[]").has_value());
    auto const odd =
        read_log_entry(R"({"timestamp":"a\nb","eventType":"x\u001b","topicName":"\n"})");
    REQUIRE(odd.has_value());
    CHECK(print(*odd).find_first_of("\n\x1b") == std::string::npos);
}
