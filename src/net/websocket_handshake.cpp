// The opening handshake of RFC 6455 section 4, for both roles.
#include "base/text.hpp"
#include "net/connect.hpp"
#include "net/http_exchange.hpp"
#include "net/http_head.hpp"
#include "net/http_print.hpp"
#include "net/server.hpp"
#include "net/websocket_stream.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstdlib>

namespace cogniot::net {

namespace {

/// What a server may send us in one message: MQTT packets are at most 256 MiB, AWS's 128 KiB.
constexpr std::size_t max_received_message_bytes = 16 << 20;

/// RFC 6455 section 4.2.2, item 5.4.
std::string accept_value(std::string_view key) {
    auto const text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    // Fetched once: EVP_sha1() would look for its implementation at every use.
    static EVP_MD const* const sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
    std::string digest(20, '\0');
    if (EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()),
                   nullptr, sha1, nullptr) != 1)
        std::abort(); // OpenSSL without SHA-1
    return encode_base64(digest);
}

std::string make_key() {
    std::string key(16, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), static_cast<int>(key.size())) != 1)
        std::abort(); // a system without randomness
    return encode_base64(key);
}

/// True if a field of that name, in any of its lines, has the token.
bool lists(http_headers const& headers, std::string_view name, std::string_view token) {
    for (auto const& [key, value] : headers.fields())
        if (equals_ignoring_case(key, name) && has_token(value, token))
            return true;
    return false;
}

/// Why an answer is not the switch to WebSocket that we asked for; empty if it is.
std::string find_objection(http_response const& answer, std::string const& key,
                           std::string const& subprotocol) {
    auto const& headers = answer.headers;
    if (!lists(headers, "Upgrade", "websocket") || !lists(headers, "Connection", "upgrade"))
        return "the 101 answer does not switch to WebSocket";
    if (headers.find("Sec-WebSocket-Accept") != accept_value(key))
        return "the 101 answer has the wrong Sec-WebSocket-Accept";
    if (!headers.find("Sec-WebSocket-Extensions").value_or("").empty())
        return "the server wants an extension that was not offered";
    auto const chosen = headers.find("Sec-WebSocket-Protocol");
    if (chosen && *chosen != subprotocol)
        return "the server chose the subprotocol `" + printable(*chosen) + "`, not `" +
               subprotocol + "`";
    return {};
}

} // namespace

bool is_websocket_upgrade(http_request const& request) {
    auto const key = request.headers.find("Sec-WebSocket-Key");
    if (request.method != "GET" || !key)
        return false;
    auto const decoded = decode_base64(*key);
    return lists(request.headers, "Upgrade", "websocket") &&
           lists(request.headers, "Connection", "upgrade") && decoded && decoded->size() == 16 &&
           request.headers.find("Sec-WebSocket-Version") == "13";
}

task<result<stream_ptr>> accept_websocket(stream_ptr peer, http_request request,
                                          std::string already_read, std::string subprotocol,
                                          std::size_t max_message_bytes) {
    if (!is_websocket_upgrade(request))
        co_return fail(errc::websocket_protocol_violation, "the request asks for no WebSocket");
    std::string answer = "HTTP/1.1 101 Switching Protocols\r\n"
                         "Upgrade: websocket\r\n"
                         "Connection: Upgrade\r\n"
                         "Sec-WebSocket-Accept: " +
                         accept_value(*request.headers.find("Sec-WebSocket-Key")) + "\r\n";
    if (!subprotocol.empty())
        answer += "Sec-WebSocket-Protocol: " + subprotocol + "\r\n";
    answer += "\r\n";
    auto const written = co_await peer->write(answer);
    if (!written)
        co_return written.error();
    co_return make_websocket(std::move(peer), websocket_role::server, std::move(already_read),
                             max_message_bytes);
}

task<result<stream_ptr>> upgrade_to_websocket(stream_ptr over, std::string host_header,
                                              std::string target, std::string subprotocol,
                                              std::shared_ptr<refused_upgrade> refused) {
    auto const key = make_key();
    std::string text =
        "GET " + target + " HTTP/1.1\r\nHost: " + host_header +
        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " + key +
        "\r\nSec-WebSocket-Version: 13\r\n";
    if (!subprotocol.empty())
        text += "Sec-WebSocket-Protocol: " + subprotocol + "\r\n";
    text += "\r\n";
    auto begun = std::make_shared<bool>(false);
    auto asking = exchange(*over, std::move(text), "GET", {}, begun);
    auto answered = co_await std::move(asking);
    if (!answered)
        co_return answered.error();
    auto& answer = answered->response;
    if (answer.status != 101) {
        auto detail = "status " + std::to_string(answer.status);
        if (!answer.body.empty())
            detail += ", `" + printable(trim(answer.body)) + "`";
        if (refused)
            refused->answer = std::move(answer);
        co_return fail(errc::upgrade_refused, std::move(detail));
    }
    if (auto objection = find_objection(answer, key, subprotocol); !objection.empty())
        co_return fail(errc::websocket_protocol_violation, std::move(objection));
    co_return make_websocket(std::move(over), websocket_role::client, std::move(answered->beyond),
                             max_received_message_bytes);
}

} // namespace cogniot::net
