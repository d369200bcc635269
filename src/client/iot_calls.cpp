#include "client/iot_calls.hpp"

#include "base/text.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

namespace cogniot::client {
namespace {

aws_call rest_call(std::string operation, std::string method, std::string path,
                   std::string body = {}) {
    return {.to = service::iot,
            .operation = std::move(operation),
            .form = wire_form::rest_json,
            .method = std::move(method),
            .path = std::move(path),
            .body = std::move(body),
            .is_signed = true};
}

/// The answer that repeats this question; without a decision if none does.
authorisation_answer find_answer(json::object const& answer, authorisation_question const& q) {
    auto const* const list = json::find_array(answer, "authResults");
    for (std::size_t i = 0; list && i < list->size(); ++i) {
        auto const* const one = (*list)[i].if_object();
        auto const* const info = one ? json::find_object(*one, "authInfo") : nullptr;
        auto const* const resources = info ? json::find_array(*info, "resources") : nullptr;
        if (resources && resources->size() == 1 && resources->front() == json::value(q.resource) &&
            json::find_string(*info, "actionType") == q.action_type) {
            authorisation_answer out{
                .decision = std::string(json::find_string(*one, "authDecision").value_or(""))};
            if (auto const* const missing = json::find_array(*one, "missingContextValues"))
                for (auto const& each : *missing)
                    if (auto const* const key = each.if_string())
                        out.missing_context.emplace_back(*key);
            return out;
        }
    }
    return {};
}

std::int64_t milliseconds(utc_time at) {
    return at.time_since_epoch().count();
}

} // namespace

aws_call make_describe_endpoint() {
    return rest_call("DescribeEndpoint", "GET", "/endpoint?endpointType=iot%3AData-ATS");
}

result<std::string> read_endpoint(json::object const& answer) {
    auto const address = json::find_string(answer, "endpointAddress");
    if (!address)
        return incomplete_answer("DescribeEndpoint", "endpointAddress");
    return std::string(*address);
}

aws_call make_list_attached_policies(std::string const& target, std::string const& marker) {
    auto path = "/attached-policies/" + percent_encode(target);
    if (!marker.empty())
        path += "?marker=" + percent_encode(marker);
    return rest_call("ListAttachedPolicies", "POST", std::move(path));
}

name_page read_attached_policies(json::object const& answer) {
    name_page out{.marker = std::string(json::find_string(answer, "nextMarker").value_or(""))};
    if (auto const* const list = json::find_array(answer, "policies"))
        for (auto const& one : *list)
            if (auto const* const policy = one.if_object())
                if (auto const name = json::find_string(*policy, "policyName"))
                    out.names.emplace_back(*name);
    return out;
}

aws_call make_get_iot_policy(std::string const& name) {
    return rest_call("GetPolicy", "GET", "/policies/" + percent_encode(name));
}

result<std::string> read_iot_policy(json::object const& answer) {
    auto const document = json::find_string(answer, "policyDocument");
    if (!document)
        return incomplete_answer("GetPolicy", "policyDocument");
    return std::string(*document);
}

aws_call make_describe_thing(std::string const& name) {
    return rest_call("DescribeThing", "GET", "/things/" + percent_encode(name));
}

aws_call make_create_thing(std::string const& name) {
    return rest_call("CreateThing", "POST", "/things/" + percent_encode(name), "{}");
}

aws_call make_create_iot_policy(std::string const& name, std::string const& document) {
    return rest_call("CreatePolicy", "POST", "/policies/" + percent_encode(name),
                     json::print(json::object{{"policyDocument", document}}));
}

aws_call make_create_keys_and_certificate() {
    return rest_call("CreateKeysAndCertificate", "POST", "/keys-and-certificate?setAsActive=true");
}

result<new_certificate> read_new_certificate(json::object const& answer) {
    auto const* const keys = json::find_object(answer, "keyPair");
    auto const arn = json::find_string(answer, "certificateArn");
    auto const pem = json::find_string(answer, "certificatePem");
    auto const key = keys ? json::find_string(*keys, "PrivateKey") : std::nullopt;
    if (!arn || !pem || !key)
        return incomplete_answer("CreateKeysAndCertificate",
                                 "certificateArn, certificatePem or keyPair.PrivateKey");
    return new_certificate{std::string(*arn), std::string(*pem), secret(std::string(*key))};
}

aws_call make_attach_iot_policy(std::string const& policy_name, std::string const& target) {
    return rest_call("AttachPolicy", "PUT", "/target-policies/" + percent_encode(policy_name),
                     json::print(json::object{{"target", target}}));
}

aws_call make_attach_thing_principal(std::string const& thing, std::string const& principal) {
    auto call = rest_call("AttachThingPrincipal", "PUT",
                          "/things/" + percent_encode(thing) + "/principals");
    call.headers = {{"x-amzn-principal", principal}};
    return call;
}

aws_call make_test_authorization(std::string const& identity_id,
                                 std::string const& identity_pool_id, std::string const& client_id,
                                 std::vector<authorisation_question> const& questions) {
    json::array infos;
    for (auto const& q : questions)
        infos.push_back(
            json::object{{"actionType", q.action_type}, {"resources", json::array{q.resource}}});
    return rest_call("TestAuthorization", "POST",
                     "/test-authorization?clientId=" + percent_encode(client_id),
                     json::print(json::object{{"principal", identity_id},
                                              {"cognitoIdentityPoolId", identity_pool_id},
                                              {"authInfos", std::move(infos)}}));
}

result<std::vector<authorisation_answer>>
read_test_authorization(json::object const& answer,
                        std::vector<authorisation_question> const& questions) {
    std::vector<authorisation_answer> out;
    for (auto const& q : questions) {
        auto found = find_answer(answer, q);
        if (found.decision.empty())
            return incomplete_answer("TestAuthorization", "an authDecision for " + q.resource);
        out.push_back(std::move(found));
    }
    return out;
}

aws_call make_filter_log_events(log_question const& asked, std::string const& next_token) {
    // Messages that went well may be thousands.
    std::string of_client = "($.clientId = " + json::print(json::value(asked.client_id)) +
                            ") && (($.status = \"Failure\")";
    for (auto const* const each : {"Connect", "Subscribe", "Disconnect"})
        of_client += " || ($.eventType = \"" + std::string(each) + "\")";
    of_client += ")";
    auto const pattern =
        asked.refused_handshakes
            ? "{ (" + of_client + ") || ($.eventType = \"Connection.AuthNError\") }"
            : "{ " + of_client + " }";
    json::object body{{"logGroupName", "AWSIotLogsV2"},
                      {"startTime", milliseconds(asked.from)},
                      {"endTime", milliseconds(asked.to)},
                      {"filterPattern", pattern}};
    if (!next_token.empty())
        body["nextToken"] = next_token;
    return {.to = service::logs,
            .operation = "FilterLogEvents",
            .body = json::print(body),
            .is_signed = true};
}

log_page read_log_events(json::object const& answer) {
    log_page out;
    out.next_token = std::string(json::find_string(answer, "nextToken").value_or(""));
    if (auto const* const list = json::find_array(answer, "events"))
        for (auto const& one : *list)
            if (auto const* const event = one.if_object())
                if (auto const message = json::find_string(*event, "message"))
                    out.entries.emplace_back(*message);
    return out;
}

} // namespace cogniot::client
