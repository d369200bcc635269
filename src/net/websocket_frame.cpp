#include "net/websocket_frame.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace cogniot::net {

namespace {

constexpr unsigned char final_bit = 0x80;
constexpr unsigned char mask_bit = 0x80;
constexpr unsigned char reserved_bits = 0x70;

/// XORs bytes with the mask, beginning at the mask's byte `at`.
void apply_mask(char* bytes, std::size_t size, std::array<unsigned char, 4> const& mask,
                unsigned at) {
    std::array<unsigned char, 8> turned;
    for (unsigned i = 0; i < turned.size(); ++i)
        turned[i] = mask[(at + i) % 4];
    std::uint64_t wide = 0;
    std::memcpy(&wide, turned.data(), sizeof wide);
    std::size_t i = 0;
    for (; i + sizeof wide <= size; i += sizeof wide) {
        std::uint64_t part = 0;
        std::memcpy(&part, bytes + i, sizeof part);
        part ^= wide;
        std::memcpy(bytes + i, &part, sizeof part);
    }
    for (; i < size; ++i)
        bytes[i] = static_cast<char>(static_cast<unsigned char>(bytes[i]) ^ turned[i % 8]);
}

bool is_control(unsigned char opcode) {
    return (opcode & 0x8) != 0;
}

/// Codes that may stand in a Close frame (RFC 6455 section 7.4; 1012 to 1014 are IANA's).
bool is_sendable(unsigned code) {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

} // namespace

std::string encode_websocket_frame(websocket_opcode opcode, std::string_view payload,
                                   std::array<unsigned char, 4> const* mask) {
    std::string frame;
    frame.reserve(payload.size() + 14);
    auto const push = [&frame](std::uint64_t number, int bytes) {
        for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
            frame += static_cast<char>((number >> shift) & 0xFF);
    };
    push(final_bit | static_cast<unsigned char>(opcode), 1);
    unsigned const masked = mask != nullptr ? mask_bit : 0;
    if (payload.size() < 126) {
        push(masked | payload.size(), 1);
    } else if (payload.size() <= 0xFFFF) {
        push(masked | 126, 1);
        push(payload.size(), 2);
    } else {
        push(masked | 127, 1);
        push(payload.size(), 8);
    }
    if (mask != nullptr)
        frame.append(reinterpret_cast<char const*>(mask->data()), mask->size());
    auto const start = frame.size();
    frame.append(payload);
    if (mask != nullptr)
        apply_mask(frame.data() + start, payload.size(), *mask, 0);
    return frame;
}

std::string_view encode_websocket_header(websocket_opcode opcode, std::size_t payload_bytes,
                                         std::array<char, 10>& into) {
    into[0] = static_cast<char>(final_bit | static_cast<unsigned char>(opcode));
    int const bytes = payload_bytes < 126 ? 0 : payload_bytes <= 0xFFFF ? 2 : 8;
    into[1] = static_cast<char>(bytes == 0 ? payload_bytes : bytes == 2 ? 126 : 127);
    for (int i = 0; i < bytes; ++i)
        into[static_cast<std::size_t>(2 + i)] =
            static_cast<char>(payload_bytes >> (8 * (bytes - 1 - i)) & 0xFF);
    return {into.data(), static_cast<std::size_t>(2 + bytes)};
}

std::string websocket_close_payload(websocket_close code) {
    if (code == websocket_close::no_status)
        return {};
    auto const number = static_cast<unsigned>(code);
    return {static_cast<char>(number >> 8), static_cast<char>(number & 0xFF)};
}

std::string websocket_decoder::take_ping() {
    has_ping_ = false;
    return std::exchange(ping_, {});
}

std::size_t websocket_decoder::decode(std::span<char> bytes) {
    std::size_t out = 0;
    std::size_t in = 0;
    while (in < bytes.size() && ending_ == ending::none) {
        if (!in_payload_) {
            header_[header_have_++] = static_cast<unsigned char>(bytes[in++]);
            read_header();
            continue;
        }
        auto const size =
            static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - in));
        auto* const from = bytes.data() + in;
        if (ours_ == websocket_role::server) {
            apply_mask(from, size, mask_, mask_at_);
            mask_at_ = static_cast<unsigned char>((mask_at_ + size) % 4);
        }
        if (is_control(header_[0] & 0xF)) {
            control_.append(from, size);
        } else {
            if (out != in)
                std::memmove(bytes.data() + out, from, size);
            out += size;
        }
        in += size;
        left_ -= size;
        if (left_ == 0)
            end_frame();
    }
    return out;
}

