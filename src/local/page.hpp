// Answers of the local cloud's own pages, below /_cogniot/: made for this moment, dated by its
// clock.
#pragma once

#include "base/utc_time.hpp"
#include "net/http.hpp"

#include <boost/json/fwd.hpp>

#include <string>
#include <string_view>

namespace cogniot::local {

/// @param type  of the content
net::http_response answer_page(std::string_view type, std::string body, utc_time now);
net::http_response answer_json(boost::json::object const& body, utc_time now);
/// `{"error":WHY}`
/// @param why  well-formed UTF-8: printable() makes what is quoted so
net::http_response refuse_page(int status, std::string_view why, utc_time now);

} // namespace cogniot::local
