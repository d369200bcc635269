// Host names to addresses. For src/net/*.cpp only.
#pragma once

#include "net/task.hpp"

#include <boost/asio/ip/address.hpp>

#include <string>
#include <vector>

namespace cogniot::net {

/// The host's addresses, IPv6 and IPv4 in turn (RFC 8305 section 4), the system's first choice
/// first. An IP address is its own answer; `localhost` is 127.0.0.1 and ::1 (RFC 6761 section 6.3).
/// Look-ups run beside each other, and a cancelled one does not hold its caller.
/// @errors host_not_found with the name and the resolver's reason
task<result<std::vector<boost::asio::ip::address>>> resolve(std::string host);

} // namespace cogniot::net
