// cogniot publish: mosquitto_pub's flags, as a Cognito user; each message's end is told.
#include "base/read_file.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/line_source.hpp"
#include "cli/link_flags.hpp"
#include "cli/publish_report.hpp"
#include "client/errors.hpp"
#include "json/parse.hpp"
#include "net/with_timeout.hpp"

#include <boost/json.hpp>

#include <iterator>
#include <ostream>
#include <unistd.h>

namespace cogniot::cli {
namespace {

/// Tells the last step of the job for --debug: what was published, how that ended, how long it
/// took.
class step_printer {
  public:
    step_printer(bool is_wanted, terminal& io, client::message const& m) {
        if (!is_wanted)
            return;
        print_ = make_step_printer(io);
        sent_ = "PUBLISH QoS " + std::to_string(static_cast<int>(m.level)) + " " +
                printable(m.topic) + ", " + std::to_string(m.payload.size()) + " bytes";
        answer_ = m.level == mqtt::qos::at_most_once ? "an answer to the ping behind it" : "PUBACK";
    }
    void ended(client::publish_outcome const& outcome) const {
        bool const is_delivered = outcome.how == client::publish_outcome::kind::delivered;
        if (print_)
            print_({.name = "publish",
                    .sent = sent_,
                    .came_back = is_delivered ? answer_
                                              : std::string(name_of(outcome.how)) + ": " +
                                                    outcome.why.message(),
                    .took = std::chrono::duration_cast<std::chrono::microseconds>(
                        std::chrono::steady_clock::now() - began_),
                    .has_failed = !is_delivered});
    }

  private:
    client::step_observer print_{};
    std::string sent_{};
    std::string answer_{};
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

class publish_command final : public command {
  public:
    std::string_view name() const override { return "publish"; }
    std::string_view summary() const override {
        return "publish as a Cognito user, and wait for the acknowledgement";
    }
    std::string_view description() const override {
        return "Signs in, gets credentials, attaches the IoT policy, connects over WebSocket and "
               "publishes.\nExit code 0 only if every message was acknowledged (QoS 0: if the "
               "broker still answered after it).\n\n    cogniot publish --config cogniot.yaml -u "
               "alice -q 1 \\\n        -t '$aws/things/device_1/shadow/update' -m "
               "'{\"state\":{\"desired\":{\"power\":\"OFF\"}}}'\n";
    }
    void declare(options& o) override {
        o.text("-t,--topic", topic_, "where to").required();
        o.group("Message");
        o.text("-m,--message", text_, "the payload").group("Message");
        o.text("-f,--file", file_, "the payload is a file's content").group("Message");
        o.flag("-l,--stdin-line", is_by_line_, "one message a line of standard input");
        o.group("Message");
        o.flag("-s,--stdin-file", is_stdin_, "the payload is all of standard input");
        o.group("Message");
        o.flag("-n,--null-message", is_empty_, "an empty payload").group("Message");
        o.flag("-r,--retain", is_retained_, "the broker keeps the message").group("Message");
        o.flag("--json", is_json_, "refuse a payload that is not JSON, saying where")
            .group("Message");
        o.number(
            "-W,--timeout", timeout_seconds_, 1, 86400,
            "seconds until an unacknowledged message is given up, 30 by default; if given, the "
            "sign-in counts too");
        o.group("Message");
        link_.declare(o);
        o.flag("-v,--verbose", link_.connection.debug, "the same as --debug").group("Output");
    }

    exit_code run(terminal& io) override {
        if (auto const wrong = check_flags(); !wrong)
            return complain(io, name(), wrong.error());
        message_ = {.topic = topic_, .level = link_.level(), .retain = is_retained_};
        if (!is_by_line_) {
            auto payload = read_payload(io);
            if (!payload)
                return complain(io, name(), payload.error());
            message_.payload = std::move(*payload);
        }
        if (auto const checked = check(message_); !checked)
            return complain(io, name(), checked.error());
        net::loop loop;
        auto link = user_link::open(loop, link_, io);
        if (!link)
            return complain(io, name(), link.error());
        result<void> done;
        loop.run_until_done([&]() -> net::task<void> {
            auto publishing = publish(loop, **link, io);
            done = co_await std::move(publishing);
        });
        (*link)->print_warnings();
        if (!done)
            return complain(io, name(), done.error());
        for (auto const& text : report_.failures(is_by_line_ ? "line" : "message"))
            io.err << "cogniot publish: " << text << "\n";
        if (is_by_line_ && report_.failed() > 0)
            io.err << "cogniot publish: " << report_.delivered() << " of "
                   << report_.delivered() + report_.failed() << " lines were acknowledged\n";
        return report_.code();
    }

  private:
    result<void> check_flags() const {
        int const sources = static_cast<int>(text_.has_value()) +
                            static_cast<int>(file_.has_value()) + static_cast<int>(is_by_line_) +
                            static_cast<int>(is_stdin_) + static_cast<int>(is_empty_);
        if (sources != 1)
            return fail(client::errc::setting_unusable,
                        "give exactly one of -m, -f, -l, -s and -n");
        if (link_.connection.password_stdin && (is_by_line_ || is_stdin_))
            return fail(client::errc::setting_unusable,
                        "--password-stdin and -l or -s both read standard input");
        return {};
    }

