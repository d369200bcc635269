#include "packets.hpp"

namespace load {
namespace {

void put_word(std::string& to, std::size_t n) {
    to += static_cast<char>(n >> 8);
    to += static_cast<char>(n);
}

void put_text(std::string& to, std::string_view text) {
    put_word(to, text.size());
    to += text;
}

std::string frame(unsigned first, std::string_view body) {
    std::string packet(1, static_cast<char>(first));
    auto left = body.size();
    do {
        packet += static_cast<char>((left & 127) | (left > 127 ? 128 : 0));
        left >>= 7;
    } while (left > 0);
    return packet.append(body);
}

} // namespace

std::string make_connect(std::string_view client_id, bool clean_session) {
    std::string body;
    put_text(body, "MQTT");
    body += '\4';
    body += clean_session ? '\2' : '\0';
    put_word(body, 1200);
    put_text(body, client_id);
    return frame(0x10, body);
}

std::string make_subscribe(std::string_view filter, unsigned qos) {
    std::string body;
    put_word(body, 1);
    put_text(body, filter);
    body += static_cast<char>(qos);
    return frame(0x82, body);
}

std::string make_publish(std::string_view topic, std::size_t payload_bytes, unsigned qos,
                         std::size_t& id_at) {
    std::string body;
    put_text(body, topic);
    auto const id_in_body = body.size();
    if (qos > 0)
        put_word(body, 1);
    body.append(payload_bytes, 'x');
    auto packet = frame(0x30 | qos << 1, body);
    id_at = packet.size() - body.size() + id_in_body;
    return packet;
}

} // namespace load
