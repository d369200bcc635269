// Query/XML: Action=…&Version=… in a form or a query string, XML out.
// @source Smithy 2.0, awsQuery; spec cognito-iam-sigv4 1.3
#pragma once

#include "local/wire.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace cogniot::local {

using form_fields = std::vector<std::pair<std::string, std::string>>;

/// `a=b&c=d`, percent-decoded once, `+` is a space. Nothing if an escape is broken or there are
/// more than 4,096 fields.
std::optional<form_fields> parse_form(std::string_view text);

/// Whether all names and values are UTF-8: percent-encoding says nothing about it.
bool has_utf8_only(form_fields const&);

/// Puts `Tags.member.1.Key=a` and `M.entry.1.key=b` back into arrays and objects. Values stay text.
boost::json::object unflatten(form_fields const&);

/// The form's fields if the request is one (POST with a form, or GET/POST with Action in the
/// query).
std::optional<form_fields> find_form(net::http_request const&);

/// @errors InvalidAction, NotImplemented (501), MalformedQueryString
cloud::outcome<api_call> read_query(cloud::service const&, net::http_request const&);
net::http_response write_query(cloud::service const&, cloud::operation const&,
                               boost::json::object const& output, std::string_view request_id);
net::http_response write_query_error(std::string_view xml_namespace, cloud::api_error const&,
                                     std::string_view request_id);

} // namespace cogniot::local
