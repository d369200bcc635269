// cogniot local logs: what happened in a running local cloud, and why it refused.
#include "cli/commands.hpp"
#include "cli/http_get.hpp"
#include "cli/log_text.hpp"
#include "json/parse.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <ostream>
#include <string>
#include <utility>

namespace cogniot::cli {
namespace {

constexpr auto pause_before_return = std::chrono::seconds(1);
/// How often a stream that ended is asked for again in vain.
constexpr int most_failures = 10;

class local_logs final : public command {
  public:
    std::string_view name() const override { return "local logs"; }
    std::string_view summary() const override {
        return "what happened in a running local cloud, and why it refused";
    }
    std::string_view description() const override {
        return "One entry a line, oldest first, with AWS IoT's event types; under a refusal the\n"
               "explanation. `--output json` prints the entries themselves, one JSON object a "
               "line.\n\n"
               "  cogniot local logs --denied --since 10m\n"
               "  cogniot local logs --follow --client-id my-device\n";
    }

    void declare(options& flags) override {
        flags.flag("-f,--follow", follow_, "go on with what comes, until interrupted")
            .flag("--denied", denied_, "refusals only")
            .text("--client-id", client_id_, "only entries of this MQTT client")
            .text("--identity", identity_, "only entries of this Cognito identity")
            .text("--since", since_,
                  "from how long ago (30s, 10m, 2h, 1d, 1w) or an instant; default: all there is")
            .choice("--output", output_, {"text", "json"}, "in words or as JSON lines");
        to_.declare(flags);
    }

    exit_code run(terminal& io) override { return follow_ ? follow(io) : list(io); }

  private:
    std::string target() const {
        return make_target(denied_ ? "/_cogniot/denials" : "/_cogniot/events",
                           {{"since", since_}, {"client-id", client_id_}, {"identity", identity_}});
    }

    void print(std::string_view line, terminal& io) const {
        if (output_ == "json")
            io.out << line << '\n';
        else
            io.out << print_log_line(line);
    }

    exit_code refused(int status, std::string_view body, terminal& io) const {
        return give_up(code_of_refusal(status), why_refused(to_, status, body), io);
    }

    exit_code list(terminal& io) const {
        auto const answer = http_get(to_, target());
        if (!answer)
            return give_up(answer.error().code(), answer.error().detail, io);
        auto const body =
            json::parse_object(answer->body, {.max_bytes = 64 << 20, .max_depth = 64});
        auto const* entries =
            body ? json::find_array(*body, denied_ ? "denials" : "events") : nullptr;
        if (answer->status != 200 || entries == nullptr)
            return refused(answer->status, answer->body, io);
        for (auto const& one : *entries)
            print(json::print(one), io);
        io.out.flush();
        if (json::find_bool(*body, "complete") == false)
            io.err << "cogniot local logs: older entries made room for newer ones\n";
        return exit_code::ok;
    }

    exit_code follow(terminal& io) const {
        auto const where = net::parse_base_url(to_.url);
        if (!where)
            return give_up(exit_code::usage, where.error().message(), io);
        auto const trust = net::client_tls::make(
            to_.ca_bundle ? std::optional<std::filesystem::path>(*to_.ca_bundle) : std::nullopt);
        if (!trust)
            return give_up(exit_code::usage, trust.error().message(), io);
        net::loop loop;
        net::http_client client(loop, *trust);
        auto outcome = exit_code::ok;
        auto main = [&]() -> net::task<void> {
            auto following = run_following(client, where->at, io);
            outcome = co_await std::move(following);
        };
        loop.run_until_done(main);
        return outcome;
    }

    net::task<exit_code> run_following(net::http_client& client, net::origin where,
                                       terminal& io) const {
        int failures = 0;
        event_reader events([&](std::string_view name, std::string_view data) {
            failures = 0;
            if (name == "missed")
                io.err << "cogniot local logs: some entries made room before they were read\n";
            else
                print(data, io);
        });
        for (bool is_first = true;; is_first = false) {
            net::http_request request;
            request.target = target();
            request.headers.add("Host", where.host_header());
            request.headers.add("Accept", "text/event-stream");
            if (!events.last_id().empty())
                request.headers.add("Last-Event-ID", events.last_id());
            std::string beginning;
            auto sink = [&](std::string_view bytes) {
                if (beginning.size() < 4096)
                    beginning += bytes;
                events.take(bytes);
                io.out.flush();
                return io.out.good();
            };
            auto streaming = client.send_streaming(where, std::move(request), sink);
            auto const ended = co_await std::move(streaming);
            if (!io.out.good())
                co_return exit_code::ok; // whoever read our output has had enough
            if (ended && ended->status != 200)
                co_return refused(ended->status, beginning, io);
            bool const was_never_there = is_first && !ended && beginning.empty();
            if (was_never_there || ++failures > most_failures)
                co_return give_up(
                    exit_code::network,
                    to_.url + ": " +
                        (ended ? std::string("the stream keeps ending") : ended.error().message()),
                    io);
            events.restart();
            co_await net::sleep_for(pause_before_return);
        }
    }

    bool follow_ = false;
    bool denied_ = false;
    std::optional<std::string> client_id_;
    std::optional<std::string> identity_;
    std::optional<std::string> since_;
    std::string output_ = "text";
    local_endpoint to_;
};

} // namespace

std::unique_ptr<command> make_local_logs() {
    return std::make_unique<local_logs>();
}

} // namespace cogniot::cli
