#include "base/text.hpp"
#include "json/parse.hpp"
#include "net/websocket_frame.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

using namespace cogniot;
using namespace cogniot::net;
using ending = websocket_decoder::ending;

namespace {

boost::json::array read_rows(std::string const& file) {
    std::ifstream in(COGNIOT_VECTORS "/websocket/" + file);
    std::string const text(std::istreambuf_iterator<char>(in), {});
    auto const parsed = json::parse(text);
    REQUIRE(parsed);
    return parsed->as_array();
}

std::string decode_by(websocket_decoder& decoder, std::string bytes, std::size_t step) {
    std::string payload;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        auto const part = std::span(bytes).subspan(at, std::min(step, bytes.size() - at));
        auto const size = decoder.decode(part);
        payload.append(part.data(), size);
    }
    return payload;
}

} // namespace

TEST_CASE("a server takes a client's frames apart wherever the bytes are cut") {
    for (auto const& value : read_rows("client_frames.json")) {
        auto const& row = value.as_object();
        CAPTURE(*json::find_string(row, "id"));
        auto const bytes = *decode_hex(*json::find_string(row, "send"));
        for (std::size_t const step :
             {std::size_t(1), std::size_t(2), std::size_t(7), bytes.size()}) {
            CAPTURE(step);
            websocket_decoder decoder(websocket_role::server, 1000);
            CHECK(encode_hex(decode_by(decoder, bytes, step)) ==
                  *json::find_string(row, "payload"));
            auto const how = decoder.how_it_ends();
            CHECK((how == ending::none     ? "none"
                   : how == ending::closed ? "closed"
                                           : "violation") == *json::find_string(row, "ends"));
            CHECK(static_cast<int>(decoder.close_code()) == json::find_integer(row, "code"));
        }
    }
}

TEST_CASE("frames are encoded as the examples of RFC 6455 section 5.7") {
    using op = websocket_opcode;
    std::array<unsigned char, 4> const mask = {0x37, 0xfa, 0x21, 0x3d};
    CHECK(encode_hex(encode_websocket_frame(op::text, "Hello")) == "810548656c6c6f");
    CHECK(encode_hex(encode_websocket_frame(op::text, "Hello", &mask)) == "818537fa213d7f9f4d5158");
    CHECK(encode_hex(encode_websocket_frame(op::ping, "Hello")) == "890548656c6c6f");
    CHECK(encode_hex(encode_websocket_frame(op::pong, "Hello", &mask)) == "8a8537fa213d7f9f4d5158");
    CHECK(encode_hex(encode_websocket_frame(op::binary, std::string(256, 'x')).substr(0, 4)) ==
          "827e0100");
    CHECK(encode_hex(encode_websocket_frame(op::binary, std::string(65536, 'x')).substr(0, 10)) ==
          "827f0000000000010000");
}

TEST_CASE("a client takes unmasked frames only [RFC 6455 section 5.1]") {
    websocket_decoder decoder(websocket_role::client, 70000);
    CHECK(decode_by(decoder, *decode_hex("820548656c6c6f"), 3) == "Hello");
    auto const large = encode_websocket_frame(websocket_opcode::binary, std::string(65536, 'x'));
    CHECK(decode_by(decoder, large, 1000) == std::string(65536, 'x'));
    decode_by(decoder, *decode_hex("828537fa213d7f9f4d5158"), 100);
    CHECK(decoder.how_it_ends() == ending::violation);
    CHECK(decoder.close_code() == websocket_close::protocol_error);
}

TEST_CASE("of several pings the newest is answered [RFC 6455 section 5.5.3]") {
    websocket_decoder decoder(websocket_role::client, 100);
    decode_by(decoder, *decode_hex("89016189016282016389016489"), 4);
    CHECK(decoder.has_ping());
    CHECK(decoder.take_ping() == "d");
    CHECK_FALSE(decoder.has_ping());
}

TEST_CASE("what is encoded is decoded, for every length near a boundary") {
    std::array<unsigned char, 4> const mask = {0x01, 0x80, 0xff, 0x00};
    for (std::size_t const size : {0, 1, 7, 8, 9, 125, 126, 127, 65535, 65536, 65537}) {
        CAPTURE(size);
        std::string message(size, '\0');
        for (std::size_t i = 0; i < size; ++i)
            message[i] = static_cast<char>(i * 31);
        for (std::size_t const step : {std::size_t(5), std::size_t(100000)}) {
            websocket_decoder decoder(websocket_role::server, 1 << 20);
            auto const frame = encode_websocket_frame(websocket_opcode::binary, message, &mask);
            CHECK(decode_by(decoder, frame + frame, step) == message + message);
            CHECK(decoder.how_it_ends() == ending::none);
        }
    }
}
