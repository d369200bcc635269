// A user pool with an app client and a user, made through the operations themselves.
#pragma once

#include "cloud/cognito_idp/id_token.hpp"
#include "cloud_fixture.hpp"
#include "identity/secret_hash.hpp"

#include <boost/json.hpp>

#include <string>
#include <string_view>

namespace cogniot::test {

class user_pool_fixture : public cloud_fixture {
  public:
    std::string pool;
    std::string client;
    std::string client_secret;

    /// Pool, client with a secret that may use passwords and SRP, no users.
    user_pool_fixture() { make_pool("{}", R"({"GenerateSecret":true})"); }
    user_pool_fixture(std::string_view pool_settings, std::string_view client_settings) {
        make_pool(pool_settings, client_settings);
    }

    template <typename Input>
    json::object idp(std::string_view operation, Input const& input) {
        return ok("cognito-idp", operation, input);
    }
    template <typename Input>
    std::string idp_refusal(std::string_view operation, Input const& input) {
        return refusal("cognito-idp", operation, input);
    }

    /// {UserPoolId, Username} and more.
    json::object named(std::string_view username, json::object more = {}) const {
        more["UserPoolId"] = pool;
        more["Username"] = username;
        return more;
    }

    /// A confirmed user. @return the sub
    std::string add_user(std::string_view username, std::string_view password,
                         json::array attributes = {}) {
        auto const made =
            idp("AdminCreateUser",
                named(username, {{"UserAttributes", attributes}, {"MessageAction", "SUPPRESS"}}));
        idp("AdminSetUserPassword", named(username, {{"Password", password}, {"Permanent", true}}));
        return attribute(made.at("User").as_object(), "sub");
    }

    std::string hash(std::string_view username) const {
        return identity::make_secret_hash(client_secret, username, client);
    }

    json::object password_flow(std::string_view username, std::string_view password) const {
        json::object parameters{{"USERNAME", username}, {"PASSWORD", password}};
        if (!client_secret.empty())
            parameters["SECRET_HASH"] = hash(username);
        return {{"AuthFlow", "USER_PASSWORD_AUTH"},
                {"ClientId", client},
                {"AuthParameters", parameters}};
    }
    /// The answer to InitiateAuth.
    json::object sign_in(std::string_view username, std::string_view password) {
        return idp("InitiateAuth", password_flow(username, password));
    }
    /// AuthenticationResult of a sign-in without challenges.
    json::object tokens(std::string_view username, std::string_view password) {
        return sign_in(username, password).at("AuthenticationResult").as_object();
    }
    std::string sign_in_refusal(std::string_view username, std::string_view password) {
        return idp_refusal("InitiateAuth", password_flow(username, password));
    }

    json::object refresh_flow(std::string_view token, std::string_view username) const {
        json::object parameters{{"REFRESH_TOKEN", token}};
        if (!client_secret.empty())
            parameters["SECRET_HASH"] = hash(username);
        return {{"AuthFlow", "REFRESH_TOKEN_AUTH"},
                {"ClientId", client},
                {"AuthParameters", parameters}};
    }

    json::object response(std::string_view challenge, std::string_view session,
                          json::object answers) const {
        if (!client_secret.empty() && answers.contains("USERNAME"))
            answers["SECRET_HASH"] = hash(answers.at("USERNAME").as_string());
        return {{"ChallengeName", challenge},
                {"ClientId", client},
                {"Session", session},
                {"ChallengeResponses", answers}};
    }

    /// The value of an attribute of a UserType or of UserAttributes.
    static std::string attribute(json::object const& user, std::string_view name) {
        auto const* list = json::find_array(user, "Attributes");
        if (list == nullptr)
            list = json::find_array(user, "UserAttributes");
        for (auto const& pair : *list)
            if (text(pair.as_object(), "Name") == name)
                return text(pair.as_object(), "Value");
        return "(absent)";
    }

    static json::object claims(std::string_view token) {
        return identity::decode_token(token).value().claims;
    }

  private:
    void make_pool(std::string_view pool_settings, std::string_view client_settings) {
        auto pool_input = json::parse_object(pool_settings).value();
        pool_input["PoolName"] = "people";
        auto const made = idp("CreateUserPool", pool_input);
        pool = text(made.at("UserPool").as_object(), "Id");
        auto client_input = json::parse_object(client_settings).value();
        client_input["UserPoolId"] = pool;
        client_input["ClientName"] = "backend";
        if (!client_input.contains("ExplicitAuthFlows"))
            client_input["ExplicitAuthFlows"] = {"ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH",
                                                 "ALLOW_REFRESH_TOKEN_AUTH",
                                                 "ALLOW_ADMIN_USER_PASSWORD_AUTH"};
        auto const shown = idp("CreateUserPoolClient", client_input);
        client = text(shown.at("UserPoolClient").as_object(), "ClientId");
        client_secret =
            json::find_string(shown.at("UserPoolClient").as_object(), "ClientSecret").value_or("");
    }
};

} // namespace cogniot::test
