#include "client/aws_error.hpp"

#include "base/text.hpp"
#include "client/xml_answer.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace cogniot::client {
namespace {

/// `ns#Name:http://…` -> `Name`.
std::string bare_name(std::string_view text) {
    text = text.substr(0, text.find_first_of(":,"));
    if (auto const hash = text.rfind('#'); hash != std::string_view::npos)
        text.remove_prefix(hash + 1);
    return std::string(trim(text));
}

std::string member(json::object const& of, std::initializer_list<std::string_view> names) {
    for (auto const name : names)
        if (auto const found = json::find_string(of, name); found && !found->empty())
            return std::string(*found);
    return {};
}

bool is_one_of(std::string_view code, auto const& table) {
    return std::find(table.begin(), table.end(), code) != table.end();
}

constexpr std::array<std::string_view, 14> throttling_codes{
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException"};
constexpr std::array<std::string_view, 2> transient_codes{"RequestTimeout",
                                                          "RequestTimeoutException"};
constexpr std::array<std::string_view, 6> clock_codes{
    "AuthFailure",        "InvalidSignatureException", "RequestExpired",
    "RequestInTheFuture", "RequestTimeTooSkewed",      "SignatureDoesNotMatch"};

} // namespace

std::string aws_error::text() const {
    return message.empty() ? printable(code) : printable(code) + ": " + printable(message, 600);
}

namespace {

/// What the body says: the code as it stands, and the message.
struct told {
    std::string code{};
    std::string message{};
};

told read_json_body(wire_form form, json::object const& body) {
    return {form == wire_form::json_1_1 ? member(body, {"__type", "code", "Code"})
                                        : member(body, {"code", "Code", "__type"}),
            member(body, {"message", "Message", "errorMessage"})};
}

/// `<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>…`; a proxy's HTML tells nothing.
told read_xml_body(std::string_view body) {
    auto const parsed = read_xml(body);
    auto const* const response = parsed ? json::find_object(*parsed, "ErrorResponse") : nullptr;
    auto const* const inside = response ? json::find_object(*response, "Error") : nullptr;
    return inside ? told{member(*inside, {"Code"}), member(*inside, {"Message"})} : told{};
}

} // namespace

aws_error read_aws_error(wire_form form, int status, std::optional<std::string_view> error_type,
                         std::optional<std::string_view> request_id, std::string_view body) {
    aws_error out{.status = status, .request_id = std::string(request_id.value_or(""))};
    told said;
    if (auto const parsed = json::parse_object(body))
        said = read_json_body(form, *parsed);
    else if (body.starts_with('<'))
        said = read_xml_body(body);
    else
        said.message = std::string(trim(body.substr(0, 1000)));
    out.message = std::move(said.message);
    auto const& in_body = said.code;
    std::string_view const header = error_type.value_or("");
    bool const header_first = form == wire_form::rest_json;
    out.code = bare_name(header_first ? (header.empty() ? std::string_view(in_body) : header)
                                      : (in_body.empty() ? header : std::string_view(in_body)));
    if (out.code.empty())
        out.code = "HTTP " + std::to_string(status);
    return out;
}

failure classify(aws_error const& e) {
    if (is_one_of(e.code, throttling_codes) || e.status == 429)
        return failure::throttled;
    if (is_one_of(e.code, transient_codes))
        return failure::transient;
    if (e.status == 500 || e.status == 502 || e.status == 503 || e.status == 504)
        return failure::transient;
    if (is_one_of(e.code, clock_codes))
        return failure::clock;
    return failure::final;
}

} // namespace cogniot::client
