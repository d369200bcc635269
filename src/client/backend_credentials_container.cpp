// Container credentials: ECS, EKS Pod Identity, Greengrass. Two seconds, three tries.
#include "base/text.hpp"
#include "client/backend_credentials_fetch.hpp"
#include "client/errors.hpp"

namespace cogniot::client {
namespace {

constexpr unsigned tries = 3;
constexpr std::chrono::seconds timeout{2};

/// The Authorization header's value; the file is read each time, because it is rotated.
result<std::optional<std::string>> read_authorization(fetch_context const& with,
                                                      container_endpoint const& how) {
    std::optional<std::string> value = how.authorization;
    if (how.authorization_path) {
        auto content = with.tools.around.read_file(*how.authorization_path);
        if (!content)
            return content.error();
        if (!*content)
            return fail(errc::backend_credentials_refused,
                        "the token file `" + printable(*how.authorization_path) + "` is missing");
        value = std::string(trim(**content));
    }
    if (value && value->find_first_of("\r\n") != std::string::npos)
        return fail(errc::backend_credentials_refused, "the authorization token has a line break");
    return value;
}

} // namespace

net::task<result<found_credentials>> fetch_from_container(fetch_context with,
                                                          container_endpoint how) {
    std::size_t const query = std::min(how.url.find('?'), how.url.size());
    auto const base = net::parse_base_url(std::string_view(how.url).substr(0, query));
    if (!base)
        co_return base.error();
    std::string const path = base->path.empty() ? "/" : base->path;
    result<net::http_response> answer = fail(net::errc::timed_out);
    for (unsigned attempt = 1; attempt <= tries; ++attempt) {
        auto const authorization = read_authorization(with, how);
        if (!authorization)
            co_return authorization.error();
        net::http_request request{
            .method = "GET", .target = path + how.url.substr(query), .headers = {}, .body = {}};
        request.headers.add("Accept", "application/json");
        if (*authorization)
            request.headers.add("Authorization", **authorization);
        answer = co_await with.http.send(base->at, std::move(request), timeout);
        if (answer && answer->status == 200)
            co_return read_metadata_answer(answer->body);
        bool const is_final = answer && answer->status < 500;
        if (is_final || attempt == tries)
            break;
        bool const slept = co_await net::sleep_for(std::chrono::milliseconds(100 << attempt));
        if (!slept)
            co_return fail(net::errc::cancelled);
    }
    if (!answer)
        co_return answer.error();
    co_return fail(errc::backend_credentials_refused, "it answered " +
                                                          std::to_string(answer->status) + ": " +
                                                          printable(answer->body));
}

} // namespace cogniot::client
