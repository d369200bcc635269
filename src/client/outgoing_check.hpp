// What can be said about a message before any network: topic, payload, QoS as AWS IoT takes them.
// Pure. @source spec iot-broker 2.2, 7 (topic 256 bytes and seven slashes, payload 128 KB, no QoS
// 2)
#pragma once

#include "base/result.hpp"
#include "client/link_values.hpp"

namespace cogniot::client {

/// @errors mqtt::errc of check_topic with the topic in detail; setting_unusable for QoS 2 and
/// payload
result<void> check_message(message const&, broker_kind);
result<void> check_topic_request(topic_request const&, broker_kind);
/// The payload must be JSON (`--json`). @errors json::errc with line and column
result<void> check_json_payload(std::string_view payload);

} // namespace cogniot::client
