// The doctor's verdicts: facts in, finding out. No I/O here. Pure.
//
// @source spec cognito-iam-sigv4 3.9, 4.4, 4.6, 4.7; spec iot-broker 8.2
#pragma once

#include "client/doctor/report.hpp"
#include "client/iam_calls.hpp"
#include "client/settings.hpp"
#include "client/values.hpp"

#include <boost/json/fwd.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace cogniot::client::doctor {

/// Settings that hang together: regions that differ are no fault by themselves, but told.
finding check_configuration(job_settings const&, aws_settings const&);

/// @param ahead_of_us  AWS's clock minus ours; nothing = no answer had a Date
finding check_clock(std::optional<std::chrono::milliseconds> ahead_of_us);

/// @param description  `UserPoolClient` of DescribeUserPoolClient
finding check_app_client(app_client const&, boost::json::object const& description);

/// What a refused sign-in means and what to do.
finding explain_sign_in(error const& why, std::string const& user_name, app_client const&);

/// Whether the ID token's issuer and audience are among the identity pool's providers.
/// @param pool  DescribeIdentityPool's answer
finding check_provider(boost::json::object const& pool, std::string const& provider,
                       std::string const& client_id);

/// The role that the identity pool gives to the owner of these claims.
struct role_choice {
    finding found{};
    /// Empty if there is none.
    std::string role_arn{};
};
/// @param roles  GetIdentityPoolRoles' answer
role_choice choose_role(boost::json::object const& roles, std::string const& identity_pool_id,
                        std::string const& provider, std::string const& client_id,
                        boost::json::object const& claims);

/// `NAME` of `arn:aws:iam::ACCOUNT:role/PATH/NAME`.
std::string role_name_of(std::string_view role_arn);

/// `cognito-identity.amazonaws.com:amr` of a user who signed in at a user pool.
std::vector<std::string> make_amr(tokens const&);
/// Whether the role lets this identity pool's users in.
finding check_trust(role_description const&, std::string const& identity_pool_id,
                    std::string const& identity_id, std::vector<std::string> const& amr);

/// What to do when this IoT policy could not be attached to the identity.
std::string mend_attachment(error const& why, std::string const& policy,
                            std::string const& identity_id, std::string const& region);

/// Whether the configured endpoint is this account's own.
/// @param own  DescribeEndpoint's answer, `HOST[:PORT]`
std::optional<finding> check_iot_endpoint(net::origin const& configured, std::string const& own);

} // namespace cogniot::client::doctor
