#include "client/errors.hpp"
#include "client/iam_calls.hpp"
#include "client/iot_calls.hpp"
#include "client/pool_calls.hpp"
#include "client/xml_answer.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::client;

namespace {

json::object of(std::string_view text) {
    return json::parse_object(text).value();
}

} // namespace

TEST_CASE("each look is the operation AWS's API references name, and needs the permission of its "
          "name") {
    struct row {
        aws_call call;
        std::string_view permission;
        std::string_view method;
        std::string_view path;
        std::string_view body;
    };
    // @source IAM API reference (parameters), AWS IoT API reference (request syntax)
    for (auto const& r : {
             row{make_get_role("r"), "iam:GetRole", "POST", "/",
                 "Action=GetRole&Version=2010-05-08&RoleName=r"},
             row{make_list_role_policies("r", "m"), "iam:ListRolePolicies", "POST", "/",
                 "Action=ListRolePolicies&Version=2010-05-08&RoleName=r&Marker=m"},
             row{make_get_role_policy("r", "p"), "iam:GetRolePolicy", "POST", "/",
                 "Action=GetRolePolicy&Version=2010-05-08&RoleName=r&PolicyName=p"},
             row{make_list_attached_role_policies("r"), "iam:ListAttachedRolePolicies", "POST", "/",
                 "Action=ListAttachedRolePolicies&Version=2010-05-08&RoleName=r"},
             row{make_get_managed_policy("arn:aws:iam::1:policy/p"), "iam:GetPolicy", "POST", "/",
                 "Action=GetPolicy&Version=2010-05-08&PolicyArn=arn%3Aaws%3Aiam%3A%3A1%3Apolicy%"
                 "2Fp"},
             row{make_get_managed_policy_version("a", "v3"), "iam:GetPolicyVersion", "POST", "/",
                 "Action=GetPolicyVersion&Version=2010-05-08&PolicyArn=a&VersionId=v3"},
             row{make_describe_endpoint(), "iot:DescribeEndpoint", "GET",
                 "/endpoint?endpointType=iot%3AData-ATS", ""},
             row{make_list_attached_policies("r:1", "m/"), "iot:ListAttachedPolicies", "POST",
                 "/attached-policies/r%3A1?marker=m%2F", ""},
             row{make_get_iot_policy("p@x"), "iot:GetPolicy", "GET", "/policies/p%40x", ""},
             row{make_describe_thing("t"), "iot:DescribeThing", "GET", "/things/t", ""},
             row{make_describe_app_client("r_p", "c"), "cognito-idp:DescribeUserPoolClient", "POST",
                 "/", R"({"UserPoolId":"r_p","ClientId":"c"})"},
             row{make_describe_identity_pool("r:u"), "cognito-identity:DescribeIdentityPool",
                 "POST", "/", R"({"IdentityPoolId":"r:u"})"},
             row{make_get_identity_pool_roles("r:u"), "cognito-identity:GetIdentityPoolRoles",
                 "POST", "/", R"({"IdentityPoolId":"r:u"})"},
         }) {
        CAPTURE(r.permission);
        CHECK(permission_of(r.call) == r.permission);
        CHECK(r.call.method == r.method);
        CHECK(r.call.path == r.path);
        CHECK(r.call.body == r.body);
        CHECK(r.call.is_signed);
    }
}

TEST_CASE("a role is read with its trust policy decoded [IAM API reference, GetRole, sample]") {
    auto const answer = read_query_answer(
        "GetRole", R"(<GetRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
<GetRoleResult>
  <Role>
    <Path>/application_abc/component_xyz/</Path>
    <Arn>arn:aws:iam::123456789012:role/application_abc/component_xyz/S3Access</Arn>
    <RoleName>S3Access</RoleName>
    <AssumeRolePolicyDocument>
      %7B%22Version%22%3A%222012-10-17%22%7D
    </AssumeRolePolicyDocument>
    <CreateDate>2012-05-08T23:34:01Z</CreateDate>
    <RoleId>AROADBQP57FF2AEXAMPLE</RoleId>
  </Role>
</GetRoleResult>
<ResponseMetadata><RequestId>df37e965-9967-11e1-a4c3-270EXAMPLE04</RequestId></ResponseMetadata>
</GetRoleResponse>)");
    REQUIRE(answer.has_value());
    auto const role = read_role(*answer);
    REQUIRE(role.has_value());
    CHECK(role->name == "S3Access");
    CHECK(role->id == "AROADBQP57FF2AEXAMPLE");
    CHECK(role->arn == "arn:aws:iam::123456789012:role/application_abc/component_xyz/S3Access");
    CHECK(json::parse_object(role->trust).has_value());
    CHECK(role->permissions_boundary.empty());
    CHECK(read_role(json::object()).error().code == make_error_code(errc::answer_not_understood));
}

TEST_CASE("lists have pages [IAM API reference, ListAttachedRolePolicies; IoT, "
          "ListAttachedPolicies]") {
    auto const attached = read_attached_role_policies(
        of(R"({"AttachedPolicies":[{"PolicyName":"n","PolicyArn":"a"}],"IsTruncated":"true",)"
           R"("Marker":"m"})"));
    CHECK(attached.names == std::vector<std::string>{"a"});
    CHECK(attached.marker == "m");
    auto const last = read_role_policies(of(R"({"PolicyNames":["p","q"],"IsTruncated":"false"})"));
    CHECK(last.names == std::vector<std::string>{"p", "q"});
    CHECK(last.marker.empty());
    CHECK(read_role_policies(of(R"({"PolicyNames":"","IsTruncated":"false"})")).names.empty());
    auto const iot = read_attached_policies(
        of(R"({"policies":[{"policyName":"p","policyArn":"a"}],"nextMarker":"n"})"));
    CHECK(iot.names == std::vector<std::string>{"p"});
    CHECK(iot.marker == "n");
}

