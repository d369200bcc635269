// What is asked of AWS IoT's control plane and of the log it writes. Attaching a policy is in
// identity_pool.hpp, with the step that does it. Pure.
//
// @source AWS IoT API reference; CloudWatch Logs API reference, FilterLogEvents;
// spec cognito-iam-sigv4 7
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/utc_time.hpp"
#include "client/aws_call.hpp"
#include "client/iam_calls.hpp"

#include <boost/json/fwd.hpp>

#include <string>
#include <utility>
#include <vector>

namespace cogniot::client {

/// All are signed with the backend's credentials.
aws_call make_describe_endpoint();
/// The data endpoint, `HOST[:PORT]`.
result<std::string> read_endpoint(boost::json::object const& answer);

/// @param target  an identity ID
aws_call make_list_attached_policies(std::string const& target, std::string const& marker = {});
/// Names of IoT policies.
name_page read_attached_policies(boost::json::object const& answer);
aws_call make_get_iot_policy(std::string const& name);
/// The document of the version in force.
result<std::string> read_iot_policy(boost::json::object const& answer);

/// Answers `thingTypeName` and `attributes`, which policies can ask about.
aws_call make_describe_thing(std::string const& name);

/// Creating again what is there with the same configuration is no error.
aws_call make_create_thing(std::string const& name);
aws_call make_create_iot_policy(std::string const& name, std::string const& document);
/// Active at once.
aws_call make_create_keys_and_certificate();
struct new_certificate {
    std::string arn{};
    std::string certificate_pem{};
    secret private_key_pem{};
};
/// @errors answer_not_understood
result<new_certificate> read_new_certificate(boost::json::object const& answer);
/// @param target  a certificate's ARN
aws_call make_attach_iot_policy(std::string const& policy_name, std::string const& target);
aws_call make_attach_thing_principal(std::string const& thing, std::string const& principal);

/// One question to AWS IoT: `CONNECT`, `PUBLISH`, `SUBSCRIBE`, `RECEIVE`, and on which ARN.
struct authorisation_question {
    std::string action_type{};
    std::string resource{};
};
/// At most ten questions. @source AWS IoT API reference, TestAuthorization
aws_call make_test_authorization(std::string const& identity_id,
                                 std::string const& identity_pool_id, std::string const& client_id,
                                 std::vector<authorisation_question> const& questions);
struct authorisation_answer {
    /// `ALLOWED`, `IMPLICIT_DENY` or `EXPLICIT_DENY`
    std::string decision{};
    /// Condition keys that a real request has and AWS IoT was not told.
    std::vector<std::string> missing_context{};
};
/// One answer for each question, in their order.
/// @errors answer_not_understood also if a question has no answer
result<std::vector<authorisation_answer>>
read_test_authorization(boost::json::object const& answer,
                        std::vector<authorisation_question> const& questions);

/// What AWSIotLogsV2 is asked for: a client's connects, subscriptions, disconnects and failures.
struct log_question {
    std::string client_id{};
    /// Handshakes that were refused, of all clients: they name none.
    bool refused_handshakes = false;
    /// By AWS's clock, both inclusive.
    utc_time from{};
    utc_time to{};
};
/// @param next_token  of the page before; empty = the first
aws_call make_filter_log_events(log_question const&, std::string const& next_token = {});
struct log_page {
    /// The entries' texts, each a JSON object, oldest first.
    std::vector<std::string> entries{};
    /// Empty: this was the last page. A page may be empty and not be the last.
    std::string next_token{};
};
log_page read_log_events(boost::json::object const& answer);

} // namespace cogniot::client
