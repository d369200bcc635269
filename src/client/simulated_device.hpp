// One device: an MQTT link over mutual TLS, and the twin behind it. It takes its time and loses its
// connection as often as it is told to.
#pragma once

#include "client/device_twin.hpp"
#include "client/mqtt_link.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace cogniot::client {

struct simulated_device_settings {
    /// Thing and client ID.
    std::string thing{};
    net::origin broker{};
    /// With the device's certificate in it.
    std::shared_ptr<net::client_tls const> trust{};
    /// A change is applied after a random time of at most this.
    std::chrono::milliseconds jitter{0};
    /// The connection is cut at random, on average once in this time; 0 = never.
    std::chrono::milliseconds drop_every{0};
};

struct device_observer {
    std::function<void(device_news const&)> on_news{};
    std::function<void(link_report const&)> on_link{};
    /// The device cut its own connection.
    std::function<void()> on_drop{};
    /// A publish or subscribe that ended otherwise than it should.
    std::function<void(error const&)> on_trouble{};
};

class simulated_device {
  public:
    /// The random source decides jitter, drops and backoff: the same seed, the same device.
    simulated_device(net::loop&, simulated_device_settings, random_source&, device_observer);
    ~simulated_device();

    /// Runs until the link has ended for good, or until stop(). @errors the link's end reason
    net::task<result<void>> run();
    /// DISCONNECT; run() ends.
    net::task<void> stop();

  private:
    struct inside;
    std::shared_ptr<inside> in_;
};

} // namespace cogniot::client
