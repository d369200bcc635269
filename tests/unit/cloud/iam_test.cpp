// IAM's operations: answers, and every refusal with code, status and message.
// @source spec cognito-iam-sigv4 5.6, 5.7, 6.1; IAM API reference
#include "base/text.hpp"
#include "unit/cloud/cloud_fixture.hpp"
#include "unit/cloud/documents.hpp"

#include <algorithm>

using namespace cogniot;
using namespace cogniot::test;

namespace {

json::object role_input(std::string_view name, std::string_view trust = account_trust) {
    return {{"RoleName", name}, {"AssumeRolePolicyDocument", trust}};
}

struct iam_fixture : cloud_fixture {
    json::object ok(std::string_view operation, json::object const& input) {
        return cloud_fixture::ok("iam", operation, input);
    }
    std::string refusal(std::string_view operation, json::object const& input) {
        return cloud_fixture::refusal("iam", operation, input);
    }
    std::string create_managed(std::string_view name, std::string_view document) {
        auto const made = ok("CreatePolicy", {{"PolicyName", name}, {"PolicyDocument", document}});
        return text(made.at("Policy").as_object(), "Arn");
    }
};

/// Everything but white space outside strings counts: a document of a size.
std::string inline_document(std::size_t size) {
    std::string const head = R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":)"
                             R"("iot:*","Resource":"arn:aws:iot:*:*:topic/)";
    std::string const tail = R"("}})";
    return head + std::string(size - head.size() - tail.size(), 'x') + tail;
}

} // namespace

TEST_CASE("CreateRole answers the role without MaxSessionDuration, GetRole with it") {
    iam_fixture f;
    auto input = role_input("ArticleRole");
    input["Path"] = "/service/";
    input["Description"] = "for the article";
    auto const made = f.ok("CreateRole", input).at("Role").as_object();
    CHECK(text(made, "RoleName") == "ArticleRole");
    CHECK(text(made, "Arn") == "arn:aws:iam::123456789012:role/service/ArticleRole");
    CHECK(text(made, "RoleId").starts_with("AROA"));
    CHECK(text(made, "RoleId").size() == 21);
    CHECK(text(made, "CreateDate") == "2026-11-22T03:04:05Z");
    CHECK_FALSE(made.contains("MaxSessionDuration"));
    // Returned URL-encoded (RFC 3986), as botocore decodes it.
    CHECK(percent_decode(text(made, "AssumeRolePolicyDocument")) == account_trust);
    CHECK(text(made, "AssumeRolePolicyDocument").find(' ') == std::string::npos);

    auto const got = f.ok("GetRole", {{"RoleName", "articlerole"}}).at("Role").as_object();
    CHECK(text(got, "RoleName") == "ArticleRole");
    CHECK(got.at("MaxSessionDuration").as_int64() == 3600);
    CHECK(text(got, "Description") == "for the article");
}

// @source IAM API reference, UpdateRole ("the default value of one hour is applied"), TagRole
TEST_CASE("UpdateRole, TagRole and UntagRole change what GetRole answers, also after a restart") {
    iam_fixture f;
    f.ok("CreateRole", role_input("R"));
    f.ok("UpdateRole", {{"RoleName", "R"}, {"Description", "d"}, {"MaxSessionDuration", 7200}});
    f.ok("TagRole", {{"RoleName", "R"},
                     {"Tags", {{{"Key", "a"}, {"Value", "1"}}, {{"Key", "b"}, {"Value", "2"}}}}});
    f.ok("TagRole", {{"RoleName", "R"}, {"Tags", {{{"Key", "b"}, {"Value", "3"}}}}});
    f.ok("UntagRole", {{"RoleName", "R"}, {"TagKeys", {"a", "never there"}}});
    auto const check = [](json::object const& answer) {
        auto const& role = answer.at("Role").as_object();
        CHECK(text(role, "Description") == "d");
        CHECK(role.at("MaxSessionDuration") == 7200);
        CHECK(json::print(role.at("Tags")) == R"([{"Key":"b","Value":"3"}])");
    };
    check(f.ok("GetRole", {{"RoleName", "R"}}));
    f.world = f.restarted();
    check(f.ok("GetRole", {{"RoleName", "R"}}));
    f.ok("UpdateRole", {{"RoleName", "R"}});
    auto const plain = f.ok("GetRole", {{"RoleName", "R"}}).at("Role").as_object();
    CHECK(text(plain, "Description") == "d");
    CHECK(plain.at("MaxSessionDuration") == 3600);
    json::array many;
    for (int i = 0; i < 50; ++i)
        many.push_back(json::object{{"Key", std::to_string(i)}, {"Value", ""}});
    CHECK(f.refusal("TagRole", {{"RoleName", "R"}, {"Tags", many}})
              .starts_with("LimitExceeded 409 "));
    for (std::string_view const name : {"UpdateRole", "TagRole", "UntagRole"})
        CHECK(f.refusal(name, {{"RoleName", "X"}, {"TagKeys", json::array{}}})
                  .starts_with("NoSuchEntity 404 "));
}

