// The two locks of one identity as they were fetched, asked with the same engine and explained in
// the same words as in the local cloud. Pure.
//
// @source cloud/offline.hpp; spec iot-broker 4.1, 4.2
#pragma once

#include "base/utc_time.hpp"
#include "client/doctor/asked.hpp"
#include "client/doctor/look.hpp"
#include "client/iam_calls.hpp"
#include "cloud/offline.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::client::doctor {

/// Connect, then for each topic what was asked for. A topic with wildcards can only be subscribed
/// to.
std::vector<cloud::attempt> make_attempts(asked const&);
/// `CONNECT` for `iot:Connect`, as TestAuthorization says it; empty for actions it does not know.
std::string_view action_type_of(std::string_view action);

/// What decides about one authenticated identity. A lock that nobody could look at is absent.
struct lock_facts {
    caller_identity who{};
    /// With its path; empty if it is not known.
    std::string role_arn{};
    std::string region{};
    std::string identity_id{};
    std::string identity_pool_id{};
    /// `cognito-identity.amazonaws.com:amr`
    std::vector<std::string> amr{};
    std::string client_id{};
    /// Host of the IoT endpoint.
    std::string domain_name{};
    utc_time now{};
    std::optional<seen_role_policies> role_policies{};
    std::optional<std::vector<seen_document>> iot_policies{};
    /// The thing whose name the client ID is.
    std::optional<cloud::iot::thing> thing{};

    /// Whether some document says this.
    bool mentions(std::string_view words) const;
};

struct lock_verdict {
    bool allowed = false;
    /// What each lock said by itself; nothing for one that was not seen or has no say.
    std::optional<policy::effect> by_role{};
    std::optional<policy::effect> by_iot{};
    /// The engine's explanation.
    std::string words{};
    /// What to change; empty when it is allowed.
    std::string remedy{};
    /// Set when the answer hangs on a condition key that only the server knows: `aws:SourceIp`.
    std::string unknowable{};
};

class double_lock {
  public:
    /// @errors policy::errc: a document that cannot be read, by name, line and column
    static result<double_lock> make(lock_facts const&);

    /// Everything that must be allowed for these attempts, in their order.
    std::vector<cloud::question> questions(std::vector<cloud::attempt> const&) const;
    lock_verdict judge(cloud::question const&) const;
    std::string const& role_arn() const { return locks_.setup().who->role_arn; }

  private:
    double_lock(cloud::offline_setup, lock_facts const&);

    cloud::offline locks_;
    std::string domain_name_;
    bool role_was_seen_;
    bool iot_was_seen_;
};

} // namespace cogniot::client::doctor
