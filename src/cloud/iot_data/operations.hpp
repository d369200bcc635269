// The operations of AWS IoT's data plane, and what they are asked of in IAM and IoT policies.
// @source AWS IoT data API reference (2015-05-28); spec device-shadow 1.2, 6, 7, iot-broker 2.8, 6
#pragma once

#include "cloud/input.hpp"
#include "cloud/service.hpp"

#include <boost/json/fwd.hpp>

#include <string>
#include <string_view>

namespace cogniot::cloud::iot_data {

inline constexpr std::string_view validation_error = "InvalidRequestException";
/// How long SendDirectMessage waits for the PUBACK unless it says otherwise (unconfirmed).
inline constexpr std::int64_t default_confirmation_seconds = 5;

extern text_rule const topic_rule;     // not empty
extern text_rule const thing_rule;     // [a-zA-Z0-9:_-]+, 1 to 128
extern text_rule const shadow_rule;    // [$a-zA-Z0-9:_-]+, 1 to 64
extern text_rule const client_id_rule; // 1 to 128, no `$` in front

using input = boost::json::object;
using output = outcome<boost::json::object>;

output publish(call&, input const&);
output get_thing_shadow(call&, input const&);
output update_thing_shadow(call&, input const&);
output delete_thing_shadow(call&, input const&);
output list_named_shadows_for_thing(call&, input const&);
output get_retained_message(call&, input const&);
output list_retained_messages(call&, input const&);
output get_connection(call&, input const&);
output delete_connection(call&, input const&);
output list_subscriptions(call&, input const&);
output send_direct_message(call&, input const&);

/// `arn:aws:iot:REGION:ACCOUNT:topic/TOPIC`
std::string topic_resource(call const&, input const&);
/// `…:thing/THING` or `…:thing/THING/SHADOW`
std::string shadow_resource(call const&, input const&);
std::string thing_resource(call const&, input const&);
/// `…:client/CLIENT_ID`
std::string client_resource(call const&, input const&);
/// iot:Topic, if the call names one.
void add_topic(input const&, policy::context&);

api_error invalid_request(std::string message);
api_error not_found(std::string message);

/// A page token of ours: base64 of the last key of the page before.
std::string print_token(std::string_view last);
/// Nothing, with the violation noted, if it is none of ours.
std::string read_token(input_reader&);

} // namespace cogniot::cloud::iot_data
