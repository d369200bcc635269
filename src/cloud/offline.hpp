// The double lock without a cloud: policy documents, an identity and a client ID in, what each lock
// says of a connect, publish, subscribe or receive out. The same locks that the local cloud uses.
// @source AWS IoT developer guide, "Authorization with Amazon Cognito identities"; spec iot-broker
// 4.1, 4.2, 4.5
#pragma once

#include "cloud/authorise.hpp"
#include "cloud/world.hpp"
#include "policy/smallest_change.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cogniot::cloud {

/// Who asks, and the documents that count.
struct offline_setup {
    using documents = std::vector<std::pair<std::string, policy::document>>;
    /// The role session of an identity, where it is known; else one is made up from the rest.
    std::optional<principal> who{};
    /// Names, none twice in one list, and documents.
    documents role_policies{};
    documents iot_policies{};
    std::string identity_id{};
    /// Empty: `aws:PrincipalArn` has no value.
    std::string role_arn{};
    /// Empty: `cognito-identity.amazonaws.com:aud` has no value.
    std::string identity_pool_id{};
    /// False: a guest, whose IoT policies do not count.
    bool authenticated = true;
    std::string client_id{};
    std::string region{};
    std::string account{};
    /// May be empty: `aws:SourceIp` has no value then.
    std::string source_ip{};
    /// A thing that has the client ID for a name, with its type and attributes.
    std::optional<iot::thing> thing{};
    utc_time now{};
};

/// What a client does.
struct attempt {
    enum class verb { connect, publish, subscribe, receive } what = verb::connect;
    /// The topic; for subscribe the filter; unused for connect.
    std::string topic{};
    bool retain = false;
    /// connect: the session is to outlive the connection.
    bool persistent = false;
    /// connect: the will's topic; `retain` is the will's then.
    std::optional<std::string> will_topic{};
};

/// What the policies are asked.
struct question {
    std::string action{};
    std::string resource{};
    policy::context facts{};
};

/// What one lock says.
struct lock_answer {
    lock which = lock::none;
    std::span<policy::named_document const> documents{};
    policy::explanation why{};
    /// What would open it; empty if it is open.
    policy::remedy remedy{};
    /// Keys without value here that AWS may know: with other values the answer may be another.
    /// Empty: it is certain.
    std::vector<std::string> hangs_on{};
};

class offline {
  public:
    explicit offline(offline_setup);

    offline_setup const& setup() const { return setup_; }
    /// Everything that must be allowed for the attempt, in the order in which it is asked.
    std::vector<question> questions(attempt const&) const;
    /// Any action on any resource, by this client.
    question ask(std::string_view action, std::string_view resource) const;
    authorisation decide(question const&) const;
    /// Why, in the words of the local cloud.
    std::string words(question const&) const;
    /// Each lock in turn. Views into this object.
    std::vector<lock_answer> explain(question const&) const;

  private:
    std::string arn(std::string_view type, std::string_view name) const;

    offline_setup setup_;
    world world_;
    principal who_;
};

/// `Connect`, …: the action of a verb, `iot:Connect`.
std::string_view action_of(attempt::verb);

} // namespace cogniot::cloud
