// GetRetainedMessage and ListRetainedMessages.
// @source AWS IoT data API reference; spec iot-broker 2.5, device-shadow 7.3
#include "base/text.hpp"
#include "cloud/iot_data/messaging.hpp"
#include "cloud/iot_data/operations.hpp"
#include "json/parse.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <utility>

namespace cogniot::cloud::iot_data {

namespace {

constexpr std::int64_t most_results = 200;

std::int64_t milliseconds(utc_time at) {
    return at.time_since_epoch().count();
}

boost::json::value
print_user_properties(std::vector<std::pair<std::string, std::string>> const& properties) {
    if (properties.empty())
        return nullptr;
    boost::json::array list;
    for (auto const& [name, value] : properties)
        list.push_back(boost::json::object{{name, value}});
    return boost::json::string(encode_base64(json::print(list)));
}

} // namespace

output get_retained_message(call& c, input const& asked) {
    input_reader in(asked, sent_as::text);
    auto const topic = in.text("topic", topic_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const found = c.messages->find_retained(topic, c.now);
    if (!found)
        return not_found("No retained message exists with topic: '" + printable(topic, 300) + "'");
    return boost::json::object{{"topic", found->topic},
                               {"payload", encode_base64(found->payload)},
                               {"qos", found->qos},
                               {"lastModifiedTime", milliseconds(found->stored_at)},
                               {"userProperties", print_user_properties(found->user_properties)}};
}

output list_retained_messages(call& c, input const& asked) {
    input_reader in(asked, sent_as::text);
    auto const size = static_cast<std::size_t>(
        in.find_integer("maxResults", {.min = 1, .max = most_results}).value_or(most_results));
    auto const after = read_token(in);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto found = c.messages->list_retained(after, size + 1, c.now);
    bool const has_more = found.size() > size;
    if (has_more)
        found.pop_back();
    boost::json::array topics;
    for (auto const& one : found)
        topics.push_back(boost::json::object{{"topic", one.topic},
                                             {"payloadSize", one.payload_bytes},
                                             {"qos", one.qos},
                                             {"lastModifiedTime", milliseconds(one.stored_at)}});
    boost::json::object answer{{"retainedTopics", std::move(topics)}};
    answer["nextToken"] = has_more ? boost::json::value(print_token(found.back().topic))
                                   : boost::json::value(nullptr);
    return answer;
}

} // namespace cogniot::cloud::iot_data
