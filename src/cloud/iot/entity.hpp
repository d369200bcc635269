// What the operations of AWS IoT's control plane share: forms of names, errors, ARNs, pages.
// @source AWS IoT API reference; spec cognito-iam-sigv4 7.1, 7.2, iot-broker 4.7
#pragma once

#include "cloud/input.hpp"
#include "cloud/iot/state.hpp"
#include "cloud/service.hpp"

#include <boost/json/fwd.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::cloud::iot {

/// What constraint violations are called here.
inline constexpr std::string_view validation_error = "InvalidRequestException";

extern text_rule const policy_name_rule;    // [\w+=,.@-]+, 1 to 128
extern text_rule const thing_name_rule;     // [a-zA-Z0-9:_-]+, 1 to 128
extern text_rule const document_rule;       // up to 404,600
extern text_rule const version_rule;        // [0-9]+
extern text_rule const certificate_id_rule; // 64 hexadecimal digits

api_error invalid_request(std::string message); // 400
api_error not_found(std::string message);       // ResourceNotFoundException, 404
api_error policy_not_found();
api_error exists_already(std::string message, std::string id, std::string arn); // 409
api_error delete_conflict(std::string message); // DeleteConflictException, 409

api_error no_such_thing(call const&, std::string_view name);

/// Whether this can be a thing: a Cognito identity ID or the ARN of a certificate that is there.
/// Cognito identities are known to another service and not asked for.
std::optional<api_error> refuse_principal(call const&, std::string_view id);
/// Whether policies can be attached to this: what can be a thing, or a thing group's ARN, of which
/// there are none yet.
std::optional<api_error> refuse_target(call const&, std::string_view id);

/// Parses an IoT policy, or says what is wrong as AWS does, and then where: `Policy document is
/// Malformed (line 12, column 8: …)`.
outcome<policy::document> read_document(std::string_view text);

/// `arn:aws:iot:REGION:ACCOUNT:policy/NAME`
std::string make_arn(call const&, std::string_view kind, std::string_view name);
/// The resources that IAM is asked about.
std::string policy_resource(call const&, boost::json::object const& input);
std::string thing_resource(call const&, boost::json::object const& input);
std::string certificate_resource(call const&, boost::json::object const& input);

versioned_policy* find_policy(call&, std::string_view name);

/// One page of a list: the answer's items begin after the one whose key is `after`.
struct page {
    std::size_t size = 250;
    std::string after{};
    bool ascending = false;
};
/// Reads `pageSize`, `marker` and `isAscendingOrder`; violations are noted in the reader.
page read_page(input_reader&);
/// Reads `maxResults` and `nextToken`.
page read_token_page(input_reader&);

/// Cuts one page out of `keys`, which are in the order of the answer.
/// @param next  the answer's member for the rest: `nextMarker`, `nextToken`
std::span<std::string_view const> cut_page(std::span<std::string_view const> keys, page const&,
                                           boost::json::object& answer, std::string_view next);

} // namespace cogniot::cloud::iot
