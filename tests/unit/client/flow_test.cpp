#include "client/errors.hpp"
#include "client/flow.hpp"
#include "support/flow_bench.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace cogniot;
using namespace cogniot::client;
using namespace std::chrono_literals;
using test::noon;
using test::scripted_cloud;
using bench = test::flow_bench;
using names = std::vector<std::string>;

namespace {

net::task<result<void>> bring_up(user_flow& flow, reach how_far = reach::publish) {
    return flow.bring_up({"alice", secret("pw")}, how_far);
}

std::size_t count(names const& all, std::string const& one) {
    return static_cast<std::size_t>(std::count(all.begin(), all.end(), one));
}

} // namespace

TEST_CASE("four calls for a new user, two for a known one (GetId is a scarce quota)") {
    test::run_flow([](bench& b) -> net::task<void> {
        b.cloud.on_article("r:1");
        user_flow first(b.parts());
        auto bringing = bring_up(first);
        CHECK((co_await std::move(bringing)).has_value());
        auto asked = b.cloud.asked();
        REQUIRE(asked.size() == 4);
        CHECK(asked[0] == "InitiateAuth");
        CHECK(asked[1] == "GetId");
        CHECK(count(asked, "GetCredentialsForIdentity") == 1);
        CHECK(count(asked, "AttachPolicy") == 1);
        CHECK(first.identity().text == "r:1");

        user_flow second(b.parts());
        auto again = bring_up(second);
        CHECK((co_await std::move(again)).has_value());
        CHECK(b.cloud.asked().size() == 6);
        CHECK(b.cloud.asked()[5] == "GetCredentialsForIdentity");
    });
}

TEST_CASE("only AttachPolicy is signed, for the service iot and the backend's key") {
    test::run_flow([](bench& b) -> net::task<void> {
        b.cloud.on_article("r:1");
        user_flow flow(b.parts());
        auto bringing = bring_up(flow);
        CHECK((co_await std::move(bringing)).has_value());
        REQUIRE(b.cloud.signatures.size() == 1);
        CHECK(b.cloud.signatures[0].starts_with(
            "AWS4-HMAC-SHA256 Credential=AKID/20260102/r/iot/aws4_request"));
    });
}

TEST_CASE("overlapped: calls beside each other have a connection each; sequential: one a service") {
    test::run_flow([](bench& b) -> net::task<void> {
        b.cloud.on_article("r:1");
        user_flow flow(b.parts());
        auto bringing = bring_up(flow);
        CHECK((co_await std::move(bringing)).has_value());
        CHECK(b.cloud.connections() == 2);
    });
    test::run_flow([](bench& b) -> net::task<void> {
        b.cloud.on_article("r:1");
        auto parts = b.parts();
        parts.how = order::sequential;
        user_flow flow(std::move(parts));
        auto bringing = bring_up(flow);
        CHECK((co_await std::move(bringing)).has_value());
        CHECK(b.cloud.asked() ==
              names{"InitiateAuth", "GetId", "GetCredentialsForIdentity", "AttachPolicy"});
        CHECK(b.cloud.connections() == 3);
    });
}

TEST_CASE("the control plane's connection is open before anything is asked of it") {
    test::run_flow([](bench& b) -> net::task<void> {
        scripted_cloud iot(b.loop);
        iot.on("AttachPolicy", 200, "");
        b.cloud.on_article("r:1");
        std::size_t open_at_get_id = 0;
        b.cloud.on_request = [&](std::string const& operation) {
            if (operation == "GetId")
                open_at_get_id = iot.connections();
        };
        auto parts = b.parts();
        parts.aws.endpoints[service::iot] = iot.where();
        user_flow flow(std::move(parts));
        auto bringing = bring_up(flow);
        CHECK((co_await std::move(bringing)).has_value());
        CHECK(open_at_get_id == 1);
        CHECK(iot.connections() == 1);
        auto stopping = iot.stop();
        co_await std::move(stopping);
    });
}

