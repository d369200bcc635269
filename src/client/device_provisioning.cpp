#include "client/device_provisioning.hpp"

#include "client/identity_pool.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

#include <string_view>
#include <utility>

namespace cogniot::client {

namespace {

/// The answer's members. @param may_be  a refusal that is as good as an answer
net::task<result<json::object>> ask(aws_caller& aws, aws_call what, std::string_view may_be = {}) {
    auto calling = aws.call(what);
    auto answer = co_await std::move(calling);
    if (!answer)
        co_return answer.error();
    if (answer->refused && answer->refused->code != may_be)
        co_return backend_call_error(*answer->refused, what, aws.skew().report());
    co_return std::move(answer->body);
}

} // namespace

std::string device_policy_document() {
    constexpr std::string_view thing = "${iot:Connection.Thing.ThingName}";
    auto const resource = [&](std::string_view kind, std::string_view before,
                              std::string_view behind) {
        return "arn:aws:iot:*:*:" + std::string(kind) + "/" + std::string(before) +
               std::string(thing) + std::string(behind);
    };
    json::object const connect{
        {"Effect", "Allow"},
        {"Action", "iot:Connect"},
        {"Resource", resource("client", "", "")},
        {"Condition", {{"Bool", {{"iot:Connection.Thing.IsAttached", "true"}}}}}};
    json::object const messages{{"Effect", "Allow"},
                                {"Action", {"iot:Publish", "iot:Receive"}},
                                {"Resource", resource("topic", "$aws/things/", "/shadow/*")}};
    json::object const subscribe{
        {"Effect", "Allow"},
        {"Action", "iot:Subscribe"},
        {"Resource", resource("topicfilter", "$aws/things/", "/shadow/*")}};
    return json::print(json::object{{"Version", "2012-10-17"},
                                    {"Statement", json::array{connect, messages, subscribe}}});
}

net::task<result<new_certificate>> provision_device(aws_caller& aws, std::string thing) {
    constexpr std::string_view exists = "ResourceAlreadyExistsException";
    auto making_thing = ask(aws, make_create_thing(thing), exists);
    auto const made_thing = co_await std::move(making_thing);
    if (!made_thing)
        co_return made_thing.error();
    auto making_policy =
        ask(aws, make_create_iot_policy(device_policy_name, device_policy_document()), exists);
    auto const made_policy = co_await std::move(making_policy);
    if (!made_policy)
        co_return made_policy.error();
    auto making = ask(aws, make_create_keys_and_certificate());
    auto const answer = co_await std::move(making);
    if (!answer)
        co_return answer.error();
    auto made = read_new_certificate(*answer);
    if (!made)
        co_return made.error();
    auto attaching = ask(aws, make_attach_iot_policy(device_policy_name, made->arn));
    auto const attached = co_await std::move(attaching);
    if (!attached)
        co_return attached.error();
    auto joining = ask(aws, make_attach_thing_principal(thing, made->arn));
    auto const joined = co_await std::move(joining);
    if (!joined)
        co_return joined.error();
    co_return std::move(*made);
}

net::task<result<net::origin>> find_data_endpoint(aws_caller& aws) {
    auto asking = ask(aws, make_describe_endpoint());
    auto const answer = co_await std::move(asking);
    if (!answer)
        co_return answer.error();
    auto const host = read_endpoint(*answer);
    if (!host)
        co_return host.error();
    auto const parsed = net::parse_base_url("https://" + *host);
    if (!parsed)
        co_return parsed.error();
    co_return parsed->at;
}

} // namespace cogniot::client
