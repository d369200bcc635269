// JSON 1.1: POST /, X-Amz-Target: PREFIX.Operation, one JSON object in and one out.
// @source Smithy 2.0, awsJson1_1; spec cognito-iam-sigv4 1.2
#pragma once

#include "local/wire.hpp"

namespace cogniot::local {

/// @errors UnknownOperationException, NotImplemented (501), SerializationException saying where
cloud::outcome<api_call> read_json(cloud::service const&, net::http_request const&);
net::http_response write_json(cloud::operation const&, boost::json::object const& output);
net::http_response write_json_error(cloud::api_error const&);

} // namespace cogniot::local
