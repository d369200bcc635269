// USER_SRP_AUTH as amazon-cognito-identity-js and pycognito do it: spec cognito-iam-sigv4 3.7.
#include "base/text.hpp"
#include "crypto/big_integer.hpp"
#include "identity/srp.hpp"
#include "user_pool_fixture.hpp"

using namespace cogniot;
using crypto::big_integer;
using test::text;
using test::user_pool_fixture;
namespace srp = identity::srp;

namespace {

/// A client's half of the handshake.
struct srp_client {
    user_pool_fixture& cloud;
    big_integer secret = big_integer::from_bytes(std::string(128, '\x5A'));

    json::object start(std::string_view username) const {
        json::object parameters{{"USERNAME", username},
                                {"SRP_A", encode_hex(srp::public_value(secret).bytes())}};
        if (!cloud.client_secret.empty())
            parameters["SECRET_HASH"] = cloud.hash(username);
        return {{"AuthFlow", "USER_SRP_AUTH"},
                {"ClientId", cloud.client},
                {"AuthParameters", parameters}};
    }

    json::object answer(json::object const& challenge, std::string_view password) const {
        auto const& parameters = challenge.at("ChallengeParameters").as_object();
        auto const user_id = text(parameters, "USER_ID_FOR_SRP");
        auto const block = *decode_base64(text(parameters, "SECRET_BLOCK"));
        auto const timestamp = srp::print_timestamp(cloud.now);
        auto const pool_name = cloud.pool.substr(cloud.pool.find('_') + 1);
        auto const signature = srp::sign_as_client(
            {.owner = {.pool_name = pool_name, .user_id = user_id},
             .secret_block = block,
             .timestamp = timestamp},
            secret, big_integer::from_bytes(*decode_hex(text(parameters, "SRP_B"))),
            *decode_hex(text(parameters, "SALT")), password);
        json::object answers{{"USERNAME", user_id},
                             {"PASSWORD_CLAIM_SECRET_BLOCK", text(parameters, "SECRET_BLOCK")},
                             {"PASSWORD_CLAIM_SIGNATURE", encode_base64(signature.value())},
                             {"TIMESTAMP", timestamp}};
        if (!cloud.client_secret.empty())
            answers["SECRET_HASH"] = cloud.hash(user_id);
        return {{"ChallengeName", "PASSWORD_VERIFIER"},
                {"ClientId", cloud.client},
                {"ChallengeResponses", answers}};
    }
};

} // namespace

TEST_CASE("a password is proved without being sent") {
    user_pool_fixture cloud;
    cloud.add_user("alice", "Passw0rd!");
    srp_client const client{cloud};
    auto const challenge = cloud.idp("InitiateAuth", client.start("alice"));
    CHECK(text(challenge, "ChallengeName") == "PASSWORD_VERIFIER");
    auto const answer = cloud.idp("RespondToAuthChallenge", client.answer(challenge, "Passw0rd!"));
    CHECK(answer.at("AuthenticationResult").as_object().contains("IdToken"));
    CHECK(cloud.idp_refusal("RespondToAuthChallenge", client.answer(challenge, "Passw0rd?")) ==
          "NotAuthorizedException 400 Incorrect username or password.");
}

TEST_CASE("a handshake is held to its client, its time and its block") {
    user_pool_fixture cloud;
    cloud.add_user("alice", "Passw0rd!");
    srp_client const client{cloud};
    auto const challenge = cloud.idp("InitiateAuth", client.start("alice"));
    auto changed = client.answer(challenge, "Passw0rd!");
    changed["ChallengeResponses"].as_object()["PASSWORD_CLAIM_SECRET_BLOCK"] =
        encode_base64(std::string(200, 'x'));
    CHECK(cloud.idp_refusal("RespondToAuthChallenge", changed) ==
          "NotAuthorizedException 400 Invalid session for the user.");
    auto missing = client.answer(challenge, "Passw0rd!");
    missing["ChallengeResponses"].as_object().erase("TIMESTAMP");
    CHECK(cloud.idp_refusal("RespondToAuthChallenge", missing) ==
          "InvalidParameterException 400 Missing required parameter TIMESTAMP");
    auto const stale = client.answer(challenge, "Passw0rd!");
    cloud.now += std::chrono::minutes(4);
    CHECK(cloud.idp_refusal("RespondToAuthChallenge", stale) ==
          "NotAuthorizedException 400 Invalid session for the user.");
}

TEST_CASE("wrong proofs count like wrong passwords") {
    user_pool_fixture cloud;
    cloud.add_user("alice", "Passw0rd!");
    srp_client const client{cloud};
    for (int i = 0; i < 5; ++i) {
        auto const challenge = cloud.idp("InitiateAuth", client.start("alice"));
        cloud.idp_refusal("RespondToAuthChallenge", client.answer(challenge, "x"));
    }
    CHECK(cloud.idp_refusal("InitiateAuth", client.start("alice")) ==
          "NotAuthorizedException 400 Password attempts exceeded");
    CHECK(cloud.sign_in_refusal("alice", "Passw0rd!") ==
          "NotAuthorizedException 400 Password attempts exceeded");
}

TEST_CASE("a public value that is zero modulo N is refused (RFC 5054, section 2.5.4)") {
    user_pool_fixture cloud;
    cloud.add_user("alice", "Passw0rd!");
    srp_client const client{cloud};
    for (auto const* value : {"0", "00", "xyz"}) {
        auto input = client.start("alice");
        input["AuthParameters"].as_object()["SRP_A"] = value;
        CHECK(cloud.idp_refusal("InitiateAuth", input) ==
              "InvalidParameterException 400 Incorrect SRP_A parameter.");
    }
}

TEST_CASE("whoever does not exist gets a handshake that is always the same and never succeeds") {
    user_pool_fixture cloud(R"({"UsernameAttributes":["email"]})",
                            R"({"PreventUserExistenceErrors":"ENABLED"})");
    srp_client const client{cloud};
    auto const first = cloud.idp("InitiateAuth", client.start("nobody@example.com"));
    auto const second = cloud.idp("InitiateAuth", client.start("nobody@example.com"));
    auto const& shown = first.at("ChallengeParameters").as_object();
    auto const& again = second.at("ChallengeParameters").as_object();
    CHECK(shown.at("SALT") == again.at("SALT"));
    CHECK(shown.at("USER_ID_FOR_SRP") == again.at("USER_ID_FOR_SRP"));
    CHECK(text(shown, "USER_ID_FOR_SRP").size() == 36);
    CHECK(shown.at("SRP_B") != again.at("SRP_B"));
    CHECK(cloud.idp_refusal("RespondToAuthChallenge", client.answer(first, "Passw0rd!")) ==
          "NotAuthorizedException 400 Incorrect username or password.");
}
