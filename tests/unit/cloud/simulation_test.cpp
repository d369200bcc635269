// SimulatePrincipalPolicy and SimulateCustomPolicy: AWS's shapes, from the engine that decides.
// @source IAM API reference, EvaluationResult; AWS CLI reference, simulate-custom-policy,
// simulate-principal-policy; spec cognito-iam-sigv4 6.2
#include "cloud/iam/simulation.hpp"
#include "policy/missing_keys.hpp"
#include "unit/cloud/cloud_fixture.hpp"
#include "unit/cloud/documents.hpp"

using namespace cogniot;
using namespace cogniot::test;

namespace {

constexpr std::string_view role_arn = "arn:aws:iam::123456789012:role/team/R";
constexpr std::string_view lamp = "arn:aws:iot:ap-northeast-1:123456789012:topic/lamp";

struct simulation_fixture : cloud_fixture {
    void make_role() {
        ok("iam", "CreateRole",
           json::object{
               {"RoleName", "R"}, {"Path", "/team/"}, {"AssumeRolePolicyDocument", account_trust}});
    }
    void put_role_policy(std::string_view name, std::string_view document) {
        ok("iam", "PutRolePolicy",
           json::object{{"RoleName", "R"}, {"PolicyName", name}, {"PolicyDocument", document}});
    }
    json::object custom(std::string_view document, json::object more) {
        more["PolicyInputList"] = json::array{document};
        return ok("iam", "SimulateCustomPolicy", more);
    }
    /// `iot:Publish` of one custom policy on the lamp.
    json::object publish(std::string_view document, json::object more = {}) {
        more["ActionNames"] = json::array{"iot:Publish"};
        more["ResourceArns"] = json::array{lamp};
        return first(custom(document, more));
    }
    static json::object first(json::object const& answer) {
        return answer.at("EvaluationResults").as_array().at(0).as_object();
    }
};

json::object entry(std::string_view key, std::string_view type, json::array values) {
    return {{"ContextKeyName", key}, {"ContextKeyType", type}, {"ContextKeyValues", values}};
}

std::string decisions(json::object const& answer) {
    std::string out;
    for (auto const& one : answer.at("EvaluationResults").as_array())
        out += (out.empty() ? "" : " ") + text(one.as_object(), "EvalDecision");
    return out;
}

std::string print_extent(cloud::iam::extent const& e) {
    return json::print(e.start) + " to " + json::print(e.end);
}

} // namespace

TEST_CASE("the example of AWS's CLI reference is answered word by word") {
    simulation_fixture f;
    constexpr std::string_view document =
        R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":)"
        R"("*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}})";
    auto const at = [&](std::string_view time) {
        return json::print(f.custom(
            document, {{"ActionNames", json::array{"dynamodb:CreateBackup"}},
                       {"ContextEntries",
                        json::array{entry("aws:CurrentTime", "date", json::array{time})}}}));
    };
    CHECK(at("2019-04-25T11:00:00Z") ==
          R"({"EvaluationResults":[{"EvalActionName":"dynamodb:CreateBackup","EvalResourceName":)"
          R"("*","EvalDecision":"allowed","MatchedStatements":[{"SourcePolicyId":)"
          R"("PolicyInputList.1","SourcePolicyType":"IAM Policy","StartPosition":{"Line":1,)"
          R"("Column":38},"EndPosition":{"Line":1,"Column":167}}],"MissingContextValues":[]}],)"
          R"("IsTruncated":false})");
    CHECK(at("2014-04-25T11:00:00Z") ==
          R"({"EvaluationResults":[{"EvalActionName":"dynamodb:CreateBackup","EvalResourceName":)"
          R"("*","EvalDecision":"implicitDeny","MatchedStatements":[],"MissingContextValues":[]}],)"
          R"("IsTruncated":false})");
}

TEST_CASE("positions are those that AWS answers") {
    struct {
        std::string_view id;
        std::string_view document;
        std::string_view first;
        std::string_view second;
    } const rows[]{
        // AdministratorAccess as AWS keeps it, in answers quoted by several public projects.
        {"list/indented",
         "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": "
         "\"Allow\",\n      \"Action\": \"*\",\n      \"Resource\": \"*\"\n    }\n  ]\n}",
         "line 3, column 17 to line 8, column 6", ""},
        // A second statement begins behind the first.
        {"list/two",
         R"({"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},)"
         R"({"Effect":"Deny","Action":"*","Resource":"*"}]})",
         "line 1, column 15 to line 1, column 61", "line 1, column 61 to line 1, column 107"},
    };
    for (auto const& row : rows) {
        auto const found = cloud::iam::find_extents(row.document);
        REQUIRE_MESSAGE(!found.empty(), row.id);
        CHECK_MESSAGE(print_extent(found[0]) == row.first, row.id);
        if (!row.second.empty())
            CHECK_MESSAGE(print_extent(found.at(1)) == row.second, row.id);
    }
}

