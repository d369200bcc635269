// The order and the overlap of the five steps, in this one place.
//
// From a cold process to PUBACK in eight network round trips (TLS 1.3): TCP and TLS 2,
// InitiateAuth, GetId, GetCredentialsForIdentity with AttachPolicy beside it, upgrade, CONNECT,
// PUBLISH. All connections are opened at the same time as the first; a remembered identity saves
// one more, warm connections two. `order::sequential` does the same steps as the article's code
// does: one after the other, each service over a connection opened when it is needed (about 15).
#pragma once

#include "client/aws_caller.hpp"
#include "client/identity_cache.hpp"
#include "client/settings.hpp"
#include "client/steps.hpp"
#include "client/values.hpp"
#include "net/http_client.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace cogniot::client {

enum class order { overlapped, sequential };

/// One step, for people: what was sent, what came back (secrets masked), how long it took.
struct step_report {
    /// `sign in`, `identity`, `credentials`, `policy`, `connect`, `publish`.
    std::string name{};
    std::string sent{};
    std::string came_back{};
    std::chrono::microseconds took{0};
    bool has_failed = false;
};
using step_observer = std::function<void(step_report const&)>;

/// Asked when the user pool wants more than the password. An empty answer = nobody can answer.
using challenge_answerer = std::function<net::task<result<challenge_answer>>(challenge)>;

/// One user's way from a password to credentials, and their renewal. One thread (the loop's); must
/// outlive its coroutines.
class user_flow {
  public:
    struct parts {
        net::loop& on;
        std::shared_ptr<net::client_tls const> trust;
        aws_settings aws;
        job_settings job;
        /// May be empty when no policy is to be attached.
        credentials_source backend{};
        clock_and_chance around{};
        identity_cache* cache = nullptr;
        step_observer observer{};
        challenge_answerer answerer{};
        order how = order::overlapped;
    };
    explicit user_flow(parts);
    ~user_flow();
    user_flow(user_flow const&) = delete;
    user_flow& operator=(user_flow const&) = delete;

    /// Step 1 alone. Challenges go to the answerer; without one they are challenge_unanswered.
    net::task<result<tokens>> sign_in(user_password);
    /// Steps 1 to 3: afterwards credentials() has something to give.
    net::task<result<void>> bring_up(user_password, reach how_far);
    /// Opens what the next user will need, so that bring_up() finds warm connections.
    void warm();

    /// Credentials with at least five minutes left: as they are, or renewed (the ID token too, with
    /// the refresh token or the password, when it has five minutes left).
    net::task<result<user_credentials>> credentials();
    /// The server called them expired or unknown: the next credentials() asks for new ones.
    void distrust_credentials() { have_credentials_ = false; }
    /// A connect was denied although the policy was remembered as attached: attaches it for real.
    /// @return whether there was anything to do
    net::task<result<bool>> attach_again();

    identity_id const& identity() const { return credentials_.identity; }
    tokens const& user_tokens() const { return tokens_; }
    aws_caller& aws() { return *aws_; }
    job_settings const& job() const { return parts_.job; }
    net::http_client& mqtt_carrier();
    step_observer const& observer() const { return parts_.observer; }
    order how() const { return parts_.how; }

    /// Tokens and credentials are renewed when they have less than this left.
    static constexpr std::chrono::minutes renew_ahead{5};

  private:
    net::task<result<void>> take_steps(user_password, reach how_far);
    net::task<result<identity_id>> find_identity();
    net::task<result<void>> find_credentials(identity_id, reach how_far);
    net::task<result<user_credentials>> ask_credentials(identity_id);
    net::task<result<void>> ask_policy(identity_id);
    net::task<result<void>> renew_tokens();
    identity_key cache_key() const;
    bool wants_policy(identity_id const&) const;
    /// The policy is attached to this identity.
    void remember_policy(identity_id const&);
    void tell(step_report);

    parts parts_;
    /// One for all, or one a service when sequential.
    std::map<std::string, std::unique_ptr<net::http_client>, std::less<>> carriers_;
    std::unique_ptr<aws_caller> aws_;
    std::unique_ptr<identity_cache> own_cache_;
    user_password user_{};
    tokens tokens_{};
    user_credentials credentials_{};
    bool have_credentials_ = false;
    bool identity_was_remembered_ = false;
    /// The policy was not attached now because the cache says it is.
    bool policy_was_remembered_ = false;
};

} // namespace cogniot::client
