// How a URL that somebody typed is shown in messages and logs.
#pragma once

#include <string>
#include <string_view>

namespace cogniot::net {

/// Printable, without the user name and password that may stand before the host.
std::string shown_url(std::string_view url);

} // namespace cogniot::net