TEST_CASE("a simulation asks one action on one resource with context [IAM API reference, "
          "SimulatePrincipalPolicy]") {
    auto const call = make_simulate_principal_policy("arn:r", "iot:Connect", "arn:c",
                                                     {{"cognito-identity.amazonaws.com:sub", "i"}});
    CHECK(call.body ==
          "Action=SimulatePrincipalPolicy&Version=2010-05-08&PolicySourceArn=arn%3Ar"
          "&ActionNames.member.1=iot%3AConnect&ResourceArns.member.1=arn%3Ac"
          "&ContextEntries.member.1.ContextKeyName=cognito-identity.amazonaws.com%3Asub"
          "&ContextEntries.member.1.ContextKeyType=string"
          "&ContextEntries.member.1.ContextKeyValues.member.1=i");
    auto const read = read_simulation(of(
        R"({"EvaluationResults":[{"EvalDecision":"implicitDeny","MissingContextValues":["k"]}]})"));
    REQUIRE(read.has_value());
    CHECK(read->decision == "implicitDeny");
    CHECK(read->missing_context == std::vector<std::string>{"k"});
    // Named resources have the list each for itself.
    auto const named = read_simulation(
        of(R"({"EvaluationResults":[{"EvalDecision":"implicitDeny","MissingContextValues":"",)"
           R"("ResourceSpecificResults":[{"EvalResourceName":"arn:c",)"
           R"("EvalResourceDecision":"implicitDeny","MissingContextValues":["aws:userid"]}]}]})"));
    REQUIRE(named.has_value());
    CHECK(named->missing_context == std::vector<std::string>{"aws:userid"});
    CHECK_FALSE(read_simulation(of(R"({"EvaluationResults":""})")).has_value());
}

TEST_CASE("TestAuthorization is asked all at once, and answers are found by their question [AWS "
          "IoT API reference]") {
    auto const call = make_test_authorization("r:1", "r:p", "c d", {{"CONNECT", "arn:1"}});
    CHECK(call.path == "/test-authorization?clientId=c%20d");
    CHECK(call.body == R"({"principal":"r:1","cognitoIdentityPoolId":"r:p",)"
                       R"("authInfos":[{"actionType":"CONNECT","resources":["arn:1"]}]})");
    auto const answer =
        of(R"({"authResults":[{"authInfo":{"actionType":"PUBLISH","resources":["arn:2"]},)"
           R"("authDecision":"IMPLICIT_DENY"},{"authInfo":{"actionType":"CONNECT",)"
           R"("resources":["arn:1"]},"authDecision":"ALLOWED",)"
           R"("missingContextValues":["iot:DomainName"]}]})");
    auto const read =
        read_test_authorization(answer, {{"CONNECT", "arn:1"}, {"PUBLISH", "arn:2"}}).value();
    REQUIRE(read.size() == 2);
    CHECK(read[0].decision == "ALLOWED");
    CHECK(read[0].missing_context == std::vector<std::string>{"iot:DomainName"});
    CHECK(read[1].decision == "IMPLICIT_DENY");
    CHECK(read[1].missing_context.empty());
    CHECK_FALSE(read_test_authorization(answer, {{"CONNECT", "arn:2"}}).has_value());
}

TEST_CASE("the log is asked for one client ID and for refused handshakes, in milliseconds "
          "[CloudWatch Logs API reference, FilterLogEvents]") {
    auto const at = *parse_extended("2026-01-02T12:00:00Z");
    auto const call = make_filter_log_events({.client_id = "a\"b",
                                              .refused_handshakes = true,
                                              .from = at,
                                              .to = at + std::chrono::seconds(2)});
    CHECK(amz_target(call) == "Logs_20140328.FilterLogEvents");
    auto const body = of(call.body);
    CHECK(body.at("logGroupName") == "AWSIotLogsV2");
    CHECK(body.at("endTime").as_int64() - body.at("startTime").as_int64() == 2000);
    CHECK(body.at("filterPattern") ==
          R"({ (($.clientId = "a\"b") && (($.status = "Failure") || ($.eventType = "Connect") )"
          R"(|| ($.eventType = "Subscribe") || ($.eventType = "Disconnect"))) )"
          R"(|| ($.eventType = "Connection.AuthNError") })");
    CHECK_FALSE(body.contains("nextToken"));
    auto const next = make_filter_log_events({.client_id = "a"}, "t");
    CHECK(of(next.body).at("nextToken") == "t");
    CHECK(of(next.body).at("filterPattern").as_string().find("AuthNError") == std::string::npos);
    auto const page =
        read_log_events(of(R"({"events":[{"message":"{}","timestamp":1}],"nextToken":"u"})"));
    CHECK(page.entries == std::vector<std::string>{"{}"});
    CHECK(page.next_token == "u");
    CHECK(read_log_events(of(R"({"events":[]})")).next_token.empty());
}

TEST_CASE("whoever has credentials may ask whose they are [STS API reference, GetCallerIdentity]") {
    auto const call = make_get_caller_identity({"AKID", secret("s"), "t"});
    REQUIRE(call.by.has_value());
    CHECK(call.by->access_key_id == "AKID");
    auto const who =
        read_caller_identity(of(R"({"UserId":"AROA1:CognitoIdentityCredentials",)"
                                R"("Account":"123456789012","Arn":"arn:aws-cn:sts::123456789012:)"
                                R"(assumed-role/r/CognitoIdentityCredentials"})"));
    REQUIRE(who.has_value());
    CHECK(who->role_name() == "r");
    CHECK(who->partition() == "aws-cn");
    CHECK(caller_identity{.arn = "arn:aws:iam::1:user/u"}.role_name().empty());
}
