// Publishers and subscribers as fast as the broker lets them, in one epoll: what `flow`, `queue`
// and `drain` have in common.
#pragma once

#include "packets.hpp"
#include "settings.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace load {

/// Waits for CONNACK; ends the program with words if it is refused.
void connect(socket& made, target const& to, std::string_view client_id, bool clean = true);
/// The same for SUBACK.
void subscribe(socket& on, std::string_view filter, unsigned qos);

/// One end of the load. A publisher has as many messages under way as its window allows.
struct end {
    socket link{};
    packet_reader reader{};
    std::string template_{};
    std::size_t id_at = 0;
    unsigned credit = 0;
    std::uint16_t next_id = 1;
    bool wants_write = false;
    bool is_publisher = false;
};

/// What all ends share.
class run {
  public:
    explicit run(settings const&);

    end& add(target const&, std::string const& client_id, bool clean = true);
    end& add_publisher(target const&, std::string const& client_id, std::string const& topic,
                       std::size_t payload, std::size_t window);
    void watch(end&);
    void begin_publishing();
    /// Everything that is ready now. @return false after `patience` without anything
    bool step(std::chrono::milliseconds patience);

    std::string prefix;
    unsigned qos;
    std::uint64_t sent = 0, acknowledged = 0, delivered = 0;
    /// Deliveries that each message makes.
    std::uint64_t copies = 1;
    /// Deliveries that may be under way: beyond it the publishers wait, whatever was acknowledged.
    std::uint64_t most_under_way = ~0ull;
    std::uint64_t most_sent = ~0ull;

  private:
    bool may_publish() const;
    void want_write(end&, bool wanted);
    void publish(end&);
    void leave(end&);
    void serve(end&, unsigned events);

    int poll_;
    std::vector<std::unique_ptr<end>> ends_{};
    std::string out_{};
    bool held_back_ = false;
};

} // namespace load
