// EC2's instance metadata service, version 2: a token first, then the role's name, then its keys.
#include "base/text.hpp"
#include "client/backend_credentials_fetch.hpp"
#include "client/errors.hpp"

namespace cogniot::client {
namespace {

/// One instance's metadata service and the token it gave.
class metadata_reader {
  public:
    metadata_reader(fetch_context with, instance_metadata how, net::base_url base)
        : with_(with), how_(std::move(how)), base_(std::move(base)) {}

    /// @errors those of send(), backend_credentials_refused for an answer that is not 200
    net::task<result<std::string>> ask(std::string method, std::string path) {
        result<net::http_response> answer = fail(net::errc::timed_out);
        for (unsigned attempt = 0; attempt < how_.attempts; ++attempt) {
            net::http_request request{
                .method = method, .target = base_.path + path, .headers = {}, .body = {}};
            if (method == "PUT")
                request.headers.add("x-aws-ec2-metadata-token-ttl-seconds", "21600");
            else
                request.headers.add("x-aws-ec2-metadata-token", token_);
            answer = co_await with_.http.send(base_.at, std::move(request), how_.timeout);
            if (answer && answer->status < 500)
                break;
        }
        if (!answer)
            co_return answer.error();
        if (answer->status != 200)
            co_return fail(errc::backend_credentials_refused,
                           method + " " + path + " was answered " + std::to_string(answer->status));
        co_return std::move(answer->body);
    }

    net::task<result<found_credentials>> read() {
        auto token = co_await ask("PUT", "/latest/api/token");
        if (!token)
            co_return token.error();
        token_ = *std::move(token);
        std::string const folder = "/latest/meta-data/iam/security-credentials/";
        auto const names = co_await ask("GET", folder);
        if (!names)
            co_return names.error();
        std::string_view const role = trim(std::string_view(*names).substr(0, names->find('\n')));
        if (role.empty())
            co_return fail(errc::backend_credentials_refused, "the instance has no role");
        auto const answer = co_await ask("GET", folder + percent_encode(role));
        if (!answer)
            co_return answer.error();
        co_return read_metadata_answer(*answer);
    }

  private:
    fetch_context with_;
    instance_metadata how_;
    net::base_url base_;
    std::string token_{};
};

} // namespace

net::task<result<found_credentials>> fetch_from_metadata(fetch_context with,
                                                         instance_metadata how) {
    auto base = net::parse_base_url(how.url);
    if (!base)
        co_return base.error();
    metadata_reader reader(with, std::move(how), *std::move(base));
    co_return co_await reader.read();
}

} // namespace cogniot::client
