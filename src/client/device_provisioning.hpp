// What makes a thing a device that may connect: a certificate of its own with the policy that lets
// it use its own shadow, through AWS IoT's control plane and the backend's credentials.
#pragma once

#include "client/aws_caller.hpp"
#include "client/iot_calls.hpp"

#include <string>

namespace cogniot::client {

/// Each device may connect under its thing's name, if its certificate is attached to the thing, and
/// use that thing's shadows.
/// @source AWS IoT developer guide, "Thing policy variables"
inline constexpr char const* device_policy_name = "cogniot-simulated-device";
std::string device_policy_document();

/// CreateThing, CreatePolicy, CreateKeysAndCertificate, AttachPolicy, AttachThingPrincipal. Thing
/// and policy may be there already. @errors backend_call_error()'s
net::task<result<new_certificate>> provision_device(aws_caller&, std::string thing);

/// The account's data endpoint. @errors backend_call_error()'s, those of parsing it
net::task<result<net::origin>> find_data_endpoint(aws_caller&);

} // namespace cogniot::client