/// How many bytes the header has, as far as its first two bytes say.
std::size_t websocket_decoder::header_size() const {
    auto const short_length = header_[1] & 0x7F;
    std::size_t const length = short_length == 126 ? 2 : short_length == 127 ? 8 : 0;
    return 2 + length + ((header_[1] & mask_bit) != 0 ? 4 : 0);
}

/// Called for every byte of the header; begins the payload when it is whole.
void websocket_decoder::read_header() {
    if (header_have_ < 2)
        return;
    if (header_have_ == 2 && !check_start())
        return;
    auto const size = header_size();
    if (header_have_ < size)
        return;
    left_ = header_[1] & 0x7F;
    if (left_ >= 126) {
        auto const bytes = left_ == 126 ? 2U : 8U;
        left_ = 0;
        for (unsigned i = 0; i < bytes; ++i)
            left_ = left_ << 8 | header_[2 + i];
        if (left_ < 126 || (bytes == 8 && left_ <= 0xFFFF) || (left_ >> 63) != 0)
            return violate(websocket_close::protocol_error, "a length is not in its shortest form");
    }
    if (!is_control(header_[0] & 0xF)) {
        if (left_ > max_message_bytes_ - message_bytes_)
            return violate(websocket_close::too_big, "a message is too large");
        message_bytes_ += left_;
    }
    if ((header_[1] & mask_bit) != 0)
        std::copy_n(header_.begin() + static_cast<std::ptrdiff_t>(size) - 4, 4, mask_.begin());
    mask_at_ = 0;
    in_payload_ = true;
    if (left_ == 0)
        end_frame();
}

/// Judges the first two bytes of a frame.
bool websocket_decoder::check_start() {
    auto const opcode = static_cast<websocket_opcode>(header_[0] & 0xF);
    bool const is_final = (header_[0] & final_bit) != 0;
    auto const wrong = [this](websocket_close code, char const* what) {
        violate(code, what);
        return false;
    };
    if ((header_[0] & reserved_bits) != 0)
        return wrong(websocket_close::protocol_error, "a reserved bit is set");
    if (((header_[1] & mask_bit) != 0) != (ours_ == websocket_role::server))
        return wrong(websocket_close::protocol_error, ours_ == websocket_role::server
                                                          ? "a client's frame is not masked"
                                                          : "a server's frame is masked");
    switch (opcode) {
    case websocket_opcode::binary:
        if (in_message_)
            return wrong(websocket_close::protocol_error,
                         "a message begins before the last one ended");
        in_message_ = true;
        return true;
    case websocket_opcode::continuation:
        if (!in_message_)
            return wrong(websocket_close::protocol_error, "there is no message to continue");
        return true;
    case websocket_opcode::close:
    case websocket_opcode::ping:
    case websocket_opcode::pong:
        if (!is_final || (header_[1] & 0x7F) > 125)
            return wrong(websocket_close::protocol_error,
                         "a control frame is fragmented or longer than 125 bytes");
        return true;
    case websocket_opcode::text:
        return wrong(websocket_close::unsupported_data, "text where only binary messages are due");
    }
    return wrong(websocket_close::protocol_error, "an unknown opcode");
}

void websocket_decoder::end_frame() {
    in_payload_ = false;
    header_have_ = 0;
    switch (static_cast<websocket_opcode>(header_[0] & 0xF)) {
    case websocket_opcode::close:
        end_by_close();
        break;
    case websocket_opcode::ping:
        ping_ = std::exchange(control_, {});
        has_ping_ = true;
        break;
    case websocket_opcode::pong:
        control_.clear();
        break;
    default:
        if ((header_[0] & final_bit) != 0) {
            in_message_ = false;
            message_bytes_ = 0;
        }
    }
}

void websocket_decoder::end_by_close() {
    if (control_.empty()) {
        ending_ = ending::closed;
        return;
    }
    if (control_.size() == 1)
        return violate(websocket_close::protocol_error, "a Close with half a code");
    auto const code = static_cast<unsigned>(static_cast<unsigned char>(control_[0])) << 8 |
                      static_cast<unsigned char>(control_[1]);
    if (!is_sendable(code))
        return violate(websocket_close::protocol_error, "a Close with a code that nobody may send");
    if (!is_utf8(std::string_view(control_).substr(2)))
        return violate(websocket_close::bad_payload, "a Close whose reason is not UTF-8");
    close_code_ = static_cast<websocket_close>(code);
    ending_ = ending::closed;
}

void websocket_decoder::violate(websocket_close code, char const* what) {
    ending_ = ending::violation;
    close_code_ = code;
    violation_ = what;
}

} // namespace cogniot::net
