#include "local/wire.hpp"

#include "local/wire_json.hpp"
#include "local/wire_query.hpp"
#include "local/wire_rest.hpp"

namespace cogniot::local {
namespace {

/// Browsers call Cognito directly (amazon-cognito-identity-js, Amplify).
bool is_called_by_browsers(cloud::service const* service) {
    return service != nullptr &&
           (service->name == "cognito-idp" || service->name == "cognito-identity");
}

} // namespace

net::http_response write_answer(answer_form const& how, cloud::operation const& row,
                                boost::json::object const& output) {
    switch (how.form) {
    case cloud::wire::json_1_1:
        return write_json(row, output);
    case cloud::wire::query_xml:
        return write_query(*how.service, row, output, how.request_id);
    case cloud::wire::rest_json:
        break;
    }
    return write_rest(row, output);
}

net::http_response write_error(answer_form const& how, cloud::api_error const& e) {
    switch (how.form) {
    case cloud::wire::json_1_1:
        return write_json_error(e);
    case cloud::wire::query_xml:
        return write_query_error(how.service != nullptr
                                     ? how.service->xml_namespace
                                     : "http://webservices.amazon.com/AWSFault/2005-15-09",
                                 e, how.request_id);
    case cloud::wire::rest_json:
        break;
    }
    return write_rest_error(e, how.request_id);
}

void add_common_headers(net::http_response& answer, answer_form const& how, utc_time now) {
    answer.headers.set("x-amzn-RequestId", how.request_id);
    // AWS's SDKs set their clocks by this header, so it must show the clock that we judge by.
    answer.headers.set("Date", print_http(now));
    if (is_called_by_browsers(how.service)) {
        answer.headers.set("access-control-allow-origin", "*");
        answer.headers.set("access-control-expose-headers",
                           "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date");
    }
}

bool is_preflight(net::http_request const& request) {
    return request.method == "OPTIONS" &&
           request.headers.find("access-control-request-method").has_value();
}

net::http_response answer_preflight(utc_time now) {
    net::http_response made;
    made.headers.add("access-control-allow-origin", "*");
    made.headers.add("access-control-allow-methods", "POST,GET,PUT,PATCH,DELETE,HEAD,OPTIONS");
    made.headers.add("access-control-allow-headers",
                     "content-type,x-amz-target,x-amz-user-agent,cache-control,authorization,"
                     "x-amz-date,x-amz-security-token,x-amz-content-sha256,amz-sdk-invocation-id,"
                     "amz-sdk-request,x-amz-api-version,x-amzn-iot-principal,x-amzn-principal");
    made.headers.add("access-control-expose-headers",
                     "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date");
    made.headers.add("access-control-max-age", "172800");
    made.headers.add("Date", print_http(now));
    return made;
}

cloud::api_error not_built(std::string_view service, std::string_view operation) {
    return {"NotImplemented", 501,
            std::string(service) + ":" + std::string(operation) +
                " is an operation of AWS that this version of cogniot does not have."};
}

} // namespace cogniot::local
