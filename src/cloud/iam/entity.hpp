// What the operations of IAM share: the forms of names, AWS's errors, identifiers, pages.
// @source IAM API reference; spec cognito-iam-sigv4 5.6, 5.7, 6.1
#pragma once

#include "base/random_source.hpp"
#include "cloud/iam/state.hpp"
#include "cloud/input.hpp"
#include "cloud/service.hpp"

#include <boost/json/fwd.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::cloud::iam {

extern text_rule const role_name_rule;   // [\w+=,.@-]+, 1 to 64
extern text_rule const policy_name_rule; // [\w+=,.@-]+, 1 to 128
extern text_rule const path_rule;        // `/` or `/…/`, 1 to 512
extern text_rule const arn_rule;         // 20 to 2048
extern text_rule const document_rule;    // 1 to 131,072
extern text_rule const description_rule; // up to 1,000

/// Of one role.
inline constexpr std::size_t max_tags = 50;

/// What constraint violations are called here.
inline constexpr std::string_view validation_error = "ValidationError";

api_error no_such_role(std::string_view name);
api_error no_such_policy(std::string_view arn);
api_error conflict(std::string message);       // DeleteConflict, 409
api_error exists_already(std::string message); // EntityAlreadyExists, 409
api_error limit_exceeded(std::string message); // LimitExceeded, 409
api_error no_such_entity(std::string message); // NoSuchEntity, 404

/// Parses a document for its purpose, or says what is wrong as IAM does, and then where: AWS's
/// sentence, followed by ` (line 12, column 8: …)`.
outcome<policy::document> read_document(std::string_view text, policy::kind,
                                        std::string_view role_name = {});
/// `prefix` and 17 upper-case letters or digits, e.g. `AROA…`.
std::string make_unique_id(random_source&, std::string_view prefix);
/// `arn:aws:iam::ACCOUNT:role/division/NAME`
std::string make_arn(call const&, std::string_view resource, std::string_view path,
                     std::string_view name);

/// Reads `Tags`; violations are noted in the reader.
std::vector<tag> read_tags(input_reader&);
boost::json::array print_tags(std::vector<tag> const&);

/// One page of a list whose items are in the order of their keys.
struct page {
    std::size_t max_items = 100;
    /// Items up to and with this key were on earlier pages; empty for the first.
    std::string after{};
};
/// Reads `MaxItems` and `Marker`; violations are noted in the reader.
page read_page(input_reader&);
/// The members that every list answers: IsTruncated, and Marker when there is more.
void finish_page(boost::json::object& answer, bool is_truncated, std::string_view last_key);

/// Finds the role that the input names, for the operations that start so.
role* find_role(call&, std::string_view name);
/// The resource IAM is asked about for operations on a role, whether or not it exists.
std::string role_resource(call const&, boost::json::object const& input);
/// The same for managed policies by `PolicyArn`.
std::string policy_resource(call const&, boost::json::object const& input);

/// Takes the change over: derived lists, then the record to commit.
void keep(call&, role&);

} // namespace cogniot::cloud::iam
