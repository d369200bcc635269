// cogniot health: asks a local cloud whether it is well. For scripts and container health checks.
#include "cli/commands.hpp"
#include "net/http_client.hpp"

#include <iostream>
#include <optional>
#include <string>
#include <utility>

namespace cogniot::cli {
namespace {

constexpr auto patience = std::chrono::seconds(5);

class health_command final : public command {
  public:
    std::string_view name() const override { return "health"; }
    std::string_view summary() const override { return "ask a local cloud whether it is running"; }

    void declare(options& flags) override {
        flags.text("--endpoint-url", endpoint_url_, "where it listens")
            .environment("AWS_ENDPOINT_URL")
            .text("--ca-bundle", ca_bundle_, "PEM file to trust for https, e.g. the local ca.pem")
            .environment("AWS_CA_BUNDLE");
    }

    exit_code run(terminal& io) override {
        auto const where = net::parse_base_url(endpoint_url_);
        if (!where) {
            io.err << "cogniot health: " << where.error().message() << '\n';
            return exit_code::usage;
        }
        std::optional<std::filesystem::path> bundle;
        if (ca_bundle_)
            bundle = *ca_bundle_;
        auto const trust = net::client_tls::make(bundle);
        if (!trust) {
            io.err << "cogniot health: " << trust.error().message() << '\n';
            return exit_code::usage;
        }
        net::loop loop;
        net::http_client client(loop, *trust);
        std::optional<result<net::http_response>> answer;
        auto ask = [&]() -> net::task<void> {
            net::http_request request;
            request.target = "/_localstack/health";
            request.headers.add("Host", where->at.host_header());
            auto sending = client.send(where->at, std::move(request), patience);
            answer = co_await std::move(sending);
        };
        loop.run_until_done(ask);
        if (!answer || !*answer) {
            io.err << "cogniot health: " << endpoint_url_ << ": "
                   << (answer ? answer->error().message() : "no answer") << '\n';
            return exit_code::network;
        }
        io.out << (*answer)->body << '\n';
        if ((*answer)->status == 200)
            return exit_code::ok;
        io.err << "cogniot health: " << endpoint_url_ << " answered " << (*answer)->status << '\n';
        return exit_code::failed;
    }

  private:
    std::string endpoint_url_ = "http://127.0.0.1:4566";
    std::optional<std::string> ca_bundle_;
};

} // namespace

std::unique_ptr<command> make_health() {
    return std::make_unique<health_command>();
}

} // namespace cogniot::cli
