// The sources that are asked over HTTP or run, against a server on loopback that is told what to
// answer.
#include "client/backend_credentials.hpp"
#include "client/backend_credentials_fetch.hpp"
#include "client/errors.hpp"
#include "net/server.hpp"
#include "unit/client/aws_config_world.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <thread>

using namespace cogniot;
using namespace cogniot::client;
using namespace cogniot::test;
using namespace std::chrono_literals;

namespace {

/// Answers requests with the next of its answers and keeps what was asked.
class scripted_server {
  public:
    explicit scripted_server(net::loop& loop)
        : listener_(*net::listener::open(loop, "127.0.0.1", 0)), group_(loop) {
        group_.spawn([this] {
            return listener_->run_accepting(
                group_, net::tls_use::never, nullptr, {}, [this](net::stream_ptr stream) {
                    return net::serve_http(std::move(stream), {},
                                           [this](net::http_request const& request,
                                                  net::stream const&) { return answer(request); });
                });
        });
    }
    std::string url() const {
        return "http://127.0.0.1:" + std::to_string(listener_->local().port);
    }
    void then(int status, std::string body) {
        answers_.push_back({.status = status, .headers = {}, .body = std::move(body)});
    }
    net::task<void> stop() {
        listener_->close();
        group_.cancel();
        co_await group_.join();
    }
    std::vector<net::http_request> asked{};

  private:
    net::task<net::http_answer> answer(net::http_request const& request) {
        asked.push_back(request);
        net::http_response out{.status = 500, .headers = {}, .body = "not scripted"};
        if (!answers_.empty()) {
            out = std::move(answers_.front());
            answers_.pop_front();
        }
        co_return out;
    }

    std::unique_ptr<net::listener> listener_;
    net::task_group group_;
    std::deque<net::http_response> answers_{};
};

/// A loop with a server, and credentials looked for in a world of their own.
class stage {
  public:
    stage() : server(loop_), http_(loop_, *net::client_tls::make(std::nullopt)) {}

    /// Runs `body` with the credentials of a world; the server's URL may be used in its values.
    void run(names variables, names files,
             std::function<net::task<void>(backend_credentials&)> body) {
        auto const around = world(std::move(variables), std::move(files));
        auto const config = aws_config::load(around);
        REQUIRE_MESSAGE(config.has_value(), (config ? "" : config.error().message()));
        backend_credentials credentials(
            loop_, http_, *config,
            {.around = around, .now = [this] { return now; }, .run_process = run_process});
        loop_.run_until_done([&]() -> net::task<void> {
            co_await body(credentials);
            co_await server.stop();
        });
    }
    net::loop& loop() { return loop_; }
    /// What get() says once.
    result<found_credentials> get(names variables, names files = {}) {
        result<found_credentials> out = fail(errc::stopped);
        run(std::move(variables), std::move(files),
            [&out](backend_credentials& credentials) -> net::task<void> {
                out = co_await credentials.get();
            });
        return out;
    }

  private:
    net::loop loop_;

  public:
    scripted_server server;
    utc_time now = *parse_extended("2026-01-02T03:04:05Z");
    std::function<result<std::string>(std::string const&, std::stop_token)> run_process =
        [](std::string const&, std::stop_token) -> result<std::string> { return std::string(); };

  private:
    net::http_client http_;
};

std::string metadata_answer(char const* expiration, char const* id = "ASIA1") {
    return std::string(R"({"Code":"Success","AccessKeyId":")") + id +
           R"(","SecretAccessKey":"S","Token":"T","Expiration":")" + expiration + R"("})";
}

std::string const sts_answer =
    "<R><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>S</SecretAccessKey>"
    "<SessionToken>T</SessionToken><Expiration>2026-01-02T04:04:05Z</Expiration></Credentials></R>";

names const no_metadata = {{"AWS_EC2_METADATA_DISABLED", "true"}};

} // namespace

