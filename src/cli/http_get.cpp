#include "cli/http_get.hpp"

#include <chrono>
#include <filesystem>
#include <utility>

namespace cogniot::cli {
namespace {

constexpr auto patience = std::chrono::seconds(5);

} // namespace

boost::system::result<net::http_response, get_failure> http_ask(local_endpoint const& to,
                                                                net::http_request request) {
    using kind = get_failure::kind;
    auto const where = net::parse_base_url(to.url);
    if (!where)
        return get_failure{kind::flags, where.error().message()};
    std::optional<std::filesystem::path> bundle;
    if (to.ca_bundle)
        bundle = *to.ca_bundle;
    auto const trust = net::client_tls::make(bundle);
    if (!trust)
        return get_failure{kind::flags, trust.error().message()};
    net::loop loop;
    net::http_client client(loop, *trust);
    std::optional<result<net::http_response>> answer;
    auto ask = [&]() -> net::task<void> {
        request.headers.add("Host", where->at.host_header());
        auto sending = client.send(where->at, std::move(request), patience);
        answer = co_await std::move(sending);
    };
    loop.run_until_done(ask);
    if (!answer || !*answer)
        return get_failure{kind::network,
                           to.url + ": " + (answer ? answer->error().message() : "no answer")};
    return std::move(**answer);
}

boost::system::result<net::http_response, get_failure> http_get(local_endpoint const& to,
                                                                std::string const& target) {
    net::http_request request;
    request.target = target;
    return http_ask(to, std::move(request));
}

} // namespace cogniot::cli
