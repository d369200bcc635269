// A world to call operations in, as the wire layer would, with what it persisted at hand.
#pragma once

#include "cloud/authorise.hpp"
#include "cloud/service.hpp"
#include "cloud/sts/credentials.hpp"
#include "cloud/world.hpp"
#include "identity/token.hpp"
#include "json/parse.hpp"
#include "support/seeded_random.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cogniot::test {

/// One key for all tests: making one takes a tenth of a second.
inline crypto::rsa_key const& test_key() {
    static crypto::rsa_key const key = crypto::rsa_key::generate();
    return key;
}
/// Another one, that nobody trusts.
inline crypto::rsa_key const& foreign_key() {
    static crypto::rsa_key const key = crypto::rsa_key::generate();
    return key;
}

/// Who signs devices' certificates.
inline crypto::certified_key const& test_authority() {
    static auto const made =
        crypto::make_authority("cogniot test CA", *parse_extended("2026-11-22T03:04:05Z"));
    return made;
}

inline constexpr std::string_view user_pool_id = "ap-northeast-1_Users1234";
inline constexpr std::string_view provider_name =
    "cognito-idp.ap-northeast-1.amazonaws.com/ap-northeast-1_Users1234";
inline constexpr std::string_view app_client_id = "appclient1";
inline constexpr std::string_view account_id = "123456789012";

/// `Logins` with one token.
inline json::object logins(std::string_view token) {
    return {{provider_name, token}};
}

class cloud_fixture {
  public:
    cloud::world world{};
    utc_time now = *parse_extended("2026-11-22T03:04:05Z");
    std::string region = "ap-northeast-1";
    cloud::principal caller = root();

    cloud_fixture() { prepare(world); }

    static cloud::principal root() {
        return {.what = cloud::principal::type::root,
                .arn = "arn:aws:iam::123456789012:root",
                .user_id = std::string(account_id),
                .account = std::string(account_id),
                .access_key_id = "test"};
    }

    cloud::outcome<json::object> call(std::string_view service, std::string_view operation,
                                      json::object const& input) {
        std::vector<record> persist;
        cloud::call c{.world = world,
                      .now = now,
                      .who = caller,
                      .region = region,
                      .random = random_,
                      .persist = persist,
                      .source_ip = "127.0.0.1"};
        auto answer = find(service, operation).run(c, input);
        for (auto& r : persist)
            kept_[{r.kind, r.key}] = r.value;
        return answer;
    }
    cloud::outcome<json::object> call(std::string_view service, std::string_view operation,
                                      std::string_view input) {
        return call(service, operation, json::parse_object(input).value());
    }

    /// The answer of a call that must succeed.
    template <typename Input>
    json::object ok(std::string_view service, std::string_view operation, Input const& input) {
        auto answer = call(service, operation, input);
        REQUIRE_MESSAGE(answer.has_value(), operation, ": ",
                        answer ? "" : answer.error().code + ": " + answer.error().message);
        return *answer;
    }

    /// `Code 400 message` of a call that must be refused, `ok` if it was not.
    template <typename Input>
    std::string refusal(std::string_view service, std::string_view operation, Input const& input) {
        auto const answer = call(service, operation, input);
        if (answer)
            return "ok";
        auto const& e = answer.error();
        return e.code + " " + std::to_string(e.status) + " " + e.message;
    }

    /// What a process that starts again with the records of this one knows.
    cloud::world restarted() const {
        cloud::world again{};
        prepare_settings(again);
        for (auto const& [at, value] : kept_)
            if (value) {
                auto const taken = again.restore(at.first, at.second, *value);
                REQUIRE_MESSAGE(taken.has_value(), at.first, " ", at.second, ": ",
                                taken ? "" : taken.error().message());
                CHECK_MESSAGE(*taken, at.first);
            }
        prepare_users(again);
        return again;
    }
    std::size_t record_count() const {
        std::size_t n = 0;
        for (auto const& [at, value] : kept_)
            n += value.has_value();
        return n;
    }

    /// Claims of an ID token as the user pool of the fixture issues it.
    json::object id_claims(std::string_view sub = "11111111-2222-3333-4444-555555555555") const {
        return {{"sub", sub},
                {"iss", "https://" + std::string(provider_name)},
                {"aud", app_client_id},
                {"token_use", "id"},
                {"cognito:username", "alice"},
                {"iat", epoch_seconds(now)},
                {"exp", epoch_seconds(now) + 3600}};
    }
    static std::string sign(json::object const& claims) {
        return identity::make_token("kid-id", test_key(), claims);
    }

    random_source& random() { return random_; }

  private:
    static cloud::operation const& find(std::string_view service, std::string_view operation) {
        for (auto const* const s : cloud::all_services())
            if (s->name == service)
                for (auto const& row : s->operations)
                    if (row.name == operation)
                        return row;
        FAIL("no operation ", service, " ", operation);
        std::abort();
    }

    static void prepare_settings(cloud::world& w) {
        w.settings.iot_endpoint = "localhost:4566";
        w.settings.make_signing_key = [] { return test_key(); };
        w.settings.device_authority = test_authority();
    }
    /// A user pool whose ID tokens are signed with test_key().
    static void prepare_users(cloud::world& w) {
        cloud::cognito_idp::user_pool users{};
        users.id = std::string(user_pool_id);
        users.region = "ap-northeast-1";
        users.keys.emplace();
        users.keys->id_token.key_id = "kid-id";
        users.keys->id_token.modulus = test_key().modulus();
        users.keys->id_token.exponent = test_key().exponent();
        w.cognito_idp.pools.emplace(users.id, std::move(users));
    }
    static void prepare(cloud::world& w) {
        prepare_settings(w);
        prepare_users(w);
    }

    seeded_random random_{7};
    std::map<std::pair<std::string, std::string>, std::optional<std::string>> kept_{};
};

inline std::string text(json::object const& o, std::string_view member) {
    return std::string(json::find_string(o, member).value_or("(absent)"));
}

} // namespace cogniot::test
