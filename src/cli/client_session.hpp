// Everything a command needs to act as a Cognito user, made from its flags: configuration, trust,
// the backend's credentials, caches, and the flow itself. One loop, one thread.
#pragma once

#include "cli/connection_flags.hpp"
#include "client/backend_credentials.hpp"
#include "client/flow.hpp"
#include "client/identity_cache.hpp"
#include "client/link_values.hpp"
#include "net/task.hpp"

#include <functional>
#include <memory>

namespace cogniot::cli {

class client_session {
  public:
    /// Reads and checks all configuration; nothing is sent yet.
    static result<std::unique_ptr<client_session>> open(net::loop&, connection_flags const&,
                                                        client::reach, terminal&);
    ~client_session();

    /// The user, with a password from standard input, COGNIOT_PASSWORD or the terminal.
    result<client::user_password> user();
    client::user_flow& flow() { return *flow_; }
    client::job_settings const& job() const { return flow_->job(); }
    /// All that was set, before it was checked.
    client::setting_values const& values() const { return values_; }
    std::shared_ptr<net::client_tls const> const& trust() const { return trust_; }
    /// Says on stderr what a person should know even when all went well (a wrong clock).
    void print_warnings();

  private:
    client_session(net::loop&, connection_flags const&, terminal&);
    net::task<result<client::challenge_answer>> answer(client::challenge asked);

    net::loop& loop_;
    connection_flags const& flags_;
    terminal& io_;
    client::setting_values values_;
    std::optional<client::aws_config> config_;
    std::shared_ptr<net::client_tls const> trust_;
    std::unique_ptr<net::http_client> backend_http_;
    std::unique_ptr<client::backend_credentials> backend_;
    std::unique_ptr<client::identity_cache> cache_;
    std::unique_ptr<client::user_flow> flow_;
    bool code_was_used_ = false;
};

/// Tells each step and each turn of the link on stderr, for --debug.
client::step_observer make_step_printer(terminal&);
std::function<void(client::link_report const&)> make_link_printer(terminal&,
                                                                  client::link_settings const&);

/// `cogniot COMMAND: what went wrong` on stderr, and the exit code for it.
exit_code complain(terminal&, std::string_view command, error const&);

} // namespace cogniot::cli