TEST_CASE("with no source at all the error lists what was tried") {
    stage on;
    auto const found = on.get(no_metadata);
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().code == make_error_code(errc::backend_credentials_missing));
    CHECK(found.error().detail.starts_with("tried environment: AWS_ACCESS_KEY_ID is not set; "));
    CHECK(found.error().detail.ends_with("instance metadata: AWS_EC2_METADATA_DISABLED is true"));
}

TEST_CASE(
    "instance metadata is asked with a token, then for the role, then for its keys [IMDSv2]") {
    stage on;
    on.server.then(200, "TOKEN");
    on.server.then(200, "my-role");
    on.server.then(200, metadata_answer("2026-01-02T09:00:00Z"));
    auto const found = on.get({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", on.server.url()}});
    REQUIRE_MESSAGE(found.has_value(), (found ? "" : found.error().message()));
    CHECK(found->keys.access_key_id == "ASIA1");
    CHECK(found->keys.session_token == "T");
    CHECK(found->source == "instance metadata");
    auto const& asked = on.server.asked;
    REQUIRE(asked.size() == 3);
    CHECK(asked[0].method == "PUT");
    CHECK(asked[0].target == "/latest/api/token");
    CHECK(asked[0].headers.find("x-aws-ec2-metadata-token-ttl-seconds") == "21600");
    CHECK(asked[1].target == "/latest/meta-data/iam/security-credentials/");
    CHECK(asked[1].headers.find("x-aws-ec2-metadata-token") == "TOKEN");
    CHECK(asked[2].target == "/latest/meta-data/iam/security-credentials/my-role");
    CHECK(asked[2].headers.find("x-aws-ec2-metadata-token") == "TOKEN");
}

TEST_CASE(
    "a machine without instance metadata has no credentials, an instance without a role says so") {
    stage off;
    // Port 1 of loopback refuses: nobody listens there.
    auto const missing = off.get({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1"}});
    CHECK(missing.error().code == make_error_code(errc::backend_credentials_missing));
    CHECK(missing.error().detail.find("instance metadata: ") != std::string::npos);
    stage on;
    on.server.then(200, "TOKEN");
    on.server.then(404, "");
    auto const refused = on.get({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", on.server.url()}});
    CHECK(refused.error().code == make_error_code(errc::backend_credentials_refused));
    CHECK(refused.error().detail == "instance metadata: GET /latest/meta-data/iam/"
                                    "security-credentials/ was answered 404");
}

TEST_CASE("a container is asked with its token, which is read from the file each time") {
    stage on;
    on.server.then(500, "");
    on.server.then(200, metadata_answer("2026-01-02T09:00:00Z"));
    auto const found =
        on.get({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", on.server.url() + "/creds?id=1"},
                {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/token"}},
               {{"/token", "secret-token\n"}});
    REQUIRE_MESSAGE(found.has_value(), (found ? "" : found.error().message()));
    CHECK(found->source == "container endpoint");
    REQUIRE(on.server.asked.size() == 2);
    CHECK(on.server.asked[1].target == "/creds?id=1");
    CHECK(on.server.asked[1].headers.find("Authorization") == "secret-token");
}

TEST_CASE("a container that refuses ends the search") {
    stage on;
    on.server.then(403, "go away");
    auto const found = on.get({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", on.server.url() + "/creds"}});
    CHECK(found.error().code == make_error_code(errc::backend_credentials_refused));
    CHECK(found.error().detail == "container endpoint: it answered 403: go away");
    CHECK(on.server.asked.size() == 1);
}

TEST_CASE("a role is assumed through STS, signed with its source's keys") {
    stage on;
    on.server.then(200, sts_answer);
    names variables = no_metadata;
    variables["AWS_ENDPOINT_URL_STS"] = on.server.url();
    variables["AWS_REGION"] = "ap-northeast-1";
    auto const found =
        on.get(variables, {{config_path, "[default]\nrole_arn = arn:aws:iam::1:role/r\n"
                                         "source_profile = base\nexternal_id = a b\n"
                                         "[profile base]\naws_access_key_id = AKBASE\n"
                                         "aws_secret_access_key = SKBASE\n"}});
    REQUIRE_MESSAGE(found.has_value(), (found ? "" : found.error().message()));
    CHECK(found->keys.access_key_id == "ASIAROLE");
    CHECK(found->source == "role of profile `default`");
    REQUIRE(on.server.asked.size() == 1);
    auto const& asked = on.server.asked.front();
    CHECK(asked.body == "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3A"
                        "role%2Fr&RoleSessionName=cogniot&ExternalId=a%20b");
    sigv4::request const received{.method = asked.method,
                                  .path = std::string(asked.path()),
                                  .query = {},
                                  .headers = asked.headers.fields(),
                                  .body = asked.body};
    auto const shown = sigv4::read_presented(received);
    REQUIRE(shown.has_value());
    CHECK(shown->access_key_id == "AKBASE");
    CHECK(shown->in == sigv4::scope{.region = "ap-northeast-1", .service = "sts"});
    CHECK(sigv4::verify(received, *shown, secret("SKBASE"), on.now).has_value());
}

TEST_CASE("STS's refusal is told in its own words; its failures are tried again") {
    stage on;
    on.server.then(503, "busy");
    on.server.then(403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message>"
                        "</Error></ErrorResponse>");
    names variables = {{"AWS_ENDPOINT_URL_STS", on.server.url()},
                       {"AWS_WEB_IDENTITY_TOKEN_FILE", "/jwt"},
                       {"AWS_ROLE_ARN", "arn:r"}};
    auto const found = on.get(variables, {{"/jwt", "eyJ.a.b\n"}});
    CHECK(found.error().code == make_error_code(errc::backend_credentials_refused));
    CHECK(found.error().detail == "web identity of AWS_WEB_IDENTITY_TOKEN_FILE: STS at " +
                                      on.server.url().substr(7) +
                                      " answered 403, AccessDenied: not you");
    REQUIRE(on.server.asked.size() == 2);
    CHECK(on.server.asked[1].body ==
          "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Ar&RoleSessionName="
          "cogniot&WebIdentityToken=eyJ.a.b");
    CHECK_FALSE(on.server.asked[1].headers.find("Authorization"));
}

TEST_CASE(
    "credentials are kept, renewed in the last quarter of their life, and outlive a failure") {
    stage on;
    names variables = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", on.server.url() + "/creds"}};
    on.server.then(200, metadata_answer("2026-01-02T04:04:05Z", "FIRST"));
    on.server.then(403, "");
    on.server.then(200, metadata_answer("2026-01-02T05:04:05Z", "SECOND"));
    on.server.then(200, metadata_answer("2026-01-02T05:04:05Z", "THIRD"));
    on.run(variables, {}, [&](backend_credentials& credentials) -> net::task<void> {
        utc_time const start = on.now;
        auto const id_after = [&](utc_time::duration passed) -> net::task<std::string> {
            on.now = start + passed;
            auto const found = co_await credentials.get();
            co_return found ? found->keys.access_key_id : found.error().message();
        };
        CHECK(co_await id_after(0min) == "FIRST");
        CHECK(co_await id_after(44min) == "FIRST");
        CHECK(on.server.asked.size() == 1);
        CHECK(co_await id_after(46min) == "FIRST"); // the fetch was answered 403
        CHECK(on.server.asked.size() == 2);
        CHECK(co_await id_after(46min + 30s) == "FIRST");
        CHECK(on.server.asked.size() == 2);
        CHECK(co_await id_after(47min) == "SECOND");
        credentials.forget();
        CHECK(co_await id_after(48min) == "THIRD");
        CHECK(on.server.asked.size() == 4);
    });
}

TEST_CASE("credentials of a short life are not renewed at every call") {
    stage on;
    names variables = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", on.server.url() + "/creds"}};
    on.server.then(200, metadata_answer("2026-01-02T03:16:05Z", "FIRST")); // 12 minutes
    on.server.then(200, metadata_answer("2026-01-02T03:26:05Z", "SECOND"));
    on.run(variables, {}, [&](backend_credentials& credentials) -> net::task<void> {
        utc_time const start = on.now;
        for (auto const& [passed, expected] :
             {std::pair{0min, "FIRST"}, std::pair{8min, "FIRST"}, std::pair{10min, "SECOND"}}) {
            on.now = start + passed;
            auto const found = co_await credentials.get();
            REQUIRE(found.has_value());
            CHECK(found->keys.access_key_id == expected);
        }
    });
}

TEST_CASE("many who ask at once are served by one fetch") {
    stage on;
    names variables = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", on.server.url() + "/creds"}};
    on.server.then(200, metadata_answer("2026-01-02T09:04:05Z"));
    int served = 0;
    on.run(variables, {}, [&](backend_credentials& credentials) -> net::task<void> {
        net::loop& loop = on.loop();
        net::task_group group(loop);
        for (int i = 0; i < 5; ++i)
            group.spawn([&]() -> net::task<void> {
                auto const got = co_await credentials.get();
                if (got)
                    ++served;
            });
        co_await group.join();
    });
    CHECK(served == 5);
    CHECK(on.server.asked.size() == 1);
}

TEST_CASE("a credential_process runs on a thread of its own") {
    stage on;
    std::string ran;
    on.run_process = [&](std::string const& command, std::stop_token) -> result<std::string> {
        ran = command;
        return std::string(R"({"Version":1,"AccessKeyId":"AP","SecretAccessKey":"S"})");
    };
    auto const found =
        on.get(no_metadata, {{config_path, "[default]\ncredential_process = a b\n"}});
    REQUIRE_MESSAGE(found.has_value(), (found ? "" : found.error().message()));
    CHECK(found->keys.access_key_id == "AP");
    CHECK(found->source == "credential_process of profile `default`");
    CHECK(ran == "a b");
}

TEST_CASE("expired credentials are refused with the time") {
    stage on;
    names variables = {{"AWS_ACCESS_KEY_ID", "A"},
                       {"AWS_SECRET_ACCESS_KEY", "S"},
                       {"AWS_CREDENTIAL_EXPIRATION", "2026-01-02T03:00:00Z"}};
    CHECK(on.get(variables).error().detail ==
          "environment: the credentials expired at 2026-01-02T03:00:00Z");
}

TEST_CASE("a command is run by the shell; how it failed is told") {
    CHECK(*run_shell_command("printf '%s' \"a b\"", {}) == "a b");
    CHECK(run_shell_command("exit 3", {}).error().detail == "it ended with exit code 3");
    CHECK(run_shell_command("kill -9 $$", {}).error().detail == "it was ended by signal 9");
    CHECK(run_shell_command("head -c 100000 /dev/zero", {}).error().detail ==
          "it printed more than 64 KiB");
    CHECK(run_shell_command("/no/such/program 2>/dev/null", {}).error().detail ==
          "it ended with exit code 127");
}

TEST_CASE("a command that nobody waits for any more is killed with all it started") {
    auto const began = std::chrono::steady_clock::now();
    std::stop_source source;
    std::jthread const later([&] {
        std::this_thread::sleep_for(100ms);
        source.request_stop();
    });
    auto const run = run_shell_command("sleep 30 & sleep 30; wait", source.get_token());
    REQUIRE_FALSE(run.has_value());
    CHECK(std::chrono::steady_clock::now() - began < 5s);
}

TEST_CASE("cancelling whoever waits for a slow credential_process does not hold up the loop") {
    stage on;
    on.run_process = run_shell_command;
    names const files{{"/c", "[default]\ncredential_process = sleep 30\n"}};
    auto const began = std::chrono::steady_clock::now();
    on.run({{"AWS_CONFIG_FILE", "/c"}}, files,
           [&](backend_credentials& credentials) -> net::task<void> {
               net::task_group group(on.loop());
               group.spawn([&]() -> net::task<void> {
                   auto getting = credentials.get();
                   (void)co_await std::move(getting);
               });
               auto waiting = net::sleep_for(100ms);
               co_await std::move(waiting);
               group.cancel();
               auto joining = group.join();
               co_await std::move(joining);
           });
    CHECK(std::chrono::steady_clock::now() - began < 5s);
}
