// One MQTT connection and its successors as a program uses it: publish, subscribe, receive, close.
// The shell around link_machine: it opens streams, moves bytes and obeys. One thread (the loop's).
#pragma once

#include "client/link_machine.hpp"
#include "client/transports.hpp"
#include "net/task.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace cogniot::client {

struct link_handlers {
    /// Each received message, before it is acknowledged. What is left ends the link.
    std::function<reception(received_message const&)> on_message{};
    std::function<void(link_report const&)> on_report{};
};

class mqtt_link {
  public:
    using handlers = link_handlers;

    mqtt_link(net::loop&, link_settings, transport_opener, random_source&, link_handlers = {});
    /// Ends everything at once; close() says goodbye.
    ~mqtt_link();
    mqtt_link(mqtt_link const&) = delete;
    mqtt_link& operator=(mqtt_link const&) = delete;

    /// Starts connecting and waits until the broker accepted it or the link ended.
    /// @errors the link's end reason
    net::task<result<void>> connect();
    /// Publishes; may be called before connect(). Any number at once.
    net::task<publish_outcome> publish(message, std::optional<duration> within = {});
    /// The same without a coroutine a message: `done` is called once, on the loop's thread.
    void publish(message, std::optional<duration> within,
                 std::function<void(publish_outcome const&)> done);
    /// One outcome a filter. The filters are restored after a reconnect until unsubscribed.
    net::task<std::vector<filter_outcome>> subscribe(std::vector<topic_request>,
                                                     std::optional<duration> within = {});
    net::task<std::vector<filter_outcome>> unsubscribe(std::vector<std::string>,
                                                       std::optional<duration> within = {});
    /// Breaks the connection off, if there is one, as a bad network would; the link goes on.
    void cut();
    /// DISCONNECT, then the stream's own goodbye. What is not acknowledged ends as unknown.
    net::task<void> close();

    bool is_connected() const;
    /// Set once the link has ended for good.
    std::optional<error> end_reason() const;

  private:
    struct inside;
    std::shared_ptr<inside> in_;
};

} // namespace cogniot::client
