// REST-JSON: method and path name the operation; labels, query, headers and body are its input.
// @source Smithy 2.0, restJson1; spec cognito-iam-sigv4 1.4
#pragma once

#include "local/wire.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace cogniot::local {

using path_labels = std::vector<std::pair<std::string, std::string>>;

/// Matches a wire path against `/policies/{policyName}/version`. A label is exactly one segment,
/// percent-decoded once, so that `%2F` in it does not split; `{topic+}` takes the rest, raw slashes
/// included. Nothing if it does not match or an escape is broken.
std::optional<path_labels> match_path(std::string_view pattern, std::string_view path);

/// @errors UnknownOperationException (404), MethodNotAllowedException (405, iotdata),
///         NotImplemented (501), InvalidRequestException (body is no JSON object;
///         path, query string or header is no UTF-8)
cloud::outcome<api_call> read_rest(cloud::service const&, net::http_request const&);
net::http_response write_rest(cloud::operation const&, boost::json::object const& output);
net::http_response write_rest_error(cloud::api_error const&, std::string_view request_id);

/// Whether any row of the service, built or not, has this path, whatever the method.
bool has_path(cloud::service const&, std::string_view path);

} // namespace cogniot::local
