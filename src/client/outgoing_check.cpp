#include "client/outgoing_check.hpp"

#include "client/errors.hpp"
#include "json/parse.hpp"
#include "mqtt/topic.hpp"

#include <boost/json.hpp>

namespace cogniot::client {
namespace {

constexpr std::size_t aws_max_payload_bytes = 128 * 1024;
/// The largest packet MQTT can write, less the largest topic [MQTT 3.1.1 section 2.2.3].
constexpr std::size_t standard_max_payload_bytes = 268'435'455 - 65'539;

mqtt::topic_limits limits_of(broker_kind kind) {
    return kind == broker_kind::aws_iot ? mqtt::aws_topic_limits : mqtt::topic_limits{};
}

} // namespace

result<void> check_message(message const& m, broker_kind kind) {
    if (auto const fine = mqtt::check_topic(m.topic, limits_of(kind)); !fine)
        return fine;
    auto const most =
        kind == broker_kind::aws_iot ? aws_max_payload_bytes : standard_max_payload_bytes;
    if (m.payload.size() > most)
        return fail(errc::setting_unusable, "the payload has " + std::to_string(m.payload.size()) +
                                                " bytes, the broker takes " + std::to_string(most));
    if (m.level == mqtt::qos::exactly_once)
        return fail(errc::setting_unusable, "QoS 2: AWS IoT and this client know 0 and 1");
    return {};
}

result<void> check_topic_request(topic_request const& r, broker_kind kind) {
    if (auto const fine = mqtt::check_filter(r.filter, limits_of(kind)); !fine)
        return fine;
    if (r.maximum == mqtt::qos::exactly_once)
        return fail(errc::setting_unusable, "QoS 2: AWS IoT and this client know 0 and 1");
    return {};
}

result<void> check_json_payload(std::string_view payload) {
    auto const parsed = json::parse(payload, {.max_bytes = payload.size() + 1});
    if (!parsed) {
        auto e = parsed.error();
        e.detail = "the payload is not JSON: " + e.detail;
        return e;
    }
    return {};
}

} // namespace cogniot::client
