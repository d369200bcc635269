#include "local/addresses.hpp"

#include "base/number.hpp"
#include "base/text.hpp"
#include "json/parse.hpp"
#include "net/task.hpp"

#include <boost/json.hpp>

namespace cogniot::local {

result<listen_address> parse_listen_address(std::string_view text) {
    auto const refuse = [&] {
        return fail(net::errc::address_not_usable,
                    "`" + printable(text) + "` is not ADDRESS:PORT, e.g. 127.0.0.1:4566");
    };
    auto const colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return refuse();
    auto host = text.substr(0, colon);
    auto const port = parse_number<std::uint16_t>(text.substr(colon + 1));
    if (!port)
        return refuse();
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    else if (host.find(':') != std::string_view::npos)
        return refuse();
    if (host.empty() || host == "localhost")
        host = "127.0.0.1";
    return listen_address{std::string(host), *port};
}

std::string ready_info::print() const {
    boost::json::object line{{"endpoint", endpoint},
                             {"http_endpoint", http_endpoint},
                             {"mqtts", mqtts},
                             {"insecure_mqtt", nullptr},
                             {"ca_file", ca_file},
                             {"region", region},
                             {"account", account},
                             {"access_key_id", access_key_id},
                             {"secret_access_key", secret_access_key},
                             {"console", console}};
    if (insecure_mqtt)
        line["insecure_mqtt"] = *insecure_mqtt;
    return json::print(line);
}

} // namespace cogniot::local