TEST_CASE("a role's inline and managed policies count, under the names AWS gives them") {
    simulation_fixture f;
    f.make_role();
    f.put_role_policy("devices", one_statement("Allow", "iot:Publish", lamp));
    auto const managed = f.ok("iam", "CreatePolicy",
                              json::object{{"PolicyName", "Reader"},
                                           {"PolicyDocument", one_statement("Allow", "iot:*")}});
    f.ok(
        "iam", "AttachRolePolicy",
        json::object{{"RoleName", "R"}, {"PolicyArn", managed.at("Policy").as_object().at("Arn")}});
    json::object const input{{"PolicySourceArn", role_arn},
                             {"ActionNames", json::array{"iot:Publish", "sts:AssumeRole"}},
                             {"ResourceArns", json::array{lamp}}};
    auto const answer = f.ok("iam", "SimulatePrincipalPolicy", input);
    CHECK(decisions(answer) == "allowed implicitDeny");
    auto const ids = [](json::object const& result) {
        std::string out;
        for (auto const& s : result.at("MatchedStatements").as_array())
            out += text(s.as_object(), "SourcePolicyId") + ";";
        return out;
    };
    CHECK(ids(f.first(answer)) == "role_R_devices;Reader;");
    auto const specific = f.first(answer).at("ResourceSpecificResults").as_array().at(0);
    CHECK(text(specific.as_object(), "EvalResourceName") == lamp);
    CHECK(text(specific.as_object(), "EvalResourceDecision") == "allowed");

    SUBCASE("the deny is the only statement told, however many allow") {
        f.put_role_policy("stop", one_statement("Deny", "iot:Publish"));
        auto const denied = f.ok("iam", "SimulatePrincipalPolicy", input);
        CHECK(decisions(denied) == "explicitDeny implicitDeny");
        CHECK(ids(f.first(denied)) == "role_R_stop;");
    }
    SUBCASE("PolicyInputList adds to them") {
        auto more = input;
        more["PolicyInputList"] = json::array{one_statement("Deny", "iot:Publish")};
        CHECK(ids(f.first(f.ok("iam", "SimulatePrincipalPolicy", more))) == "PolicyInputList.1;");
    }
}

TEST_CASE("keys that policies ask for and nobody gave are named") {
    simulation_fixture f;
    auto const document =
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Publish",)"
        R"("Resource":"arn:aws:iot:*:*:topic/${iot:ClientId}/${aws:userid, 'nobody'}",)"
        R"("Condition":{"Bool":{"aws:SecureTransport":"true"}}},)"
        R"({"Effect":"Allow","Action":"iot:Connect","Resource":"*","Condition":)"
        R"({"StringEquals":{"aws:username":"x"}}}]})";
    auto const result = f.publish(document);
    CHECK(json::print(result.at("MissingContextValues")) == "[]");
    auto const specific = result.at("ResourceSpecificResults").as_array().at(0).as_object();
    // A variable with a default misses nothing; another action's condition is not asked.
    CHECK(json::print(specific.at("MissingContextValues")) ==
          R"(["iot:ClientId","aws:SecureTransport"])");
    auto const everywhere = f.custom(document, {{"ActionNames", json::array{"iot:Publish"}}});
    CHECK(json::print(f.first(everywhere).at("MissingContextValues")) ==
          R"(["iot:ClientId","aws:SecureTransport"])");
    auto const given = f.publish(
        document, {{"ContextEntries", json::array{entry("aws:securetransport", "boolean", {"true"}),
                                                  entry("iot:ClientId", "string", {"lamp"})}}});
    CHECK(json::print(given.at("ResourceSpecificResults")
                          .as_array()
                          .at(0)
                          .as_object()
                          .at("MissingContextValues")) == "[]");
}

