// TestAuthorization and GetEffectivePolicies.
// @source AWS IoT API reference, TestAuthorization, AuthResult, GetEffectivePolicies; spec
// cognito-iam-sigv4 7.2
#include "unit/cloud/cloud_fixture.hpp"
#include "unit/cloud/documents.hpp"

using namespace cogniot;
using namespace cogniot::test;

namespace {

constexpr std::string_view identity_id = "ap-northeast-1:aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
constexpr std::string_view arn = "arn:aws:iot:ap-northeast-1:123456789012:";

std::string resource(std::string_view tail) {
    return std::string(arn) + std::string(tail);
}

struct authorization_fixture : cloud_fixture {
    void create(std::string_view name, std::string_view document) {
        ok("iot", "CreatePolicy", json::object{{"policyName", name}, {"policyDocument", document}});
    }
    void attach(std::string_view name) {
        ok("iot", "AttachPolicy", json::object{{"policyName", name}, {"target", identity_id}});
    }
    static json::array ask(std::string_view type, json::array resources) {
        return {json::object{{"actionType", type}, {"resources", resources}}};
    }
    json::object test(json::object input) {
        if (!input.contains("principal"))
            input["principal"] = identity_id;
        return ok("iot", "TestAuthorization", input).at("authResults").as_array().at(0).as_object();
    }
};

/// `DECISION allowed: … implicit: … explicit: … missing: …`
std::string told(json::object const& result) {
    auto const names = [](json::value const& of) {
        std::string out;
        for (auto const& p : of.as_object().at("policies").as_array())
            out += " " + text(p.as_object(), "policyName");
        return out;
    };
    auto const& denied = result.at("denied").as_object();
    std::string missing;
    for (auto const& key : result.at("missingContextValues").as_array())
        missing += " " + std::string(key.as_string());
    return text(result, "authDecision") + " allowed:" + names(result.at("allowed")) +
           " implicit:" + names(denied.at("implicitDeny")) +
           " explicit:" + names(denied.at("explicitDeny")) + " missing:" + missing;
}

} // namespace

TEST_CASE("each policy stands where it belongs, and the decision is that of all together") {
    authorization_fixture f;
    f.create("Allows", one_statement("Allow", "iot:*"));
    f.create("Silent", one_statement("Allow", "iot:Receive"));
    f.create("Denies", one_statement("Deny", "iot:Publish"));
    for (std::string_view const name : {"Allows", "Silent"})
        f.attach(name);
    json::object const input{{"authInfos", f.ask("PUBLISH", {resource("topic/a")})}};
    CHECK(told(f.test(input)) == "ALLOWED allowed: Allows implicit: Silent explicit: missing:");

    auto with = input;
    with["policyNamesToAdd"] = json::array{"Denies"};
    CHECK(told(f.test(with)) ==
          "EXPLICIT_DENY allowed: Allows implicit: Silent explicit: Denies missing:");
    with["policyNamesToSkip"] = json::array{"Allows"};
    with.erase("policyNamesToAdd");
    CHECK(told(f.test(with)) == "IMPLICIT_DENY allowed: implicit: Silent explicit: missing:");
    with.erase("policyNamesToSkip");
    with["principal"] = "ap-northeast-1:00000000-0000-4000-8000-000000000000";
    CHECK(told(f.test(with)) == "IMPLICIT_DENY allowed: implicit: explicit: missing:");
}

TEST_CASE("the answer has AWS's members in AWS's order") {
    authorization_fixture f;
    f.create("P", one_statement("Allow", "iot:Connect"));
    f.attach("P");
    CHECK(json::print(f.test({{"authInfos", f.ask("CONNECT", {resource("client/c")})}})) ==
          R"({"authInfo":{"actionType":"CONNECT","resources":[)"
          R"("arn:aws:iot:ap-northeast-1:123456789012:client/c"]},"allowed":{"policies":[)"
          R"({"policyName":"P","policyArn":"arn:aws:iot:ap-northeast-1:123456789012:policy/P"}]},)"
          R"("denied":{"implicitDeny":{"policies":[]},"explicitDeny":{"policies":[]}},)"
          R"("authDecision":"ALLOWED","missingContextValues":[]})");
}

TEST_CASE("all resources of a question must be allowed") {
    authorization_fixture f;
    f.create("One", one_statement("Allow", "iot:Subscribe", resource("topicfilter/a/*")));
    f.attach("One");
    auto const asked = [&](json::array resources) {
        return told(f.test({{"authInfos", f.ask("SUBSCRIBE", std::move(resources))}}));
    };
    CHECK(asked({resource("topicfilter/a/#")}) ==
          "ALLOWED allowed: One implicit: explicit: missing:");
    CHECK(asked({resource("topicfilter/a/#"), resource("topicfilter/b")}) ==
          "IMPLICIT_DENY allowed: One implicit: One explicit: missing:");
}

