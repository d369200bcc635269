// Log lines of the local cloud in words, and the stream of events that brings them.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace cogniot::cli {

/// `2026-01-02 03:04:05.678 refused Publish-In client c topic t AUTHORIZATION_FAILURE`, and the
/// explanation, if there is one, on a line of its own below. A line that is no JSON comes back as
/// it is; control characters come back as \xNN.
std::string print_log_line(std::string_view json_line);

/// Takes Server-Sent Events apart as they arrive. @source WHATWG HTML, "Server-sent events"
class event_reader {
  public:
    using receiver = std::function<void(std::string_view name, std::string_view data)>;
    explicit event_reader(receiver to) : to_(std::move(to)) {}
    void take(std::string_view bytes);
    /// Of the last whole event that had one: what to come back with.
    std::string const& last_id() const { return last_id_; }
    /// Forgets an event of which only a part had come.
    void restart();

  private:
    void take_line(std::string_view line);
    void restart_event();

    receiver to_;
    std::string line_;
    std::string name_;
    std::string data_;
    std::string id_;
    std::string last_id_;
};

} // namespace cogniot::cli
