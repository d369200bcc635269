// AWS IoT's control plane: policies, attachments, things, the endpoint.
// @source spec cognito-iam-sigv4 7.1, 7.2; iot-broker 4.7
#include "cloud/iot/description.hpp"
#include "unit/cloud/cloud_fixture.hpp"
#include "unit/cloud/documents.hpp"

#include <algorithm>

using namespace cogniot;
using namespace cogniot::test;

namespace {

constexpr std::string_view identity_id = "ap-northeast-1:aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";

struct iot_fixture : cloud_fixture {
    json::object ok(std::string_view operation, json::object const& input) {
        return cloud_fixture::ok("iot", operation, input);
    }
    std::string refusal(std::string_view operation, json::object const& input) {
        return cloud_fixture::refusal("iot", operation, input);
    }
    void create(std::string_view name) {
        ok("CreatePolicy",
           {{"policyName", name}, {"policyDocument", one_statement("Allow", "iot:*")}});
    }
    std::string attach(std::string_view name, std::string_view target = identity_id) {
        return refusal("AttachPolicy", {{"policyName", name}, {"target", target}});
    }
    /// What IAM is asked about for a call.
    std::string resource(std::string_view operation, json::object const& input) {
        std::vector<record> none;
        cloud::call const c{.world = world,
                            .now = now,
                            .who = caller,
                            .region = region,
                            .random = random(),
                            .persist = none};
        for (auto const& row : cloud::iot::description().operations)
            if (row.name == operation && row.resource != nullptr)
                return row.resource(c, input);
        return "*";
    }
};

} // namespace

TEST_CASE("CreatePolicy stores the text verbatim, GetPolicy answers it") {
    iot_fixture f;
    std::string const document = "{ \"Version\" : \"2012-10-17\",\n  \"Statement\": [ {\"Effect\": "
                                 "\"Allow\", \"Action\": \"iot:*\", \"Resource\": \"*\"} ] }";
    CHECK(
        json::print(f.ok("CreatePolicy", {{"policyName", "P"}, {"policyDocument", document}})) ==
        json::print(json::object{{"policyName", "P"},
                                 {"policyArn", "arn:aws:iot:ap-northeast-1:123456789012:policy/P"},
                                 {"policyDocument", document},
                                 {"policyVersionId", "1"}}));
    auto const got = f.ok("GetPolicy", {{"policyName", "P"}});
    CHECK(text(got, "policyDocument") == document);
    CHECK(text(got, "defaultVersionId") == "1");
    CHECK(got.at("creationDate").to_number<std::int64_t>() == epoch_seconds(f.now));
    CHECK(text(got, "generationId").size() == 36);
}

