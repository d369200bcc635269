// What each service of AWS answers when a fault strikes.
//
// @source botocore 1.43 service models; IAM and STS API reference, "Common errors"; spec
// cognito-iam-sigv4 3.9 and 4.6, iot-broker 4.7 and 6.3
#include "local/faults/kinds.hpp"

#include <algorithm>

namespace cogniot::local {
namespace {

struct row {
    std::string_view service;
    fault_kind what;
    std::string_view code;
    int status;
    std::string_view message;
};

using enum fault_kind;

// Where a model gives no status, client errors are 400 and faults 500, as JSON 1.1 has it. The
// messages of throttles and of faults are AWS's usual ones (unconfirmed for each service).
constexpr row rows[] = {
    {"cognito-idp", throttle, "TooManyRequestsException", 400, "Rate exceeded"},
    {"cognito-idp", limit_exceeded, "LimitExceededException", 400,
     "Attempt limit exceeded, please try after some time."},
    {"cognito-idp", internal_error, "InternalErrorException", 500, "Something went wrong"},
    {"cognito-idp", unavailable, "ServiceUnavailableException", 503, "Service is unavailable"},
    {"cognito-identity", throttle, "TooManyRequestsException", 400, "Rate exceeded"},
    {"cognito-identity", limit_exceeded, "LimitExceededException", 400, "Limit exceeded"},
    {"cognito-identity", internal_error, "InternalErrorException", 500, "Something went wrong"},
    {"cognito-identity", unavailable, "ServiceUnavailableException", 503, "Service is unavailable"},
    {"iam", throttle, "Throttling", 400, "Rate exceeded"},
    {"iam", limit_exceeded, "LimitExceeded", 409, "Cannot exceed quota"},
    {"iam", internal_error, "ServiceFailure", 500, "Internal service failure"},
    {"iam", unavailable, "ServiceUnavailable", 503, "Service is unavailable"},
    {"sts", throttle, "Throttling", 400, "Rate exceeded"},
    {"sts", internal_error, "InternalFailure", 500, "Internal service failure"},
    {"sts", unavailable, "ServiceUnavailable", 503, "Service is unavailable"},
    {"iot", throttle, "ThrottlingException", 400, "Rate exceeded"},
    {"iot", limit_exceeded, "LimitExceededException", 410, "Limit exceeded"},
    {"iot", internal_error, "InternalFailureException", 500, "Internal failure"},
    {"iot", unavailable, "ServiceUnavailableException", 503, "Service is unavailable"},
    {"iotdata", throttle, "ThrottlingException", 429, "Rate exceeded"},
    {"iotdata", internal_error, "InternalFailureException", 500, "Internal failure"},
    {"iotdata", unavailable, "ServiceUnavailableException", 503, "Service is unavailable"},
    {"logs", throttle, "ThrottlingException", 400, "Rate exceeded"},
    {"logs", limit_exceeded, "LimitExceededException", 400, "Resource limit exceeded"},
    {"logs", internal_error, "InternalFailure", 500, "Internal failure"},
    {"logs", unavailable, "ServiceUnavailableException", 500, "Service is unavailable"},
};

row const* find_row(std::string_view service, fault_kind what) {
    auto const* const found = std::ranges::find_if(
        rows, [&](row const& r) { return r.service == service && r.what == what; });
    return found == std::end(rows) ? nullptr : found;
}

} // namespace

bool has_error(std::string_view service, fault_kind what) {
    return find_row(service, what) != nullptr;
}

std::optional<cloud::api_error> error_of(std::string_view service, fault_rule const& rule) {
    auto const* const found = find_row(service, rule.what);
    if (found == nullptr)
        return {};
    return cloud::api_error{rule.code.empty() ? std::string(found->code) : rule.code, found->status,
                            rule.message.empty() ? std::string(found->message) : rule.message};
}

} // namespace cogniot::local