TEST_CASE("roles are refused with IAM's codes, statuses and sentences") {
    iam_fixture f;
    f.ok("CreateRole", role_input("R"));
    struct {
        std::string_view id;
        std::string_view operation;
        json::object input;
        std::string_view refusal;
    } const rows[]{
        {"create/exists", "CreateRole", role_input("R"),
         "EntityAlreadyExists 409 Role with name R already exists."},
        {"create/exists-other-case", "CreateRole", role_input("r"),
         "EntityAlreadyExists 409 Role with name r already exists."},
        {"create/no-name",
         "CreateRole",
         {{"AssumeRolePolicyDocument", account_trust}},
         "ValidationError 400 1 validation error detected: Value null at 'roleName' failed to "
         "satisfy constraint: Member must not be null"},
        {"create/bad-name", "CreateRole", role_input("a b"),
         "ValidationError 400 1 validation error detected: Value 'a b' at 'roleName' failed to "
         "satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+"},
        {"get/missing",
         "GetRole",
         {{"RoleName", "X"}},
         "NoSuchEntity 404 The role with name X cannot be found."},
        {"delete/missing",
         "DeleteRole",
         {{"RoleName", "X"}},
         "NoSuchEntity 404 The role with name X cannot be found."},
        {"put/missing-role",
         "PutRolePolicy",
         {{"RoleName", "X"},
          {"PolicyName", "P"},
          {"PolicyDocument", one_statement("Allow", "iot:*")}},
         "NoSuchEntity 404 The role with name X cannot be found."},
        {"get-policy/missing",
         "GetRolePolicy",
         {{"RoleName", "R"}, {"PolicyName", "P"}},
         "NoSuchEntity 404 The role policy with name P cannot be found."},
        {"delete-policy/missing",
         "DeleteRolePolicy",
         {{"RoleName", "R"}, {"PolicyName", "P"}},
         "NoSuchEntity 404 The role policy with name P cannot be found."},
        {"attach/missing-policy",
         "AttachRolePolicy",
         {{"RoleName", "R"}, {"PolicyArn", "arn:aws:iam::123456789012:policy/P"}},
         "NoSuchEntity 404 Policy arn:aws:iam::123456789012:policy/P does not exist or is not "
         "attachable."},
        {"attach/not-an-arn",
         "AttachRolePolicy",
         {{"RoleName", "R"}, {"PolicyArn", "policy/of-some-length-P"}},
         "ValidationError 400 Invalid ARN:  Could not be parsed!"},
        {"detach/not-attached",
         "DetachRolePolicy",
         {{"RoleName", "R"}, {"PolicyArn", "arn:aws:iam::123456789012:policy/P"}},
         "NoSuchEntity 404 Policy arn:aws:iam::123456789012:policy/P was not found."},
        {"get-managed/missing",
         "GetPolicy",
         {{"PolicyArn", "arn:aws:iam::123456789012:policy/P"}},
         "NoSuchEntity 404 Policy arn:aws:iam::123456789012:policy/P was not found."},
        {"user/named",
         "GetUser",
         {{"UserName", "bob"}},
         "NoSuchEntity 404 The user with name bob cannot be found."},
    };
    for (auto const& row : rows)
        CHECK_MESSAGE(f.refusal(row.operation, row.input) == row.refusal, row.id);
}

