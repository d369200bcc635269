// cogniot subscribe: mosquitto_sub's flags, as a Cognito user.
#include "cli/client_errors.hpp"
#include "cli/commands.hpp"
#include "cli/link_flags.hpp"
#include "cli/message_format.hpp"
#include "client/errors.hpp"

#include <algorithm>
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
    /// What has happened so far; the waiting coroutine looks at it whenever something changes.
    struct progress {
        explicit progress(net::loop& on) : changed(on) {}
        net::signal changed;
        client::mqtt_link* link = nullptr;
        std::int64_t received = 0;
        bool is_interrupted = false;
        bool is_output_gone = false;
        /// Every filter was answered.
        bool is_settled = false;
        bool was_one_refused = false;
        /// Nothing can come any more: sign-in failed, or every filter was refused.
        std::optional<error> failure{};
        /// Why there is no connection now.
        std::optional<error> interrupted{};
    };

    net::task<result<exit_code>> listen(net::loop& loop, user_link& user,
                                        message_format const& format, terminal& io) {
        progress now(loop);
        loop.on_termination([&] {
            now.is_interrupted = true;
            now.changed.notify();
        });
        net::task_group background(loop);
        background.spawn([&] { return subscribe(loop, user, format, io, now); });
        auto waiting = wait_for_end(now);
        auto ending = co_await std::move(waiting);
        if (now.link) {
            auto closing = now.link->close();
            co_await std::move(closing);
        }
        background.cancel();
        auto joining = background.join();
        co_await std::move(joining);
        if (now.is_output_gone) {
            io.err << "cogniot subscribe: stdout could not be written; a message was left with "
                      "the broker\n";
            co_return exit_code::failed;
        }
        if (ending && now.was_one_refused)
            co_return exit_code::not_authorised;
        co_return ending;
    }

    /// Signs in, connects and asks for the filters; ends when they are answered.
    net::task<void> subscribe(net::loop& loop, user_link& user, message_format const& format,
                              terminal& io, progress& now) {
        auto bringing = user.bring_up(listen_with(format, io, now));
        auto up = co_await std::move(bringing);
        if (!up) {
            now.failure = up.error();
            now.changed.notify();
            co_return;
        }
        now.link = *up;
        net::task_group connecting(loop);
        connecting.spawn([&]() -> net::task<void> {
            auto starting = now.link->connect();
            (void)co_await std::move(starting);
        });
        auto subscribing = now.link->subscribe(wanted_);
        auto const outcomes = co_await std::move(subscribing);
        note(outcomes, io, now);
        auto joining = connecting.join();
        co_await std::move(joining);
    }

    client::link_handlers listen_with(message_format const& format, terminal& io,
                                      progress& now) const {
        return {.on_message =
                    [this, &format, &io, &now](client::received_message const& m) {
                        if (now.is_output_gone || is_enough(now))
                            return client::reception::left;
                        print(io, format, m);
                        now.is_output_gone = !io.out;
                        now.received += now.is_output_gone ? 0 : 1;
                        now.changed.notify();
                        return now.is_output_gone ? client::reception::left
                                                  : client::reception::taken;
                    },
                .on_report =
                    [&io, &now](client::link_report const& r) {
                        using kind = client::link_report::kind;
                        if (r.what == kind::subscription_lost)
                            refuse(io, r.why, now);
                        if (r.what == kind::interrupted)
                            now.interrupted = r.why;
                        if (r.what == kind::connected)
                            now.interrupted.reset();
                        now.changed.notify();
                    }};
    }

    void note(std::vector<client::filter_outcome> const& outcomes, terminal& io,
              progress& now) const {
        bool const is_any_granted =
            std::any_of(outcomes.begin(), outcomes.end(),
                        [](client::filter_outcome const& o) { return o.granted.has_value(); });
        for (auto const& outcome : outcomes) {
            if (outcome.granted)
                continue;
            // The last one that is left to complain about is the command's own end.
            if (!is_any_granted && !now.failure)
                now.failure = outcome.why;
            else
                refuse(io, outcome.why, now);
        }
        now.is_settled = true;
        now.changed.notify();
    }

    /// Names a filter that is refused; whatever else ends a filter is not the policies' doing.
    static void refuse(terminal& io, error const& why, progress& now) {
        if (why.code != make_error_code(client::errc::subscribe_denied))
            return;
        now.was_one_refused = true;
        io.err << "cogniot subscribe: " << why.message() << "\n";
    }

    bool is_enough(progress const& now) const { return count_ && now.received >= *count_; }

    net::task<result<exit_code>> wait_for_end(progress& now) {
        auto const started = std::chrono::steady_clock::now();
        std::optional<client::duration> limit;
        if (timeout_seconds_)
            limit = std::chrono::seconds(*timeout_seconds_);
        for (;;) {
            if (is_enough(now) || now.is_interrupted || now.is_output_gone)
                co_return exit_code::ok;
            if (now.failure)
                co_return *now.failure;
            if (now.link)
                if (auto const why = now.link->end_reason())
                    co_return *why;
            auto const spent = std::chrono::steady_clock::now() - started;
            if (limit && spent >= *limit)
                co_return too_late(now);
            auto waiting = limit ? now.changed.wait(*limit - spent) : now.changed.wait();
            co_await std::move(waiting);
        }
    }

    /// With -C the messages were the outcome; without it the time was.
    result<exit_code> too_late(progress const& now) const {
        if (!count_ && now.is_settled)
            return exit_code::ok;
        auto text = std::to_string(now.received) + " messages arrived in " +
                    std::to_string(*timeout_seconds_) + " s";
        if (!now.link)
            text += "; the sign-in had not ended";
        else if (now.interrupted)
            text += "; no connection: " + now.interrupted->message();
        return fail(client::errc::deadline_passed, std::move(text));
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
