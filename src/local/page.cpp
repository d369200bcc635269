#include "local/page.hpp"

#include <boost/json.hpp>

#include <utility>

namespace cogniot::local {

net::http_response answer_page(std::string_view type, std::string body, utc_time now) {
    net::http_response made;
    made.headers.add("Content-Type", std::string(type));
    made.headers.add("Cache-Control", "no-store");
    made.headers.add("Date", print_http(now));
    made.body = std::move(body);
    return made;
}

net::http_response answer_json(boost::json::object const& body, utc_time now) {
    return answer_page("application/json", boost::json::serialize(body), now);
}

net::http_response refuse_page(int status, std::string_view why, utc_time now) {
    auto refused = answer_json({{"error", why}}, now);
    refused.status = status;
    return refused;
}

} // namespace cogniot::local
