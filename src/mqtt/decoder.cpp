#include "mqtt/decode.hpp"

#include <utility>

namespace cogniot::mqtt {
namespace {

/// A buffer that held a large packet is given back when it is empty: idle connections are many.
constexpr std::size_t kept_capacity = 1024;

} // namespace

decoder::decoder(role r, std::size_t max_packet_bytes)
    : role_(r), max_packet_bytes_(max_packet_bytes) {}

void decoder::append(std::string_view received) {
    if (at_ == buffer_.size())
        buffer_.clear();
    else if (at_ > 0)
        buffer_.erase(0, at_);
    at_ = 0;
    buffer_.append(received);
}

void decoder::release() {
    if (pending() == 0 && buffer_.capacity() > kept_capacity) {
        std::string().swap(buffer_);
        at_ = 0;
    }
}

result<bool> decoder::next(packet& into) {
    auto const broken = [this](errc which, char const* detail) {
        broken_ = true;
        return fail(which, detail);
    };
    if (broken_)
        return fail(errc::malformed_packet, "the packets before this one could not be read");
    std::string_view const rest = std::string_view(buffer_).substr(at_);
    if (rest.empty())
        return false;
    auto const first = static_cast<std::uint8_t>(rest[0]);
    if (auto const* why = refuse_first_byte(first, version_, role_))
        return broken(errc::malformed_packet, why);

    // The remaining length, which may not have arrived as a whole (2.2.3).
    std::size_t size = 0, header = 1;
    bool is_padded = false;
    for (int shift = 0;; shift += 7, ++header) {
        if (header == rest.size())
            return false;
        auto const byte = static_cast<unsigned char>(rest[header]);
        size |= static_cast<std::size_t>(byte & 127) << shift;
        if (byte < 128) {
            is_padded = byte == 0 && shift > 0;
            break;
        }
        if (shift == 21)
            return broken(errc::malformed_packet,
                          "remaining length of more than four bytes (2.2.3)");
    }
    ++header;
    if (header + size > max_packet_bytes_)
        return broken(errc::packet_too_large, "a packet above the size that is accepted");
    if (rest.size() < header + size)
        return false;

    reader in(rest.substr(header, size), version_);
    decode_body(first, in, role_, into);
    at_ += header + size;
    // MQTT 3 does not ask for the shortest form; a CONNECT says which version it is.
    if (is_padded && in.level() == version::v5)
        in.fail(errc::malformed_packet, "the remaining length is longer than it must be "
                                        "[MQTT-1.5.5-1]");
    if (!in.ok())
        return broken(in.which(), in.reason());
    version_ = in.level();
    return true;
}

result<std::optional<packet>> decoder::next() {
    std::optional<packet> out(std::in_place);
    auto const got = next(*out);
    if (!got)
        return got.error();
    if (!*got)
        out.reset();
    return out;
}

} // namespace cogniot::mqtt
