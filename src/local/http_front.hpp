// The shared port: one HTTP request in, and where it goes: AWS's APIs, /mqtt, a user pool's public
// pages, health and status.
#pragma once

#include "local/api.hpp"
#include "local/key_maker.hpp"
#include "local/ledger.hpp"
#include "local/mqtt_host.hpp"
#include "local/status_pages.hpp"
#include "net/server.hpp"

#include <chrono>

namespace cogniot::local {

class http_front {
  public:
    /// @param rules  the broker's behaviour on this port: AWS's, with the limits that were chosen
    http_front(api_context&, ledger&, mqtt_host&, key_maker&, clock&, broker::profile const& rules,
               status_source);

    /// What follows from a change of the world, besides storing it: keys for user pools that have
    /// none yet are made ahead, connections of certificates that were deactivated end, and codes
    /// that AWS would mail or text are written to the log.
    void after_change();

    /// Serves one connection of the shared port, TLS or not, until it ends; at once if too many are
    /// open that nobody has authenticated.
    net::task<void> run_connection(net::stream_ptr);
    /// Serves MQTT on one connection whose client was asked for a certificate.
    net::task<void> run_device(net::stream_ptr);

  private:
    /// An answer, and how long a fault holds it back; or what it waits for.
    struct held_answer {
        net::http_answer answer;
        std::chrono::milliseconds delay{};
        std::shared_ptr<later_answer> later{};
    };
    held_answer answer(net::http_request const&, net::stream const&);
    held_answer stored(net::http_request const&, api_answer, utc_time now);
    net::http_answer open_mqtt(net::http_request const&, net::stream const&, utc_time now);

    api_context& api_;
    ledger& ledger_;
    mqtt_host& host_;
    key_maker& keys_;
    clock& clock_;
    broker::profile const& rules_;
    status_source status_;
    /// Connections of the shared port that are not authenticated MQTT connections.
    std::size_t strangers_ = 0;
};

} // namespace cogniot::local
