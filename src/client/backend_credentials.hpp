// The backend's own credentials, found as every AWS tool finds them, kept, and renewed before they
// expire. One thread (the loop's).
#pragma once

#include "client/aws_config.hpp"
#include "client/backend_credentials_answers.hpp"
#include "net/http_client.hpp"
#include "net/task.hpp"

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace cogniot::client {

class backend_credentials {
  public:
    /// What the sources need of the process, replaceable by tests.
    struct tools {
        surroundings around = process_surroundings();
        /// The local clock.
        std::function<utc_time()> now;
        /// Runs a credential_process and returns what it printed; called on a thread of its own,
        /// which is waited for: when told to stop it must end at once.
        std::function<result<std::string>(std::string const& command, std::stop_token)> run_process;
    };
    /// The real ones.
    static tools process_tools();

    /// All three outlive the object; the object outlives its coroutines.
    backend_credentials(net::loop&, net::http_client&, aws_config const&, tools = process_tools());
    backend_credentials(backend_credentials const&) = delete;
    backend_credentials& operator=(backend_credentials const&) = delete;

    /// The credentials, fetched if there are none or if they are in the last quarter of their life
    /// (15 minutes at most). Any number may wait at once: one fetch serves them all. While the old
    /// ones are good for another minute, a fetch that fails is not the caller's concern.
    /// @errors backend_credentials_missing (detail lists what was tried),
    ///         backend_credentials_refused, setting_unusable, those of net::http_client::send
    net::task<result<found_credentials>> get();

    /// AWS did not accept the credentials: the next get() fetches anew.
    void forget() { kept_.reset(); }

  private:
    struct kept_credentials {
        found_credentials found;
        utc_time fetched_at;
        /// When to look for new ones; nothing for long-term keys.
        std::optional<utc_time> renew_at;
    };
    bool is_fresh(utc_time now) const;
    net::task<result<found_credentials>> fetch();

    net::loop& loop_;
    net::http_client& http_;
    aws_config const& config_;
    tools tools_;
    std::optional<kept_credentials> kept_;
    bool is_fetching_ = false;
    net::signal fetched_;
};

} // namespace cogniot::client