TEST_CASE("each step may fail in turn: its error comes back, its step says so, nothing follows") {
    struct row {
        char const* operation;
        int status;
        char const* body;
        errc expected;
        char const* step;
    };
    for (
        auto const& r : {
            row{"InitiateAuth", 400,
                R"({"__type":"NotAuthorizedException","message":"Incorrect username or password."})",
                errc::password_refused, "sign in failed"},
            row{"InitiateAuth", 200, "{}", errc::answer_not_understood, "sign in failed"},
            row{"GetId", 400, R"({"__type":"NotAuthorizedException","message":"no"})",
                errc::identity_refused, "identity failed"},
            row{"GetCredentialsForIdentity", 400,
                R"({"__type":"InvalidIdentityPoolConfigurationException","message":"no"})",
                errc::identity_refused, "credentials failed"},
            row{"AttachPolicy", 403, R"({"code":"AccessDeniedException","message":"no"})",
                errc::call_not_authorised, "policy failed"},
        }) {
        CAPTURE(r.operation);
        test::run_flow([&](bench& b) -> net::task<void> {
            b.cloud.on(r.operation, r.status, r.body);
            b.cloud.on_article("r:1"); // behind the failure: never reached
            user_flow flow(b.parts());
            auto bringing = bring_up(flow);
            auto const up = co_await std::move(bringing);
            REQUIRE_FALSE(up.has_value());
            CHECK(up.error().code == make_error_code(r.expected));
            CHECK(count(b.steps, r.step) == 1);
        });
    }
}

TEST_CASE("throttled and broken answers are tried again, three times in all (AWS standard mode)") {
    test::run_flow([](bench& b) -> net::task<void> {
        b.cloud.on("InitiateAuth", 400,
                   R"({"__type":"TooManyRequestsException","message":"slow"})");
        b.cloud.on("InitiateAuth", 503, "<html>busy</html>");
        b.cloud.on_article("r:1");
        user_flow flow(b.parts());
        auto bringing = bring_up(flow);
        CHECK((co_await std::move(bringing)).has_value());
        CHECK(count(b.cloud.asked(), "InitiateAuth") == 3);
        CHECK(b.slept.size() == 2);
    });
    test::run_flow([](bench& b) -> net::task<void> {
        b.cloud.on("InitiateAuth", 400,
                   R"({"__type":"TooManyRequestsException","message":"slow"})");
        user_flow flow(b.parts());
        auto bringing = bring_up(flow);
        auto const up = co_await std::move(bringing);
        REQUIRE_FALSE(up.has_value());
        CHECK(up.error().code == make_error_code(errc::throttled));
        CHECK(count(b.cloud.asked(), "InitiateAuth") == 3);
    });
}

TEST_CASE("a wrong clock is learned from Date before anything is signed, and told") {
    test::run_flow([](bench& b) -> net::task<void> {
        b.cloud.on_article("r:1");
        b.cloud.date = print_http(noon + 24h);
        user_flow flow(b.parts());
        auto bringing = bring_up(flow);
        CHECK((co_await std::move(bringing)).has_value());
        REQUIRE(b.cloud.signatures.size() == 1);
        CHECK(b.cloud.signatures[0].find("/20260103/") != std::string::npos);
        CHECK(flow.aws().skew().report() == "this machine's clock is 24 h 0 min behind AWS's");
    });
}

TEST_CASE("challenges go to whoever can answer them; without one they are named") {
    std::string const asks = R"({"ChallengeName":"SOFTWARE_TOKEN_MFA","Session":"s",)"
                             R"("ChallengeParameters":{}})";
    test::run_flow([&](bench& b) -> net::task<void> {
        b.cloud.on("InitiateAuth", 200, asks);
        user_flow flow(b.parts());
        auto bringing = bring_up(flow);
        auto const up = co_await std::move(bringing);
        REQUIRE_FALSE(up.has_value());
        CHECK(up.error().code == make_error_code(errc::challenge_unanswered));
        CHECK(up.error().detail.find("SOFTWARE_TOKEN_MFA") != std::string::npos);
    });
    test::run_flow([&](bench& b) -> net::task<void> {
        b.cloud.on("InitiateAuth", 200, asks);
        b.cloud.on("RespondToAuthChallenge", 200, scripted_cloud::tokens());
        auto parts = b.parts();
        parts.answerer = [](challenge asked) {
            return [](challenge c) -> net::task<result<challenge_answer>> {
                co_return answer_code(c, secret("123456"));
            }(std::move(asked));
        };
        user_flow flow(std::move(parts));
        auto signing = flow.sign_in({"alice", secret("pw")});
        auto const got = co_await std::move(signing);
        CHECK(got.has_value());
        CHECK(b.cloud.asked() == names{"InitiateAuth", "RespondToAuthChallenge"});
    });
}

