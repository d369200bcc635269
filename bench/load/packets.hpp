// MQTT 3.1.1 packets of the load generator, encoded ahead of time, and a reader that knows just
// enough of what comes back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace load {

std::string make_connect(std::string_view client_id, bool clean_session);
std::string make_subscribe(std::string_view filter, unsigned qos);
/// @param id_at  where the two bytes of the packet identifier are
std::string make_publish(std::string_view topic, std::size_t payload_bytes, unsigned qos,
                         std::size_t& id_at);

/// Goes through a stream of packets as it arrives and tells of each: its first byte, its packet
/// identifier (0 for a PUBLISH of QoS 0) and what follows that: a PUBLISH's payload. Bytes that do
/// not make a packet yet are kept.
class packet_reader {
  public:
    template <typename Each>
    void read(std::string_view bytes, Each const& each) {
        if (!kept_.empty()) {
            kept_.append(bytes);
            auto const used = walk(kept_, each);
            kept_.erase(0, used);
            return;
        }
        auto const used = walk(bytes, each);
        if (used < bytes.size())
            kept_.assign(bytes.substr(used));
    }

  private:
    template <typename Each>
    static std::size_t walk(std::string_view bytes, Each const& each) {
        std::size_t at = 0;
        for (;;) {
            std::size_t size = 0, header = 1;
            for (int shift = 0;; shift += 7) {
                if (at + header >= bytes.size())
                    return at;
                auto const byte = static_cast<unsigned char>(bytes[at + header++]);
                size |= static_cast<std::size_t>(byte & 127) << shift;
                if (byte < 128)
                    break;
            }
            if (bytes.size() - at < header + size)
                return at;
            auto const first = static_cast<unsigned char>(bytes[at]);
            std::size_t id_at = at + header;
            if (first >> 4 == 3)
                id_at += 2 + word(bytes, id_at);
            bool const has_id = first >> 4 != 3 ? size >= 2 : (first & 6) != 0;
            auto const after_id = id_at + (has_id ? 2 : 0);
            auto const end = at + header + size;
            each(first, has_id ? word(bytes, id_at) : std::uint16_t(0),
                 bytes.substr(after_id, end - after_id));
            at = end;
        }
    }
    static std::uint16_t word(std::string_view bytes, std::size_t at) {
        return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[at]) << 8 |
                                          static_cast<unsigned char>(bytes[at + 1]));
    }
    std::string kept_;
};

} // namespace load