TEST_CASE("IoT policies are refused with AWS's types, statuses and sentences") {
    iot_fixture f;
    f.create("P");
    auto const document = one_statement("Allow", "iot:*");
    struct {
        std::string_view id;
        std::string_view operation;
        json::object input;
        std::string_view refusal;
    } const rows[]{
        {"create/exists",
         "CreatePolicy",
         {{"policyName", "P"}, {"policyDocument", document}},
         "ResourceAlreadyExistsException 409 Policy cannot be created - name already exists "
         "(name=P)"},
        {"create/name",
         "CreatePolicy",
         {{"policyName", "a/b"}, {"policyDocument", document}},
         "InvalidRequestException 400 1 validation error detected: Value 'a/b' at 'policyName' "
         "failed to satisfy constraint: Member must satisfy regular expression pattern: "
         "[\\w+=,.@-]+"},
        {"get/missing",
         "GetPolicy",
         {{"policyName", "X"}},
         "ResourceNotFoundException 404 Policy not found"},
        {"delete/missing",
         "DeletePolicy",
         {{"policyName", "X"}},
         "ResourceNotFoundException 404 Policy not found"},
        {"attach/missing",
         "AttachPolicy",
         {{"policyName", "X"}, {"target", identity_id}},
         "ResourceNotFoundException 404 Policy not found"},
        {"detach/missing",
         "DetachPolicy",
         {{"policyName", "X"}, {"target", identity_id}},
         "ResourceNotFoundException 404 Policy not found"},
        {"version/missing",
         "GetPolicyVersion",
         {{"policyName", "P"}, {"policyVersionId", "2"}},
         "ResourceNotFoundException 404 Policy version not found"},
        {"version/default-deleted",
         "DeletePolicyVersion",
         {{"policyName", "P"}, {"policyVersionId", "1"}},
         "DeleteConflictException 409 Cannot delete the default version of a policy"},
        {"endpoint/unknown",
         "DescribeEndpoint",
         {{"endpointType", "iot:Nothing"}},
         "InvalidRequestException 400 Endpoint type iot:Nothing is not recognized."},
    };
    for (auto const& row : rows)
        CHECK_MESSAGE(f.refusal(row.operation, row.input) == row.refusal, row.id);
    auto const again = f.call("iot", "CreatePolicy",
                              json::object{{"policyName", "P"}, {"policyDocument", document}});
    CHECK(again.error().members ==
          std::vector<std::pair<std::string, std::string>>{
              {"resourceId", "P"},
              {"resourceArn", "arn:aws:iot:ap-northeast-1:123456789012:policy/P"}});
}

TEST_CASE("a malformed policy keeps AWS's text and says line, column and what is wrong") {
    iot_fixture f;
    auto const create = [&](std::string_view document) {
        return f.refusal("CreatePolicy", {{"policyName", "P"}, {"policyDocument", document}});
    };
    auto const comma = create(trailing_comma);
    CHECK(comma.starts_with(
        "MalformedPolicyException 400 Policy document is Malformed (line 5, column "));
    CHECK(comma.find("comma") != std::string::npos);
    CHECK(create("policy.json")
              .starts_with("MalformedPolicyException 400 Policy document is "
                           "Malformed (line 1, column 1"));
    CHECK(
        create(one_statement("Allow", "iot:*", "topic/a"))
            .starts_with("MalformedPolicyException 400 Policy document is Malformed: The following "
                         "resources are invalid : topic/a (line 1, "));
    CHECK(
        create(
            R"({"Version":"2012-10-17","Statement":{"Effect":"allow","Action":"iot:*","Resource":"*"}})")
            .starts_with(
                "MalformedPolicyException 400 Policy document is Malformed: Invalid policy "
                "syntax. (line 1, "));
    CHECK(create(one_statement("Allow", "iot:*", "arn:aws:iot:*:*:topic/" + std::string(2048, 'x')))
              .starts_with("MalformedPolicyException 400 Policy document is Malformed: Policy "
                           "document size exceeds the limit"));
    // White space does not count.
    CHECK(create(std::string(4000, ' ') + one_statement("Allow", "iot:*")) == "ok");
}

TEST_CASE("versions: five at most, numbers never used again, one in force") {
    iot_fixture f;
    f.create("P");
    auto const add = [&](bool set_default) {
        return f.refusal("CreatePolicyVersion", {{"policyName", "P"},
                                                 {"policyDocument", one_statement("Deny", "iot:*")},
                                                 {"setAsDefault", set_default ? "true" : "false"}});
    };
    for (int i = 2; i <= 5; ++i)
        CHECK(add(i == 3) == "ok");
    CHECK(add(false) == "VersionsLimitExceededException 409 The policy P already has the maximum "
                        "number of versions (5)");
    CHECK(text(f.ok("GetPolicy", {{"policyName", "P"}}), "defaultVersionId") == "3");
    CHECK(text(f.ok("GetPolicy", {{"policyName", "P"}}), "policyDocument") ==
          one_statement("Deny", "iot:*"));
    f.ok("SetDefaultPolicyVersion", {{"policyName", "P"}, {"policyVersionId", "1"}});
    f.ok("DeletePolicyVersion", {{"policyName", "P"}, {"policyVersionId", "5"}});
    CHECK(add(false) == "ok");
    auto const versions = f.ok("ListPolicyVersions", {{"policyName", "P"}});
    std::string listed;
    for (auto const& v : versions.at("policyVersions").as_array())
        listed +=
            text(v.as_object(), "versionId") + (v.at("isDefaultVersion").as_bool() ? "* " : " ");
    CHECK(listed == "6 4 3 2 1* ");
    CHECK(f.refusal("DeletePolicy", {{"policyName", "P"}})
              .starts_with("DeleteConflictException 409 "));
    for (std::string_view const v : {"2", "3", "4", "6"})
        f.ok("DeletePolicyVersion", {{"policyName", "P"}, {"policyVersionId", v}});
    f.ok("DeletePolicy", {{"policyName", "P"}});
    CHECK(f.record_count() == 0);
}