TEST_CASE("a malformed document keeps AWS's sentence and says where") {
    iam_fixture f;
    f.ok("CreateRole", role_input("R"));
    auto const put = [&](std::string_view document) {
        return f.refusal("PutRolePolicy",
                         {{"RoleName", "R"}, {"PolicyName", "P"}, {"PolicyDocument", document}});
    };
    auto const inline_refusal = put(trailing_comma);
    CHECK(inline_refusal.starts_with(
        "MalformedPolicyDocument 400 Syntax errors in policy. (line 5, column "));
    CHECK(inline_refusal.find("comma") != std::string::npos);
    // CreateRole and UpdateAssumeRolePolicy have a sentence of their own for what is no JSON.
    CHECK(
        f.refusal("CreateRole", role_input("S", trailing_comma))
            .starts_with(
                "MalformedPolicyDocument 400 This policy contains invalid Json (line 5, column "));
    CHECK(
        f.refusal("UpdateAssumeRolePolicy", {{"RoleName", "R"}, {"PolicyDocument", trailing_comma}})
            .starts_with("MalformedPolicyDocument 400 This policy contains invalid Json"));
    CHECK(
        put(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"publish","Resource":"*"}})")
            .starts_with("MalformedPolicyDocument 400 Actions/Conditions must be prefaced by a "
                         "vendor, e.g., iam, sdb, ec2, etc."));
    CHECK(f.refusal("CreatePolicy",
                    {{"PolicyName", "M"},
                     {"PolicyDocument",
                      R"({"Statement":{"Effect":"Allow","Action":"iot:*","Resource":"*"}})"}})
              .starts_with("MalformedPolicyDocument 400 Policy document must be version 2012-10-17 "
                           "or greater."));
}

TEST_CASE("a role's inline policies have 10,240 characters together") {
    iam_fixture f;
    f.ok("CreateRole", role_input("R"));
    auto const put = [&](std::string_view name, std::size_t size) {
        return f.refusal(
            "PutRolePolicy",
            {{"RoleName", "R"}, {"PolicyName", name}, {"PolicyDocument", inline_document(size)}});
    };
    CHECK(put("A", 6000) == "ok");
    CHECK(put("B", 4240) == "ok");
    CHECK(put("C", 200) ==
          "LimitExceeded 409 Maximum policy size of 10240 bytes exceeded for role R");
    // The same name replaces.
    CHECK(put("B", 4200) == "ok");
    CHECK(put("B", 4241) ==
          "LimitExceeded 409 Maximum policy size of 10240 bytes exceeded for role R");
}

TEST_CASE("inline policies are put, read, listed in pages and deleted") {
    iam_fixture f;
    f.ok("CreateRole", role_input("R"));
    for (std::string_view const name : {"b", "A", "c"})
        f.ok("PutRolePolicy", {{"RoleName", "R"},
                               {"PolicyName", name},
                               {"PolicyDocument", one_statement("Allow", "iot:*")}});
    auto const got = f.ok("GetRolePolicy", {{"RoleName", "R"}, {"PolicyName", "a"}});
    CHECK(text(got, "PolicyName") == "A");
    CHECK(percent_decode(text(got, "PolicyDocument")) == one_statement("Allow", "iot:*"));

    // MaxItems comes as text, as the query protocol carries it.
    auto const first = f.ok("ListRolePolicies", {{"RoleName", "R"}, {"MaxItems", "2"}});
    CHECK(json::print(first.at("PolicyNames")) == R"(["A","b"])");
    CHECK(first.at("IsTruncated").as_bool());
    auto const rest = f.ok("ListRolePolicies", {{"RoleName", "R"}, {"Marker", first.at("Marker")}});
    CHECK(json::print(rest.at("PolicyNames")) == R"(["c"])");
    CHECK_FALSE(rest.at("IsTruncated").as_bool());
    CHECK_FALSE(rest.contains("Marker"));

    CHECK(f.refusal("DeleteRole", {{"RoleName", "R"}}) ==
          "DeleteConflict 409 Cannot delete entity, must delete policies first.");
    for (std::string_view const name : {"a", "b", "c"})
        f.ok("DeleteRolePolicy", {{"RoleName", "R"}, {"PolicyName", name}});
    f.ok("DeleteRole", {{"RoleName", "R"}});
    CHECK(f.record_count() == 0);
}