TEST_CASE("identity, client ID and thing have their values, and what has none is named") {
    authorization_fixture f;
    auto const publish_on = [](std::string_view tail) {
        return one_statement("Allow", "iot:Publish", resource(tail));
    };
    f.create("Sub", publish_on("topic/${cognito-identity.amazonaws.com:sub}"));
    f.create("Client", publish_on("topic/${iot:ClientId}"));
    f.create("Thing", publish_on("topic/${iot:Connection.Thing.ThingName}"));
    f.ok("iot", "CreateThing", json::object{{"thingName", "lamp"}});
    auto const with = [&](std::string_view policy, std::string_view topic,
                          std::optional<std::string_view> client_id) {
        json::object input{{"authInfos", f.ask("PUBLISH", {resource(topic)})},
                           {"policyNamesToAdd", json::array{policy}}};
        if (client_id)
            input["clientId"] = *client_id;
        return told(f.test(input));
    };
    CHECK(with("Sub", "topic/" + std::string(identity_id), {}) ==
          "ALLOWED allowed: Sub implicit: explicit: missing:");
    CHECK(with("Client", "topic/lamp", "lamp") ==
          "ALLOWED allowed: Client implicit: explicit: missing:");
    CHECK(with("Client", "topic/lamp", {}) ==
          "IMPLICIT_DENY allowed: implicit: Client explicit: missing: iot:ClientId");
    CHECK(with("Thing", "topic/lamp", "lamp") ==
          "ALLOWED allowed: Thing implicit: explicit: missing:");
    CHECK(with("Thing", "topic/lamp", "other") ==
          "IMPLICIT_DENY allowed: implicit: Thing explicit: missing: "
          "iot:Connection.Thing.ThingName");
}

TEST_CASE("the identity pool gives the audience, and must be the identity's") {
    authorization_fixture f;
    auto const pool = [&](std::string_view name) {
        return text(f.ok("cognito-identity", "CreateIdentityPool",
                         json::object{{"IdentityPoolName", name},
                                      {"AllowUnauthenticatedIdentities", true}}),
                    "IdentityPoolId");
    };
    auto const mine = pool("mine");
    auto const other = pool("other");
    auto const guest = text(
        f.ok("cognito-identity", "GetId", json::object{{"IdentityPoolId", mine}}), "IdentityId");
    f.create("Aud", R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iot:*",)"
                    R"("Resource":"*","Condition":{"StringEquals":)"
                    R"({"cognito-identity.amazonaws.com:aud":")" +
                        mine + R"("}}}})");
    json::object input{{"principal", guest},
                       {"authInfos", f.ask("PUBLISH", {resource("topic/a")})},
                       {"policyNamesToAdd", json::array{"Aud"}}};
    CHECK(text(f.test(input), "authDecision") == "ALLOWED");
    input["cognitoIdentityPoolId"] = mine;
    CHECK(text(f.test(input), "authDecision") == "ALLOWED");
    input["cognitoIdentityPoolId"] = other;
    CHECK(f.refusal("iot", "TestAuthorization", input) ==
          "ResourceNotFoundException 404 Identity '" + guest + "' not found in identity pool '" +
              other + "'.");
}

TEST_CASE("TestAuthorization is refused by AWS's names") {
    authorization_fixture f;
    json::object const fine{{"principal", identity_id},
                            {"authInfos", f.ask("PUBLISH", {resource("topic/a")})}};
    struct {
        std::string_view id;
        json::object change;
        std::string_view begins;
    } const rows[]{
        {"infos/none",
         {{"authInfos", json::array{}}},
         "InvalidRequestException 400 1 validation error detected: Value at 'authInfos' failed to "
         "satisfy constraint: Member must have length greater than or equal to 1"},
        {"infos/type",
         {{"authInfos", f.ask("DANCE", {resource("topic/a")})}},
         "InvalidRequestException 400 1 validation error detected: Value 'DANCE' at "
         "'authInfos.1.member.actionType' failed to satisfy constraint: Member must satisfy enum "
         "value set: [PUBLISH, SUBSCRIBE, RECEIVE, CONNECT]"},
        {"infos/no-arn",
         {{"authInfos", f.ask("PUBLISH", {"topic/a"})}},
         "InvalidRequestException 400 Invalid resource `topic/a`: an ARN is due"},
        {"principal/form",
         {{"principal", "alice"}},
         "InvalidRequestException 400 Invalid target `alice`"},
        {"principal/certificate",
         {{"principal", resource("cert/00")}},
         "ResourceNotFoundException 404 The certificate given in the principal does not exist."},
        {"pool/missing",
         {{"cognitoIdentityPoolId", "ap-northeast-1:x"}},
         "ResourceNotFoundException 404 IdentityPool 'ap-northeast-1:x' not found."},
        {"add/missing",
         {{"policyNamesToAdd", json::array{"X"}}},
         "ResourceNotFoundException 404 Policy not found"},
        {"skip/missing",
         {{"policyNamesToSkip", json::array{"X"}}},
         "ResourceNotFoundException 404 Policy not found"},
    };
    CHECK(f.refusal("iot", "TestAuthorization", fine) == "ok");
    for (auto const& row : rows) {
        auto input = fine;
        for (auto const& [name, value] : row.change)
            input[name] = value;
        auto const refusal = f.refusal("iot", "TestAuthorization", input);
        CHECK_MESSAGE(refusal.starts_with(row.begins), row.id, ": ", refusal);
    }
}

TEST_CASE("effective policies are those attached, with the documents in force") {
    authorization_fixture f;
    f.create("P", one_statement("Allow", "iot:Connect"));
    f.attach("P");
    auto const second = one_statement("Allow", "iot:*");
    f.ok("iot", "CreatePolicyVersion",
         json::object{{"policyName", "P"}, {"policyDocument", second}, {"setAsDefault", true}});
    json::object input{{"principal", identity_id}};
    CHECK(json::print(f.ok("iot", "GetEffectivePolicies", input)) ==
          json::print(json::object{
              {"effectivePolicies", json::array{json::object{{"policyName", "P"},
                                                             {"policyArn", resource("policy/P")},
                                                             {"policyDocument", second}}}}}));
    input["thingName"] = "nothing";
    CHECK(f.refusal("iot", "GetEffectivePolicies", input)
              .starts_with("ResourceNotFoundException 404 Thing nothing"));
    CHECK(f.refusal("iot", "GetEffectivePolicies", json::object{})
              .starts_with("InvalidRequestException 400 "));
}
