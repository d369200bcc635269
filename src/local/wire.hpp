// What the three wire forms share: a call read from HTTP, and the headers every answer carries.
//
// Reading and writing are pure; `now` and the request ID are given. Each form has a file:
// wire_json (JSON 1.1: Cognito, logs), wire_query (query/XML: IAM, STS), wire_rest (REST-JSON:
// IoT).
// @source AWS protocol specifications (Smithy 2.0: awsJson1_1, awsQuery, restJson1)
#pragma once

#include "base/utc_time.hpp"
#include "cloud/service.hpp"
#include "net/http.hpp"

#include <boost/json.hpp>

#include <string>
#include <string_view>

namespace cogniot::local {

/// One operation with its input: what dispatch and a wire form make of a request.
struct api_call {
    cloud::service const* service = nullptr;
    cloud::operation const* operation = nullptr;
    boost::json::object input{};
};

/// What to answer with: which form, and what identifies this answer in it.
struct answer_form {
    cloud::wire form = cloud::wire::rest_json;
    /// Null when the request could not be told to belong to any service.
    cloud::service const* service = nullptr;
    /// A UUID: x-amzn-RequestId, traceId, RequestId.
    std::string request_id;
};

/// The answer of an operation that succeeded.
net::http_response write_answer(answer_form const&, cloud::operation const&,
                                boost::json::object const& output);
/// An error in the service's own form.
net::http_response write_error(answer_form const&, cloud::api_error const&);

/// Adds Date, x-amzn-RequestId and, for Cognito, what browsers must be told (CORS).
void add_common_headers(net::http_response&, answer_form const&, utc_time now);

/// Whether this is a browser asking for permission before its real request.
bool is_preflight(net::http_request const&);
net::http_response answer_preflight(utc_time now);

/// `KnownToAws` but not here: 501 and its name.
cloud::api_error not_built(std::string_view service, std::string_view operation);

} // namespace cogniot::local
