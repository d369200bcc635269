// The two locks of one identity as they were fetched, asked with the same engine and explained in
// the same words as in the local cloud. Pure.
//
// @source cloud/authorise.hpp; spec iot-broker 4.1, 4.2
#pragma once

#include "base/utc_time.hpp"
#include "client/doctor/asked.hpp"
#include "client/doctor/look.hpp"
#include "client/iam_calls.hpp"
#include "cloud/authorise.hpp"
#include "cloud/iot/state.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cogniot::cloud {
struct world;
}

namespace cogniot::client::doctor {

/// May this identity do that there?
struct question {
    /// `iot:Publish`
    std::string action{};
    /// `PUBLISH` as TestAuthorization says it; empty for actions it does not know.
    std::string action_type{};
    std::string resource{};
};
/// Connect, then for each topic what was asked for. A topic with wildcards can only be subscribed
/// to.
/// @param arn_prefix  `arn:aws:iot:REGION:ACCOUNT:`
std::vector<question> make_questions(asked const&, std::string const& client_id,
                                     std::string const& arn_prefix);

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
    bool clean_session = false;
    utc_time now{};
    std::optional<seen_role_policies> role_policies{};
    std::optional<std::vector<seen_document>> iot_policies{};
    /// An IoT policy that is not attached and could be; for the advice.
    std::optional<seen_document> spare_iot_policy{};
    /// The thing whose name the client ID is.
    std::optional<cloud::iot::thing> thing{};

    /// Whether some document says this.
    bool mentions(std::string_view words) const;
    /// `arn:aws:iot:REGION:ACCOUNT:`
    std::string arn_prefix() const;
};

struct lock_answer {
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
    static result<double_lock> make(lock_facts);
    ~double_lock();
    double_lock(double_lock&&) noexcept;

    lock_answer ask(question const&) const;
    lock_facts const& facts() const { return facts_; }

  private:
    explicit double_lock(lock_facts);
    result<void> add_role();
    result<void> add_iot_policies();
    policy::context context_of(question const&) const;
    /// What to change so that this lock opens.
    std::string advise(cloud::lock, std::span<policy::named_document const>,
                       policy::request const&) const;

    lock_facts facts_;
    cloud::principal who_{};
    std::unique_ptr<cloud::world> world_;
};

} // namespace cogniot::client::doctor
