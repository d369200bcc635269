// The flags that publish and subscribe share with mosquitto_pub and mosquitto_sub, and the link
// they describe: MQTT over a presigned WebSocket as a Cognito user, or plain MQTT to any broker.
#pragma once

#include "cli/client_session.hpp"
#include "cli/plain_broker.hpp"
#include "client/mqtt_link.hpp"
#include "client/outgoing_check.hpp"

#include <memory>
#include <optional>
#include <string>

namespace cogniot::cli {

struct link_flags {
    connection_flags connection{};
    std::int64_t qos = 0;
    std::int64_t keep_alive = 30;
    bool is_clean_session = false;
    /// mosquitto's -c, which asks for what is the default here.
    bool is_persistent_session = false;
    std::optional<std::string> broker_url{};

    void declare(options&);
    client::broker_kind broker() const {
        return broker_url ? client::broker_kind::standard : client::broker_kind::aws_iot;
    }
    mqtt::qos level() const { return static_cast<mqtt::qos>(qos); }
};

/// What a command publishes or subscribes over. Everything but connecting is checked before.
class user_link {
  public:
    static result<std::unique_ptr<user_link>> open(net::loop&, link_flags const&, terminal&);
    ~user_link();

    /// Signs in, gets credentials, attaches the policy, and makes the link; connect() it then.
    net::task<result<client::mqtt_link*>> bring_up(client::link_handlers);
    void print_warnings();

  private:
    user_link(net::loop&, link_flags const&, terminal&);

    net::loop& loop_;
    link_flags const& flags_;
    terminal& io_;
    std::unique_ptr<client_session> session_;
    client::user_password user_{};
    /// Set when nobody signs in.
    std::optional<plain_broker> plain_{};
    std::unique_ptr<client::mqtt_link> link_;
};

} // namespace cogniot::cli
