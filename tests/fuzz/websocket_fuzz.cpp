// Any bytes as WebSocket frames, for either end: decoded at once or bit by bit they are the same
// stream, and end the same way. The first byte chooses the end and the split.
#include "net/websocket_frame.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <tuple>

using namespace cogniot::net;

namespace {

using outcome = std::tuple<std::string, websocket_decoder::ending, websocket_close, std::string>;

outcome decode(std::string bytes, websocket_role ours, std::size_t step) {
    websocket_decoder decoder(ours, 1 << 14);
    std::string stream;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        std::span<char> const piece(bytes.data() + at, std::min(step, bytes.size() - at));
        auto const size = decoder.decode(piece);
        if (size > piece.size())
            std::abort();
        stream.append(piece.data(), size);
        if (decoder.how_it_ends() != websocket_decoder::ending::none)
            break;
    }
    return {stream, decoder.how_it_ends(), decoder.close_code(),
            decoder.has_ping() ? decoder.take_ping() : "none"};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0)
        return 0;
    auto const ours = (data[0] & 1) != 0 ? websocket_role::client : websocket_role::server;
    std::string const bytes(reinterpret_cast<char const*>(data) + 1, size - 1);
    if (decode(bytes, ours, bytes.size() + 1) != decode(bytes, ours, 1 + data[0] / 16))
        std::abort();
    return 0;
}