TEST_CASE("managed policies: versions, attachment, and what stands in the way of deletion") {
    iam_fixture f;
    f.ok("CreateRole", role_input("R"));
    auto const arn = f.create_managed("P", one_statement("Allow", "iot:Connect"));
    CHECK(arn == "arn:aws:iam::123456789012:policy/P");
    CHECK(f.refusal("CreatePolicy",
                    {{"PolicyName", "p"}, {"PolicyDocument", one_statement("Allow", "iot:*")}}) ==
          "EntityAlreadyExists 409 A policy called p already exists. Duplicate names are not "
          "allowed.");
    json::object const pair{{"RoleName", "R"}, {"PolicyArn", arn}};
    f.ok("AttachRolePolicy", pair);
    f.ok("AttachRolePolicy", pair); // idempotent
    auto const attached = f.ok("ListAttachedRolePolicies", {{"RoleName", "R"}});
    CHECK(json::print(attached.at("AttachedPolicies")) ==
          R"([{"PolicyName":"P","PolicyArn":"arn:aws:iam::123456789012:policy/P"}])");
    CHECK(f.ok("GetPolicy", {{"PolicyArn", arn}})
              .at("Policy")
              .at("AttachmentCount")
              .to_number<int>() == 1);
    CHECK(f.refusal("DeleteRole", {{"RoleName", "R"}}) ==
          "DeleteConflict 409 Cannot delete entity, must detach all policies first.");
    CHECK(f.refusal("DeletePolicy", {{"PolicyArn", arn}}).starts_with("DeleteConflict 409 "));

    for (int v = 2; v <= 5; ++v) {
        auto const made =
            f.ok("CreatePolicyVersion", {{"PolicyArn", arn},
                                         {"PolicyDocument", one_statement("Allow", "iot:Publish")},
                                         {"SetAsDefault", v == 3 ? "true" : "false"}});
        CHECK(text(made.at("PolicyVersion").as_object(), "VersionId") == "v" + std::to_string(v));
        CHECK_FALSE(made.at("PolicyVersion").as_object().contains("Document"));
    }
    CHECK(f.refusal("CreatePolicyVersion",
                    {{"PolicyArn", arn}, {"PolicyDocument", one_statement("Allow", "iot:*")}}) ==
          "LimitExceeded 409 A managed policy can have up to 5 versions. Before you create a new "
          "version, you must delete an existing version.");
    CHECK(text(f.ok("GetPolicy", {{"PolicyArn", arn}}).at("Policy").as_object(),
               "DefaultVersionId") == "v3");
    CHECK(f.refusal("DeletePolicyVersion", {{"PolicyArn", arn}, {"VersionId", "v3"}}) ==
          "DeleteConflict 409 Cannot delete the default version of a policy.");
    for (std::string_view const v : {"v1", "v2", "v4", "v5"})
        f.ok("DeletePolicyVersion", {{"PolicyArn", arn}, {"VersionId", v}});
    // Numbers are never used again.
    auto const next =
        f.ok("CreatePolicyVersion",
             {{"PolicyArn", arn}, {"PolicyDocument", one_statement("Allow", "s3:*")}});
    CHECK(text(next.at("PolicyVersion").as_object(), "VersionId") == "v6");
    CHECK(percent_decode(text(f.ok("GetPolicyVersion", {{"PolicyArn", arn}, {"VersionId", "v6"}})
                                  .at("PolicyVersion")
                                  .as_object(),
                              "Document")) == one_statement("Allow", "s3:*"));
    f.ok("DeletePolicyVersion", {{"PolicyArn", arn}, {"VersionId", "v6"}});
    f.ok("DetachRolePolicy", pair);
    f.ok("DeletePolicy", {{"PolicyArn", arn}});
    f.ok("DeleteRole", {{"RoleName", "R"}});
    CHECK(f.record_count() == 0);
}

TEST_CASE("ten managed policies a role and no more [IAM quotas]") {
    iam_fixture f;
    f.ok("CreateRole", role_input("R"));
    for (int i = 0; i < 11; ++i) {
        auto const arn =
            f.create_managed("P" + std::to_string(i), one_statement("Allow", "iot:Connect"));
        CHECK(f.refusal("AttachRolePolicy", {{"RoleName", "R"}, {"PolicyArn", arn}}) ==
              (i < 10 ? "ok" : "LimitExceeded 409 Cannot exceed quota for PoliciesPerRole: 10"));
    }
}