TEST_CASE(
    "attaching is idempotent, ten policies a target, detaching what is not attached succeeds") {
    iot_fixture f;
    for (int i = 0; i < 11; ++i) {
        auto const name = "P" + std::to_string(i);
        f.create(name);
        CHECK(f.attach(name).substr(0, 26) == (i < 10 ? "ok" : "LimitExceededException 410"));
    }
    CHECK(f.attach("P0") == "ok");
    auto const first = f.ok("ListAttachedPolicies", {{"target", identity_id}, {"pageSize", "7"}});
    CHECK(first.at("policies").as_array().size() == 7);
    CHECK(text(first.at("policies").at(0).as_object(), "policyName") == "P0");
    auto const rest =
        f.ok("ListAttachedPolicies", {{"target", identity_id}, {"marker", first.at("nextMarker")}});
    CHECK(rest.at("policies").as_array().size() == 3);
    CHECK_FALSE(rest.contains("nextMarker"));
    CHECK(
        f.refusal("DeletePolicy", {{"policyName", "P0"}}) ==
        "DeleteConflictException 409 The policy cannot be deleted as the policy is attached to one "
        "or more principals (name=P0)");
    CHECK(f.refusal("DetachPolicy", {{"policyName", "P10"}, {"target", identity_id}}) == "ok");
    CHECK(json::print(f.ok("ListTargetsForPolicy", {{"policyName", "P0"}}).at("targets")) ==
          "[\"" + std::string(identity_id) + "\"]");
    CHECK(json::print(f.ok("ListAttachedPolicies",
                           {{"target", "ap-northeast-1:00000000-0000-4000-8000-000000000000"}})
                          .at("policies")) == "[]");
    CHECK(
        f.attach("P0", "alice").starts_with("InvalidRequestException 400 Invalid target `alice`"));
    CHECK(f.attach("P0", "arn:aws:iot:ap-northeast-1:123456789012:cert/ab")
              .starts_with("ResourceNotFoundException 404 "));
}

TEST_CASE("what IAM is asked about is what an attachment changes, whatever else the input names") {
    iot_fixture f;
    f.create("P");
    std::string const other = "ap-northeast-1:00000000-0000-4000-8000-000000000000";
    json::object const both{{"policyName", "P"}, {"target", identity_id}, {"principal", other}};
    struct {
        std::string_view attach, detach, authorised;
    } const rows[]{
        {"AttachPolicy", "DetachPolicy", identity_id},
        {"AttachPrincipalPolicy", "DetachPrincipalPolicy", other},
    };
    for (auto const& r : rows) {
        for (auto const name : {r.attach, r.detach})
            CHECK_MESSAGE(f.resource(name, both) == r.authorised, name);
        f.ok(r.attach, both);
        CHECK(json::print(f.ok("ListTargetsForPolicy", {{"policyName", "P"}}).at("targets")) ==
              "[\"" + std::string(r.authorised) + "\"]");
        f.ok(r.detach, both);
        CHECK(json::print(f.ok("ListTargetsForPolicy", {{"policyName", "P"}}).at("targets")) ==
              "[]");
    }
    CHECK(f.resource("TestAuthorization", both) == other);
    CHECK(f.resource("GetEffectivePolicies", both) == other);
    CHECK(f.resource("AttachThingPrincipal", both) == other);
    CHECK(f.resource("DetachThingPrincipal", both) == other);
}