TEST_CASE("credentials are kept, renewed five minutes ahead, the ID token with the refresh token") {
    test::run_flow([](bench& b) -> net::task<void> {
        auto const ends = epoch_seconds(noon) + 3600;
        b.cloud.on("InitiateAuth", 200, scripted_cloud::tokens());
        b.cloud.on("GetId", 200, R"({"IdentityId":"r:1"})");
        b.cloud.on("GetCredentialsForIdentity", 200, scripted_cloud::credentials("r:1", ends));
        b.cloud.on("GetCredentialsForIdentity", 200,
                   scripted_cloud::credentials("r:1", ends + 3600));
        user_flow flow(b.parts());
        auto bringing = bring_up(flow, reach::credentials);
        CHECK((co_await std::move(bringing)).has_value());
        auto const before = b.cloud.asked().size();
        b.now = noon + 54min;
        auto keeping = flow.credentials();
        CHECK((co_await std::move(keeping)).has_value());
        CHECK(b.cloud.asked().size() == before);
        b.now = noon + 56min;
        auto renewing = flow.credentials();
        auto const renewed = co_await std::move(renewing);
        REQUIRE(renewed.has_value());
        CHECK(epoch_seconds(renewed->expires) == ends + 3600);
        names const more(b.cloud.asked().begin() + static_cast<std::ptrdiff_t>(before),
                         b.cloud.asked().end());
        CHECK(more == names{"InitiateAuth", "GetCredentialsForIdentity"});
    });
}