TEST_CASE("context entries have types") {
    simulation_fixture f;
    auto const condition = [](std::string_view operation, std::string_view key,
                              std::string_view value) {
        return R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iot:*",)"
               R"("Resource":"*","Condition":{")" +
               std::string(operation) + R"(":{")" + std::string(key) + R"(":")" +
               std::string(value) + R"("}}}})";
    };
    struct {
        std::string_view operation;
        std::string_view type;
        std::string_view wanted;
        json::array given;
    } const rows[]{
        {"StringEquals", "string", "x", {"x"}},
        {"ForAnyValue:StringEquals", "stringList", "x", {"y", "x"}},
        {"NumericLessThan", "numeric", "10", {"9.5"}},
        {"ForAllValues:NumericLessThan", "numericList", "10", {"9", "1"}},
        {"Bool", "boolean", "true", {"True"}},
        {"IpAddress", "ip", "203.0.113.0/24", {"203.0.113.9"}},
        {"ForAnyValue:IpAddress", "ipList", "203.0.113.0/24", {"203.0.113.9"}},
        {"BinaryEquals", "binary", "aGk=", {"aGk="}},
        {"DateLessThan", "date", "2030-01-01T00:00:00Z", {"2026-11-22T00:00:00Z"}},
    };
    for (auto const& row : rows) {
        auto const document = condition(row.operation, "test:Key", row.wanted);
        auto const decided = [&](json::array entries) {
            return text(f.publish(document, {{"ContextEntries", entries}}), "EvalDecision");
        };
        CHECK_MESSAGE(decided({entry("test:Key", row.type, row.given)}) == "allowed",
                      row.operation);
        bool const is_true_of_nothing = row.operation.starts_with("ForAllValues");
        CHECK_MESSAGE(decided({}) == (is_true_of_nothing ? "allowed" : "implicitDeny"),
                      row.operation);
    }
}

TEST_CASE("a permissions boundary limits, and says so [IAM user guide, evaluation logic]") {
    simulation_fixture f;
    auto const with = [&](std::string_view effect, std::string_view action) {
        return f.publish(
            one_statement("Allow", "iot:*"),
            {{"PermissionsBoundaryPolicyInputList", json::array{one_statement(effect, action)}}});
    };
    auto const told = [](json::object const& result) {
        return text(result, "EvalDecision") + " " +
               json::print(result.at("PermissionsBoundaryDecisionDetail"));
    };
    CHECK(told(with("Allow", "iot:Publish")) == R"(allowed {"AllowedByPermissionsBoundary":true})");
    CHECK(told(with("Allow", "iot:Connect")) ==
          R"(implicitDeny {"AllowedByPermissionsBoundary":false})");
    CHECK(told(with("Deny", "iot:Publish")) ==
          R"(explicitDeny {"AllowedByPermissionsBoundary":false})");
}

TEST_CASE("a resource policy grants in its own account, and is needed beside ours elsewhere") {
    simulation_fixture f;
    constexpr std::string_view alice = "arn:aws:iam::123456789012:user/alice";
    struct {
        std::string_view id;
        std::string_view ours;
        std::string_view principal;
        std::string_view effect;
        std::string_view resource;
        std::string_view expected;
    } const rows[]{
        {"own/names-caller", "sts:GetCallerIdentity", alice, "Allow", lamp, "allowed"},
        {"own/names-everybody", "sts:GetCallerIdentity", "*", "Allow", lamp, "allowed"},
        {"own/names-account", "sts:GetCallerIdentity", "arn:aws:iam::123456789012:root", "Allow",
         lamp, "implicitDeny"},
        {"own/names-other", "sts:GetCallerIdentity", "arn:aws:iam::123456789012:user/bob", "Allow",
         lamp, "implicitDeny"},
        {"own/denies", "iot:*", alice, "Deny", lamp, "explicitDeny"},
        {"own/ours-suffice", "iot:*", "arn:aws:iam::123456789012:user/bob", "Allow", lamp,
         "allowed"},
        {"other/both", "iot:*", "arn:aws:iam::123456789012:root", "Allow",
         "arn:aws:iot:ap-northeast-1:210987654321:topic/lamp", "allowed"},
        {"other/ours-alone", "iot:*", "arn:aws:iam::123456789012:user/bob", "Allow",
         "arn:aws:iot:ap-northeast-1:210987654321:topic/lamp", "implicitDeny"},
        {"other/theirs-alone", "sts:GetCallerIdentity", alice, "Allow",
         "arn:aws:iot:ap-northeast-1:210987654321:topic/lamp", "implicitDeny"},
    };
    for (auto const& row : rows) {
        auto const theirs = R"({"Version":"2012-10-17","Statement":{"Effect":")" +
                            std::string(row.effect) + R"(","Principal":{"AWS":")" +
                            std::string(row.principal) +
                            R"("},"Action":"iot:Publish","Resource":"*"}})";
        auto const answer =
            f.custom(one_statement("Allow", row.ours), {{"ActionNames", json::array{"iot:Publish"}},
                                                        {"ResourceArns", json::array{row.resource}},
                                                        {"ResourcePolicy", theirs},
                                                        {"CallerArn", alice}});
        CHECK_MESSAGE(decisions(answer) == row.expected, row.id);
    }
}

