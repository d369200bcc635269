// An open WebSocket as a stream of bytes: write() sends one binary message, read_some() gives the
// bytes of messages as they come. For src/net/*.cpp only.
#pragma once

#include "net/stream.hpp"
#include "net/websocket_frame.hpp"

#include <memory>
#include <string>

namespace cogniot::net {

/// @param already_read  bytes after the handshake's head that belong to the WebSocket
stream_ptr make_websocket(stream_ptr over, websocket_role ours, std::string already_read,
                          std::size_t max_message_bytes);

} // namespace cogniot::net