TEST_CASE("AWS's own policies can be attached, read and not changed") {
    iam_fixture f;
    f.ok("CreateRole", role_input("R"));
    std::string_view const arn = "arn:aws:iam::aws:policy/AWSIoTDataAccess";
    f.ok("AttachRolePolicy", {{"RoleName", "R"}, {"PolicyArn", arn}});
    auto const got = f.ok("GetPolicy", {{"PolicyArn", arn}}).at("Policy").as_object();
    CHECK(text(got, "DefaultVersionId") == "v3");
    CHECK(got.at("AttachmentCount").to_number<int>() == 1);
    CHECK(f.ok("ListPolicies", {{"Scope", "AWS"}, {"OnlyAttached", "true"}})
              .at("Policies")
              .as_array()
              .size() == 1);
    CHECK(f.ok("ListPolicies", {{"Scope", "Local"}}).at("Policies").as_array().empty());
    CHECK(f.refusal("CreatePolicyVersion",
                    {{"PolicyArn", arn}, {"PolicyDocument", one_statement("Allow", "iot:*")}}) !=
          "ok");
    iam_fixture again;
    again.world = f.restarted();
    CHECK(again.world.iam.find_role("R")->documents.size() == 1);
}

TEST_CASE("GetUser answers for the account's root, whose UserId is the account") {
    iam_fixture f;
    auto const user = f.ok("GetUser", {}).at("User").as_object();
    CHECK(text(user, "UserId") == "123456789012");
    CHECK(text(user, "Arn") == "arn:aws:iam::123456789012:root");
    f.caller.what = cloud::principal::type::role_session;
    CHECK(f.refusal("GetUser", {}) == "ValidationError 400 Must specify userName when calling with "
                                      "non-User credentials");
}

TEST_CASE("what IAM knows survives a restart") {
    iam_fixture f;
    auto input = role_input("R");
    input["Tags"] = json::array{json::object{{"Key", "team"}, {"Value", "home"}}};
    input["MaxSessionDuration"] = "7200";
    f.ok("CreateRole", input);
    f.ok("PutRolePolicy", {{"RoleName", "R"},
                           {"PolicyName", "P"},
                           {"PolicyDocument", one_statement("Allow", "iot:Publish")}});
    auto const arn = f.create_managed("M", one_statement("Allow", "iot:Connect"));
    f.ok("CreatePolicyVersion", {{"PolicyArn", arn},
                                 {"PolicyDocument", one_statement("Deny", "iot:Connect")},
                                 {"SetAsDefault", true}});
    f.ok("AttachRolePolicy", {{"RoleName", "R"}, {"PolicyArn", arn}});

    iam_fixture again;
    again.world = f.restarted();
    for (auto const& [operation, asked] :
         std::initializer_list<std::pair<std::string_view, json::object>>{
             {"GetRole", {{"RoleName", "R"}}},
             {"GetRolePolicy", {{"RoleName", "R"}, {"PolicyName", "P"}}},
             {"ListAttachedRolePolicies", {{"RoleName", "R"}}},
             {"GetPolicy", {{"PolicyArn", arn}}},
             {"ListPolicyVersions", {{"PolicyArn", arn}}}})
        CHECK_MESSAGE(json::print(again.ok(operation, asked)) ==
                          json::print(f.ok(operation, asked)),
                      operation);
    // The documents that count for the role are there too, whatever the order of the records.
    CHECK(again.world.iam.find_role("R")->documents.size() == 2);
}

TEST_CASE("a damaged record is named, with its field") {
    cloud::world w;
    auto const broken = w.restore("iam_role", "r", R"({"name":"R"})");
    REQUIRE_FALSE(broken.has_value());
    CHECK(broken.error().detail == "record `iam_role` `r`: field `trust`");
}

TEST_CASE("operations that are not built are named, and none is both") {
    for (auto const* const s : cloud::all_services())
        for (auto const& row : s->operations)
            CHECK_MESSAGE(std::find(s->not_built.begin(), s->not_built.end(), row.name) ==
                              s->not_built.end(),
                          s->name, " ", row.name);
}