TEST_CASE("results come in pages, one for each action on each resource") {
    simulation_fixture f;
    json::object input{{"ActionNames", json::array{"iot:Publish", "iot:Receive", "iot:Connect"}},
                       {"ResourceArns", json::array{lamp, "*"}},
                       {"MaxItems", "4"}};
    auto const document = one_statement("Allow", "iot:Receive", lamp);
    auto const one = f.custom(document, input);
    CHECK(decisions(one) == "implicitDeny implicitDeny allowed implicitDeny");
    CHECK(one.at("IsTruncated").as_bool());
    input["Marker"] = one.at("Marker");
    auto const two = f.custom(document, input);
    CHECK(decisions(two) == "implicitDeny implicitDeny");
    CHECK_FALSE(two.at("IsTruncated").as_bool());
    CHECK_FALSE(two.contains("Marker"));
}

TEST_CASE("what the simulator does not take is refused by AWS's names") {
    simulation_fixture f;
    f.make_role();
    json::object const fine{{"PolicySourceArn", role_arn},
                            {"ActionNames", json::array{"iot:Publish"}}};
    struct {
        std::string_view id;
        json::object change;
        std::string_view refusal;
    } const rows[]{
        // The sentence is quoted in public by several tools.
        {"source/session",
         {{"PolicySourceArn", "arn:aws:sts::123456789012:assumed-role/R/x"}},
         "InvalidInput 400 Invalid Entity Arn: arn:aws:sts::123456789012:assumed-role/R/x does not "
         "clearly define entity type and name."},
        {"source/role",
         {{"PolicySourceArn", "arn:aws:iam::123456789012:role/Nobody"}},
         "NoSuchEntity 404 The role with name Nobody cannot be found."},
        {"source/path",
         {{"PolicySourceArn", "arn:aws:iam::123456789012:role/R"}},
         "NoSuchEntity 404 The role with name R cannot be found."},
        {"source/user",
         {{"PolicySourceArn", "arn:aws:iam::123456789012:user/alice"}},
         "NoSuchEntity 404 The user with name alice cannot be found."},
        // aws-containers/amazon-ecs-exec-checker issue 35.
        {"resource/form",
         {{"ResourceArns", json::array{"14a050d4"}}},
         "InvalidInput 400 ResourceNames are not in a valid ARN format: 14a050d4."},
        // boto/botocore issue 1346.
        {"owner/number",
         {{"ResourceOwner", "123456789012"}},
         "InvalidInput 400 '123456789012' is not a valid as a Resource Owner."},
        {"action/form",
         {{"ActionNames", json::array{"Publish"}}},
         "InvalidInput 400 ActionNames are not in a valid format: Publish. An action is a service "
         "and a name, like iot:Publish."},
        {"action/missing",
         {{"ActionNames", nullptr}},
         "ValidationError 400 1 validation error detected: Value null at 'actionNames' failed to "
         "satisfy constraint: Member must not be null"},
        {"policy/comma",
         {{"PolicyInputList", json::array{trailing_comma}}},
         "InvalidInput 400 PolicyInputList.1: Syntax errors in policy. (line 5, column 30: a comma "
         "before the closing `]`)"},
        {"policy/principal",
         {{"PolicyInputList", json::array{R"({"Statement":{"Effect":"Allow","Principal":"*",)"
                                          R"("Action":"*","Resource":"*"}})"}}},
         "InvalidInput 400 PolicyInputList.1: Policy document should not specify a principal."},
        {"resource-policy/caller",
         {{"ResourcePolicy", one_statement("Allow", "iot:*")}},
         "InvalidInput 400 A CallerArn of an IAM user must be given with a ResourcePolicy."},
        {"context/type",
         {{"ContextEntries", json::array{entry("aws:MultiFactorAuthAge", "numeric", {"old"})}}},
         "InvalidInput 400 Context key aws:MultiFactorAuthAge: `old` is no value of type numeric."},
        {"context/values",
         {{"ContextEntries", json::array{entry("aws:username", "string", {"a", "b"})}}},
         "InvalidInput 400 Context key aws:username of type string has 2 values: one is due, or "
         "type stringList."},
    };
    CHECK(f.refusal("iam", "SimulatePrincipalPolicy", fine) == "ok");
    for (auto const& row : rows) {
        auto input = fine;
        for (auto const& [name, value] : row.change)
            input[name] = value;
        CHECK_MESSAGE(f.refusal("iam", "SimulatePrincipalPolicy", input) == row.refusal, row.id);
    }
}