TEST_CASE("a remembered identity that the pool no longer knows is asked for again, once") {
    test::run_flow([](bench& b) -> net::task<void> {
        b.cloud.on_article("r:old");
        user_flow first(b.parts());
        auto bringing = bring_up(first);
        CHECK((co_await std::move(bringing)).has_value());

        b.cloud.forget("GetCredentialsForIdentity");
        b.cloud.forget("GetId");
        b.cloud.on("GetCredentialsForIdentity", 400,
                   R"({"__type":"ResourceNotFoundException","message":"Identity not found"})");
        b.cloud.on("GetCredentialsForIdentity", 200,
                   scripted_cloud::credentials("r:new", 1'767'400'000));
        b.cloud.on("GetId", 200, R"({"IdentityId":"r:new"})");
        user_flow second(b.parts());
        auto retrying = bring_up(second);
        CHECK((co_await std::move(retrying)).has_value());
        CHECK(second.identity().text == "r:new");
        CHECK(count(b.cloud.asked(), "GetId") == 2);
        CHECK(count(b.cloud.asked(), "AttachPolicy") == 2); // the new identity has none yet
    });
}

TEST_CASE("no policy to attach: nothing is signed and the step says so") {
    test::run_flow([](bench& b) -> net::task<void> {
        b.cloud.on_article("r:1");
        auto parts = b.parts();
        parts.job.iot_policy.clear();
        user_flow flow(std::move(parts));
        auto bringing = bring_up(flow);
        CHECK((co_await std::move(bringing)).has_value());
        CHECK(count(b.cloud.asked(), "AttachPolicy") == 0);
        CHECK(count(b.steps, "policy") == 1);
    });
}

TEST_CASE("a sign-in that fails leaves nothing running behind it") {
    test::run_flow([](bench& b) -> net::task<void> {
        b.cloud.on("InitiateAuth", 400,
                   R"({"__type":"NotAuthorizedException","message":"Incorrect username"})");
        bool is_running = false;
        auto parts = b.parts();
        parts.backend.find = [&is_running] {
            return [](bool& running) -> net::task<result<sigv4::credentials>> {
                running = true;
                auto sleeping = net::sleep_for(1h);
                co_await std::move(sleeping);
                running = false;
                co_return fail(net::errc::cancelled);
            }(is_running);
        };
        user_flow flow(std::move(parts));
        auto bringing = bring_up(flow);
        auto const up = co_await std::move(bringing);
        CHECK_FALSE(up.has_value());
        CHECK_FALSE(is_running);
    });
}

TEST_CASE("keys that AWS does not accept are fetched anew, once") {
    std::string const expired =
        R"({"__type":"ExpiredTokenException","message":"The security token is expired"})";
    for (bool const are_new_ones_good : {true, false})
        test::run_flow([&](bench& b) -> net::task<void> {
            b.cloud.on_article("r:1");
            b.cloud.forget("AttachPolicy");
            b.cloud.on("AttachPolicy", 403, expired);
            if (are_new_ones_good)
                b.cloud.on("AttachPolicy", 200, "");
            std::string key = "OLD";
            auto parts = b.parts();
            parts.backend = {
                .find =
                    [&key] {
                        return [](std::string k) -> net::task<result<sigv4::credentials>> {
                            co_return sigv4::credentials{k, secret("key")};
                        }(key);
                    },
                .distrust = [&key] { key = "NEW"; }};
            user_flow flow(std::move(parts));
            auto bringing = bring_up(flow);
            auto const up = co_await std::move(bringing);
            CHECK(up.has_value() == are_new_ones_good);
            REQUIRE(b.cloud.signatures.size() == 2);
            CHECK(b.cloud.signatures[0].find("Credential=OLD/") != std::string::npos);
            CHECK(b.cloud.signatures[1].find("Credential=NEW/") != std::string::npos);
        });
}

TEST_CASE("only an identity that is gone is asked for again; GetId is a scarce quota") {
    struct row {
        char const* code;
        char const* message;
        std::size_t asked;
    };
    for (auto const& [code, message, asked] :
         {row{"ResourceNotFoundException", "Identity 'r:old' not found.", 2},
          row{"NotAuthorizedException",
              "Logins don't match. Please include at least one valid login for this identity or "
              "identity pool.",
              2},
          row{"NotAuthorizedException", "Invalid login token. Token expired: 1 >= 0", 1},
          row{"InvalidIdentityPoolConfigurationException", "Invalid identity pool configuration.",
              1}})
        test::run_flow([&](bench& b) -> net::task<void> {
            b.cloud.on_article("r:old");
            user_flow first(b.parts());
            auto bringing = bring_up(first);
            auto const up = co_await std::move(bringing);
            CHECK(up.has_value());
            b.cloud.forget("GetCredentialsForIdentity");
            b.cloud.on("GetCredentialsForIdentity", 400,
                       std::string(R"({"__type":")") + code + R"(","message":")" + message + "\"}");
            user_flow second(b.parts());
            auto retrying = bring_up(second);
            auto const again = co_await std::move(retrying);
            REQUIRE_FALSE(again.has_value());
            CAPTURE(message);
            CHECK(count(b.cloud.asked(), "GetId") == asked);
        });
}

TEST_CASE("a policy is remembered as attached only where it was attached") {
    test::run_flow([](bench& b) -> net::task<void> {
        // Cognito merged two identities; `credentials` attaches nothing.
        b.cloud.on_article("r:1");
        b.cloud.forget("GetCredentialsForIdentity");
        b.cloud.on("GetCredentialsForIdentity", 200,
                   scripted_cloud::credentials("r:merged", 1'767'400'000));
        user_flow first(b.parts());
        auto bringing = bring_up(first, reach::credentials);
        auto const up = co_await std::move(bringing);
        CHECK(up.has_value());
        CHECK(first.identity().text == "r:merged");
        CHECK(count(b.cloud.asked(), "AttachPolicy") == 0);
        user_flow second(b.parts());
        auto again = bring_up(second);
        auto const done = co_await std::move(again);
        CHECK(done.has_value());
        CHECK(count(b.cloud.asked(), "AttachPolicy") == 1);
    });
}
