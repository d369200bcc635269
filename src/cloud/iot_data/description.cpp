#include "cloud/iot_data/description.hpp"

#include "cloud/iot_data/operations.hpp"

#include <array>

namespace cogniot::cloud::iot_data {

namespace {

constexpr std::array message_headers{
    header_member{"x-amz-mqtt5-user-properties", "userProperties"},
    header_member{"x-amz-mqtt5-payload-format-indicator", "payloadFormatIndicator"},
    header_member{"x-amz-mqtt5-correlation-data", "correlationData"}};

} // namespace

service const& description() {
    static std::array const rows{
        // The broker asks for iot:Publish and iot:RetainPublish, as for a client's publish.
        operation{.name = "Publish",
                  .run = &publish,
                  .resource = &topic_resource,
                  .action = "iot:Publish",
                  .method = "POST",
                  .path = "/topics/{topic+}",
                  .headers = message_headers,
                  .payload_member = "payload",
                  .needs_no_permission = true},
        operation{.name = "GetThingShadow",
                  .run = &get_thing_shadow,
                  .resource = &shadow_resource,
                  .action = "iot:GetThingShadow",
                  .method = "GET",
                  .path = "/things/{thingName}/shadow",
                  .payload_member = "payload"},
        operation{.name = "UpdateThingShadow",
                  .run = &update_thing_shadow,
                  .resource = &shadow_resource,
                  .action = "iot:UpdateThingShadow",
                  .method = "POST",
                  .path = "/things/{thingName}/shadow",
                  .payload_member = "payload"},
        operation{.name = "DeleteThingShadow",
                  .run = &delete_thing_shadow,
                  .resource = &shadow_resource,
                  .action = "iot:DeleteThingShadow",
                  .method = "DELETE",
                  .path = "/things/{thingName}/shadow",
                  .payload_member = "payload"},
        operation{.name = "ListNamedShadowsForThing",
                  .run = &list_named_shadows_for_thing,
                  .resource = &thing_resource,
                  .action = "iot:ListNamedShadowsForThing",
                  .method = "GET",
                  .path = "/api/things/shadow/ListNamedShadowsForThing/{thingName}"},
        operation{.name = "GetRetainedMessage",
                  .run = &get_retained_message,
                  .resource = &topic_resource,
                  .action = "iot:GetRetainedMessage",
                  .method = "GET",
                  .path = "/retainedMessage/{topic+}"},
        operation{.name = "ListRetainedMessages",
                  .run = &list_retained_messages,
                  .action = "iot:ListRetainedMessages",
                  .method = "GET",
                  .path = "/retainedMessage"},
        operation{.name = "DeleteConnection",
                  .run = &delete_connection,
                  .resource = &client_resource,
                  .action = "iot:DeleteConnection",
                  .empty_answer = true,
                  .method = "DELETE",
                  .path = "/connections/{clientId}"},
        operation{.name = "GetConnection",
                  .run = &get_connection,
                  .resource = &client_resource,
                  .action = "iot:GetConnection",
                  .method = "GET",
                  .path = "/connections/{clientId}"},
        operation{.name = "ListSubscriptions",
                  .run = &list_subscriptions,
                  .resource = &client_resource,
                  .action = "iot:ListSubscriptions",
                  .method = "GET",
                  .path = "/connections/{clientId}/subscriptions"},
        operation{.name = "SendDirectMessage",
                  .run = &send_direct_message,
                  .resource = &client_resource,
                  .action = "iot:SendDirectMessage",
                  .facts = &add_topic,
                  .method = "POST",
                  .path = "/connections/{clientId}/messages",
                  .headers = message_headers,
                  .payload_member = "payload"},
    };
    static service const data{.name = "iotdata",
                              .form = wire::rest_json,
                              .operations = rows,
                              .not_built = {},
                              .validation_error = validation_error};
    return data;
}

} // namespace cogniot::cloud::iot_data
