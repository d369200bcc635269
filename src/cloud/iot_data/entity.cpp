// What the data plane's operations share: forms of names, resources, errors, page tokens.
#include "base/text.hpp"
#include "cloud/iot_data/operations.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"
#include "policy/decide.hpp"
#include "shadow/topic.hpp"

#include <boost/json/object.hpp>

#include <utility>

namespace cogniot::cloud::iot_data {

namespace {

bool is_client_id(std::string_view text) {
    return !text.starts_with('$');
}

pattern const thing_pattern{"[a-zA-Z0-9:_-]+", &shadow::is_thing_name};
pattern const shadow_pattern{"[$a-zA-Z0-9:_-]+", &shadow::is_shadow_name};
pattern const client_id_pattern{"^[^$].*", &is_client_id};

std::string resource(call const& c, std::string_view kind, std::string_view name) {
    std::string arn = "arn:aws:iot:" + c.region + ":" + c.world.settings.account + ":";
    arn.append(kind).append("/").append(name);
    return arn;
}

} // namespace

text_rule const topic_rule{.min = 1};
text_rule const thing_rule{.min = 1, .max = 128, .form = &thing_pattern};
text_rule const shadow_rule{.min = 1, .max = 64, .form = &shadow_pattern};
text_rule const client_id_rule{.min = 1, .max = 128, .form = &client_id_pattern};

std::string topic_resource(call const& c, input const& in) {
    return resource(c, "topic", json::find_string(in, "topic").value_or(""));
}

std::string thing_resource(call const& c, input const& in) {
    return resource(c, "thing", json::find_string(in, "thingName").value_or(""));
}

std::string shadow_resource(call const& c, input const& in) {
    auto arn = thing_resource(c, in);
    if (auto const name = json::find_string(in, "name"))
        arn.append("/").append(*name);
    return arn;
}

std::string client_resource(call const& c, input const& in) {
    return resource(c, "client", json::find_string(in, "clientId").value_or(""));
}

void add_topic(input const& in, policy::context& facts) {
    if (auto const topic = json::find_string(in, "topic"))
        facts.set("iot:Topic", std::string(*topic));
}

api_error invalid_request(std::string message) {
    return {"InvalidRequestException", 400, std::move(message)};
}

api_error not_found(std::string message) {
    return {"ResourceNotFoundException", 404, std::move(message)};
}

std::string print_token(std::string_view last) {
    return encode_base64(last);
}

std::string read_token(input_reader& in) {
    auto const token = in.find_text("nextToken", {});
    if (!token)
        return {};
    auto last = decode_base64(*token);
    if (!last || last->empty())
        in.note("nextToken", *token, "be one that this operation has answered");
    return last.value_or("");
}

} // namespace cogniot::cloud::iot_data
