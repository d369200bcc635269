// authorise() is asked for every packet and every delivery: for an allow it must not touch the
// heap.
#include "cloud/cognito_identity/scope_down.hpp"
#include "support/counted_heap.hpp"
#include "unit/cloud/cloud_fixture.hpp"
#include "unit/cloud/documents.hpp"

using namespace cogniot;
using namespace cogniot::test;

TEST_CASE("an allow through both locks, and through a guest's, allocates nothing") {
    cloud_fixture f;
    std::string const topic = "arn:aws:iot:ap-northeast-1:123456789012:topic/room/lamp";
    f.ok("iam", "CreateRole",
         json::object{{"RoleName", "ARoleNameThatNoSmallStringHolds"},
                      {"AssumeRolePolicyDocument", account_trust}});
    f.ok("iam", "PutRolePolicy",
         json::object{{"RoleName", "ARoleNameThatNoSmallStringHolds"},
                      {"PolicyName", "P"},
                      {"PolicyDocument", one_statement("Allow", "iot:*", "*")}});
    auto who = cloud::sts::make_role_session(
        f.world, *f.world.iam.find_role("ARoleNameThatNoSmallStringHolds"), "s");
    who.identity_id = "ap-northeast-1:aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
    f.ok("iot", "CreatePolicy",
         json::object{{"policyName", "I"},
                      {"policyDocument", one_statement("Allow", "iot:Publish")}});
    f.ok("iot", "AttachPolicy", json::object{{"policyName", "I"}, {"target", who.identity_id}});
    auto guest = who;
    who.authenticated = true;
    guest.session_policies.push_back(cloud::cognito_identity::guest_scope_down());
    for (auto const* const one : {&who, &guest}) {
        auto const facts = cloud::principal_facts(*one, {f.now, "ap-northeast-1", "127.0.0.1"});
        auto const before = allocations();
        bool const allowed = cloud::authorise(f.world, *one, "iot:Publish", topic, facts).allowed;
        auto const after = allocations();
        CHECK(allowed);
        CHECK(after == before);
    }
}