TEST_CASE("the legacy calls say principal for the target") {
    iot_fixture f;
    f.create("P");
    f.ok("AttachPrincipalPolicy", {{"policyName", "P"}, {"principal", identity_id}});
    CHECK(json::print(f.ok("ListPrincipalPolicies", {{"principal", identity_id}}).at("policies")) ==
          R"([{"policyName":"P","policyArn":"arn:aws:iot:ap-northeast-1:123456789012:policy/P"}])");
    CHECK(json::print(f.ok("ListPolicyPrincipals", {{"policyName", "P"}}).at("principals")) ==
          "[\"" + std::string(identity_id) + "\"]");
    f.ok("DetachPrincipalPolicy", {{"policyName", "P"}, {"principal", identity_id}});
    CHECK(json::print(f.ok("ListAttachedPolicies", {{"target", identity_id}}).at("policies")) ==
          "[]");
}

TEST_CASE("policies belong to their region") {
    iot_fixture f;
    f.create("P");
    f.region = "us-east-1";
    CHECK(f.refusal("GetPolicy", {{"policyName", "P"}}) ==
          "ResourceNotFoundException 404 Policy not found");
    f.create("P");
    CHECK(text(f.ok("GetPolicy", {{"policyName", "P"}}), "policyArn") ==
          "arn:aws:iot:us-east-1:123456789012:policy/P");
}

TEST_CASE("policies are listed by creation, newest first unless asked otherwise") {
    iot_fixture f;
    for (std::string_view const name : {"b", "a", "c"}) {
        f.create(name);
        f.now += std::chrono::seconds(1);
    }
    auto const names = [&](json::object const& input) {
        std::string out;
        auto const answer = f.ok("ListPolicies", input);
        for (auto const& p : answer.at("policies").as_array())
            out += text(p.as_object(), "policyName");
        return out;
    };
    CHECK(names({}) == "cab");
    CHECK(names({{"isAscendingOrder", "true"}}) == "bac");
}

TEST_CASE("DescribeEndpoint answers the local address, without a scheme") {
    iot_fixture f;
    for (std::string_view const type : {"iot:Data", "iot:Data-ATS"})
        CHECK(json::print(f.ok("DescribeEndpoint", {{"endpointType", type}})) ==
              R"({"endpointAddress":"localhost:4566"})");
    CHECK(text(f.ok("DescribeEndpoint", {}), "endpointAddress") == "localhost:4566");
}

