#include "cli/http_get.hpp"

#include "base/text.hpp"
#include "json/parse.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <filesystem>
#include <utility>

namespace cogniot::cli {
namespace {

constexpr auto patience = std::chrono::seconds(5);

} // namespace

void local_endpoint::declare(options& flags) {
    flags.text("--endpoint-url", url, "where the local cloud listens")
        .environment("AWS_ENDPOINT_URL")
        .text("--ca-bundle", ca_bundle, "PEM file to trust for https, e.g. the local ca.pem")
        .environment("AWS_CA_BUNDLE");
}

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

std::string
make_target(std::string path,
            std::initializer_list<std::pair<std::string_view, std::optional<std::string>>> query) {
    char before = '?';
    for (auto const& [name, value] : query)
        if (value) {
            path.append(1, std::exchange(before, '&')).append(name).append("=");
            path += percent_encode(*value);
        }
    return path;
}

std::string why_refused(local_endpoint const& to, int status, std::string_view body) {
    auto const answer = json::parse_object(body);
    if (auto const why = answer ? json::find_string(*answer, "error") : std::nullopt)
        return printable(*why, why->size());
    return to.url + " answered " + std::to_string(status) +
           "; is a local cloud listening there, and of this version?";
}

exit_code code_of_refusal(int status) {
    return status == 400 ? exit_code::usage : exit_code::failed;
}

} // namespace cogniot::cli
