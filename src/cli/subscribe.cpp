// cogniot subscribe: mosquitto_sub's flags, as a Cognito user.
#include "base/text.hpp"
#include "cli/client_errors.hpp"
#include "cli/commands.hpp"
#include "cli/link_flags.hpp"
#include "cli/message_format.hpp"
#include "client/errors.hpp"

#include <ostream>

namespace cogniot::cli {
namespace {

class subscribe_command final : public command {
  public:
    std::string_view name() const override { return "subscribe"; }
    std::string_view summary() const override {
        return "subscribe as a Cognito user, and print what arrives";
    }
    std::string_view description() const override {
        return "Runs until it is interrupted, or until -C messages or -W seconds. The subscription "
               "is restored\nafter a lost connection.\n\nThe client ID is the identity ID: two "
               "commands of one user at a time take each other's\nconnection over, unless one has "
               "its own (-i) and the policies allow it.\n\n    cogniot subscribe --config "
               "cogniot.yaml -u alice -v -t '$aws/things/device_1/shadow/#'\n";
    }
    void declare(options& o) override {
        o.texts("-t,--topic", filters_, "topic filter, several times").required();
        o.group("Messages");
        o.number("-C,--count", count_, 1, INT64_MAX, "end after so many messages");
        o.group("Messages");
        o.number("-W,--timeout", timeout_seconds_, 1, 31'536'000, "end after so many seconds");
        o.group("Messages");
        o.flag("-v,--verbose", is_verbose_, "print the topic before the payload");
        o.group("Messages");
        o.text("-F,--format", format_,
               "%t topic, %p payload, %q QoS, %r retain, %l length, %j JSON, %J JSON with a JSON "
               "payload, %x hexadecimal, %I time, %U seconds");
        o.group("Messages");
        o.flag("-N,--no-eol", has_no_line_end_, "no line end after a message").group("Messages");
        link_.declare(o);
    }

    exit_code run(terminal& io) override {
        for (auto const& filter : filters_) {
            wanted_.push_back({filter, link_.level()});
            if (auto const fine = client::check_topic_request(wanted_.back(), link_.broker());
                !fine)
                return complain(io, name(), fine.error());
        }
        auto format = message_format::parse(format_                             ? *format_
                                            : link_.connection.output == "json" ? "%J"
                                            : is_verbose_                       ? "%t %p"
                                                                                : "%p");
        if (!format)
            return complain(io, name(), format.error());
        net::loop loop;
        auto link = user_link::open(loop, link_, io);
        if (!link)
            return complain(io, name(), link.error());
        result<exit_code> done = fail(net::errc::cancelled);
        loop.run_until_done([&]() -> net::task<void> {
            auto listening = listen(loop, **link, *format, io);
            done = co_await std::move(listening);
        });
        (*link)->print_warnings();
        if (!done)
            return complain(io, name(), done.error());
        return *done;
    }

  private:
    net::task<result<exit_code>> listen(net::loop& loop, user_link& user,
                                        message_format const& format, terminal& io) {
        net::signal changed(loop);
        bool is_interrupted = false;
        loop.on_termination([&] {
            is_interrupted = true;
            changed.notify();
        });
        std::int64_t received = 0;
        bool has_lost_some = false;
        auto bringing =
            user.bring_up({.on_message =
                               [&](client::received_message const& m) {
                                   if (count_ && received >= *count_)
                                       return;
                                   ++received;
                                   print(io, format, m);
                                   changed.notify();
                               },
                           .on_report =
                               [&](client::link_report const& r) {
                                   if (r.what == client::link_report::kind::subscription_lost) {
                                       has_lost_some = true;
                                       io.err << "cogniot subscribe: " << r.why.message() << "\n";
                                   }
                                   changed.notify();
                               }});
        auto up = co_await std::move(bringing);
        if (!up)
            co_return up.error();
        client::mqtt_link& link = **up;
        auto const started = std::chrono::steady_clock::now();
        std::optional<client::duration> limit;
        if (timeout_seconds_)
            limit = std::chrono::seconds(*timeout_seconds_);

        bool is_settled = false;
        std::optional<error> all_denied;
        net::task_group background(loop);
        background.spawn([&]() -> net::task<void> {
            auto connecting = link.connect();
            (void)co_await std::move(connecting);
        });
        background.spawn([&]() -> net::task<void> {
            auto subscribing = link.subscribe(wanted_, limit);
            auto const outcomes = co_await std::move(subscribing);
            std::size_t granted = 0;
            std::optional<error> first_refusal;
            for (auto const& outcome : outcomes) {
                if (outcome.granted) {
                    ++granted;
                    continue;
                }
                has_lost_some = true;
                if (!first_refusal)
                    first_refusal = outcome.why;
                else
                    io.err << "cogniot subscribe: " << outcome.why.message() << "\n";
            }
            if (granted == 0)
                all_denied = first_refusal;
            else if (first_refusal)
                io.err << "cogniot subscribe: " << first_refusal->message() << "\n";
            is_settled = true;
            changed.notify();
        });

        result<exit_code> ending = exit_code::ok;
        for (;;) {
            if (count_ && received >= *count_)
                break;
            if (is_interrupted)
                break;
            if (is_settled && all_denied) {
                ending = *all_denied;
                break;
            }
            if (auto const why = link.end_reason()) {
                ending = *why;
                break;
            }
            auto const spent = std::chrono::steady_clock::now() - started;
            if (limit && spent >= *limit) {
                // With -C the messages were the outcome; without it the time was.
                if (count_ || !is_settled)
                    ending = fail(client::errc::deadline_passed,
                                  std::to_string(received) + " messages arrived in " +
                                      std::to_string(*timeout_seconds_) + " s");
                break;
            }
            auto waiting = limit ? changed.wait(*limit - spent) : changed.wait();
            co_await std::move(waiting);
        }
        auto closing = link.close();
        co_await std::move(closing);
        background.cancel();
        auto joining = background.join();
        co_await std::move(joining);
        if (ending && has_lost_some)
            co_return exit_code::not_authorised;
        co_return ending;
    }

    void print(terminal& io, message_format const& format,
               client::received_message const& m) const {
        auto const now = std::chrono::time_point_cast<std::chrono::milliseconds>(
            std::chrono::system_clock::now());
        io.out << format.print(m, now) << (has_no_line_end_ ? "" : "\n") << std::flush;
    }

    link_flags link_;
    std::vector<std::string> filters_;
    std::vector<client::topic_request> wanted_;
    std::optional<std::int64_t> count_;
    std::optional<std::int64_t> timeout_seconds_;
    std::optional<std::string> format_;
    bool is_verbose_ = false;
    bool has_no_line_end_ = false;
};

} // namespace

std::unique_ptr<command> make_subscribe() {
    return std::make_unique<subscribe_command>();
}

} // namespace cogniot::cli