TEST_CASE("things: created once, described, updated by version, listed, deleted") {
    iot_fixture f;
    json::object const input{
        {"thingName", "lamp"},
        {"attributePayload", json::object{{"attributes", json::object{{"room", "kitchen"}}}}}};
    auto const made = f.ok("CreateThing", input);
    CHECK(text(made, "thingArn") == "arn:aws:iot:ap-northeast-1:123456789012:thing/lamp");
    // The same configuration answers the existing thing.
    CHECK(json::print(f.ok("CreateThing", input)) == json::print(made));
    CHECK(f.refusal("CreateThing", {{"thingName", "lamp"}}) ==
          "ResourceAlreadyExistsException 409 Thing lamp already exists in account with different "
          "attributes");
    auto described = f.ok("DescribeThing", {{"thingName", "lamp"}});
    CHECK(text(described, "defaultClientId") == "lamp");
    CHECK(described.at("version").to_number<int>() == 1);
    CHECK(json::print(described.at("attributes")) == R"({"room":"kitchen"})");

    f.ok("UpdateThing",
         {{"thingName", "lamp"},
          {"expectedVersion", 1},
          {"attributePayload",
           json::object{{"merge", true},
                        {"attributes", json::object{{"room", ""}, {"power", "ON"}}}}}});
    described = f.ok("DescribeThing", {{"thingName", "lamp"}});
    CHECK(described.at("version").to_number<int>() == 2);
    CHECK(json::print(described.at("attributes")) == R"({"power":"ON"})");
    CHECK(f.refusal("UpdateThing", {{"thingName", "lamp"}, {"expectedVersion", 1}}) ==
          "VersionConflictException 409 The version for thing lamp does not match the expected "
          "version.");
    json::object four;
    for (std::string_view const name : {"a", "b", "c", "d"})
        four[name] = "1";
    CHECK(f.refusal("CreateThing",
                    {{"thingName", "t"}, {"attributePayload", json::object{{"attributes", four}}}})
              .starts_with("InvalidRequestException 400 "));
    CHECK(f.ok("ListThings", {{"attributeName", "power"}, {"attributeValue", "ON"}})
              .at("things")
              .as_array()
              .size() == 1);
    CHECK(f.ok("ListThings", {{"attributeName", "room"}}).at("things").as_array().empty());

    iot_fixture again;
    again.world = f.restarted();
    CHECK(json::print(again.ok("DescribeThing", {{"thingName", "lamp"}})) ==
          json::print(described));

    f.ok("DeleteThing", {{"thingName", "lamp"}});
    f.ok("DeleteThing", {{"thingName", "lamp"}}); // also for an unknown thing
    CHECK(f.refusal("DescribeThing", {{"thingName", "lamp"}}) ==
          "ResourceNotFoundException 404 Thing lamp cannot be found in 123456789012");
    CHECK(f.record_count() == 0);
}

TEST_CASE("policies and attachments survive a restart") {
    iot_fixture f;
    f.create("P");
    f.create("Q");
    f.ok("CreatePolicyVersion", {{"policyName", "P"},
                                 {"policyDocument", one_statement("Deny", "iot:*")},
                                 {"setAsDefault", true}});
    f.attach("P");
    f.attach("Q");
    f.ok("DetachPolicy", {{"policyName", "Q"}, {"target", identity_id}});
    iot_fixture again;
    again.world = f.restarted();
    for (auto const& [operation, input] :
         std::initializer_list<std::pair<std::string_view, json::object>>{
             {"GetPolicy", {{"policyName", "P"}}},
             {"ListPolicyVersions", {{"policyName", "P"}}},
             {"ListAttachedPolicies", {{"target", identity_id}}},
             {"ListTargetsForPolicy", {{"policyName", "Q"}}}})
        CHECK_MESSAGE(json::print(again.ok(operation, input)) ==
                          json::print(f.ok(operation, input)),
                      operation);
    CHECK(again.world.iot.find("ap-northeast-1")->find_target(identity_id)->documents.size() == 1);
}

TEST_CASE("every row and every operation that is not built has AWS's method and path") {
    auto const& s = cloud::iot::description();
    for (auto const& row : s.operations) {
        CHECK_MESSAGE(!row.method.empty(), row.name);
        CHECK_MESSAGE(row.path.starts_with("/"), row.name);
    }
    CHECK(s.not_built_routes.size() == s.not_built.size());
    auto const is = [&](std::string_view name, std::string_view method, std::string_view path) {
        return std::any_of(s.operations.begin(), s.operations.end(), [&](auto const& row) {
            return row.name == name && row.method == method && row.path == path;
        });
    };
    // @source spec cognito-iam-sigv4 7.2
    CHECK(is("AttachPolicy", "PUT", "/target-policies/{policyName}"));
    CHECK(is("DetachPolicy", "POST", "/target-policies/{policyName}"));
    CHECK(
        is("SetDefaultPolicyVersion", "PATCH", "/policies/{policyName}/version/{policyVersionId}"));
    CHECK(is("ListAttachedPolicies", "POST", "/attached-policies/{target}"));
}