    result<std::string> read_payload(terminal& io) const {
        if (is_empty_)
            return std::string();
        if (text_)
            return *text_;
        if (is_stdin_)
            return std::string(std::istreambuf_iterator<char>(io.in), {});
        auto content = read_file(*file_);
        if (!content)
            return fail(client::errc::setting_unusable,
                        "-f `" + printable(*file_) + "`: " + content.error().message());
        return content;
    }

    result<void> check(client::message const& m) const {
        if (auto const fine = client::check_message(m, link_.broker()); !fine)
            return fine;
        // Lines are checked one by one, when they come.
        return is_json_ && !is_by_line_ ? client::check_json_payload(m.payload) : result<void>();
    }

    net::task<result<void>> publish(net::loop& loop, user_link& user, terminal& io) {
        auto const began = std::chrono::steady_clock::now();
        auto bringing = bring_up(user);
        auto up = co_await std::move(bringing);
        if (!up)
            co_return up.error();
        client::mqtt_link& link = **up;
        // Handed over before CONNACK: the first message leaves with it.
        net::task_group connecting(loop);
        connecting.spawn([&link]() -> net::task<void> {
            auto starting = link.connect();
            (void)co_await std::move(starting);
        });
        if (is_by_line_) {
            auto lines = publish_lines(loop, link, io);
            co_await std::move(lines);
        } else {
            step_printer const step(link_.connection.debug, io, message_);
            auto sending = link.publish(
                message_, timeout_seconds_ ? began + limit() - std::chrono::steady_clock::now()
                                           : client::duration(limit()));
            auto const outcome = co_await std::move(sending);
            step.ended(outcome);
            report_.ended(1, outcome);
            print_outcome(io, 1, outcome);
        }
        auto closing = link.close();
        co_await std::move(closing);
        auto joining = connecting.join();
        co_await std::move(joining);
        co_return result<void>();
    }

    std::chrono::seconds limit() const {
        return std::chrono::seconds(timeout_seconds_.value_or(30));
    }

    /// Without -W each call of the sign-in has its own bound, and people may take their time for a
    /// new password or a code.
    net::task<result<client::mqtt_link*>> bring_up(user_link& user) const {
        auto bringing = user.bring_up({});
        if (!timeout_seconds_)
            co_return co_await std::move(bringing);
        auto const began = std::chrono::steady_clock::now();
        auto bounded = net::with_timeout(limit(), std::move(bringing));
        auto up = co_await std::move(bounded);
        if (!up && std::chrono::steady_clock::now() - began >= limit())
            co_return fail(client::errc::deadline_passed,
                           "nothing was sent: the sign-in had not ended after " +
                               std::to_string(*timeout_seconds_) + " s");
        co_return up;
    }

    net::task<void> publish_lines(net::loop& loop, client::mqtt_link& link, terminal& io) {
        net::signal changed(loop);
        bool at_end = false;
        std::size_t open = 0;
        std::uint64_t last = 0;
        line_source lines(
            loop, STDIN_FILENO, client::link_settings{}.max_in_flight,
            [&](std::uint64_t number, std::optional<std::string> line) {
                last = number;
                if (!line) {
                    report_.unusable(number, fail(client::errc::setting_unusable,
                                                  "the line is longer than 16 MiB"));
                    lines.done();
                    return;
                }
                if (line->empty()) { // as mosquitto_pub: an empty line is no message
                    lines.done();
                    return;
                }
                auto one = message_;
                one.payload = std::move(*line);
                auto usable = check(one);
                if (usable && is_json_)
                    usable = client::check_json_payload(one.payload);
                if (!usable) {
                    report_.unusable(number, usable.error());
                    lines.done();
                    return;
                }
                ++open;
                step_printer step(link_.connection.debug, io, one);
                link.publish(
                    std::move(one), limit(),
                    [&, number, step = std::move(step)](client::publish_outcome const& outcome) {
                        step.ended(outcome);
                        report_.ended(number, outcome);
                        print_outcome(io, number, outcome);
                        --open;
                        lines.done();
                        changed.notify();
                    });
            },
            [&] {
                at_end = true;
                changed.notify();
            });
        while (!at_end || open > 0) {
            auto waiting = changed.wait();
            bool const is_awake = co_await std::move(waiting);
            if (!is_awake)
                break;
            if (open == 0 && !at_end && link.end_reason()) {
                io.err << "cogniot publish: stopped reading after line " << last
                       << ": later lines were not sent\n";
                break;
            }
        }
    }

    void print_outcome(terminal& io, std::uint64_t number,
                       client::publish_outcome const& outcome) const {
        if (link_.connection.output != "json")
            return;
        json::object out{{"topic", topic_},
                         {"qos", link_.qos},
                         {"outcome", name_of(outcome.how)},
                         {"sends", outcome.sends}};
        if (is_by_line_)
            out["line"] = number;
        if (outcome.how != client::publish_outcome::kind::delivered)
            out["reason"] = outcome.why.message();
        io.out << json::print(out) << std::endl;
    }

    link_flags link_;
    std::string topic_;
    std::optional<std::string> text_;
    std::optional<std::string> file_;
    bool is_by_line_ = false;
    bool is_stdin_ = false;
    bool is_empty_ = false;
    bool is_retained_ = false;
    bool is_json_ = false;
    std::optional<std::int64_t> timeout_seconds_;
    client::message message_;
    publish_report report_;
};

} // namespace

std::unique_ptr<command> make_publish() {
    return std::make_unique<publish_command>();
}

} // namespace cogniot::cli
