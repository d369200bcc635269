// cogniot doctor: why a Cognito user cannot connect, publish or subscribe, step by step, and what
// to do about it. Against the local cloud and a real account alike.
#include "base/duration.hpp"
#include "base/text.hpp"
#include "cli/client_errors.hpp"
#include "cli/client_session.hpp"
#include "cli/commands.hpp"
#include "client/doctor/examination.hpp"
#include "client/errors.hpp"
#include "client/outgoing_check.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

#include <iomanip>
#include <ostream>

namespace cogniot::cli {
namespace {

namespace doctor = client::doctor;

std::string_view word_for(doctor::verdict how) {
    switch (how) {
    case doctor::verdict::passed:
        return "passed";
    case doctor::verdict::failed:
        return "FAILED";
    case doctor::verdict::suspected:
        return "suspected";
    case doctor::verdict::skipped:
        return "skipped";
    case doctor::verdict::not_permitted:
        return "not permitted";
    case doctor::verdict::not_available:
        return "not available";
    }
    return "";
}

constexpr int verdict_width = 15;
constexpr int step_width = 15;

void print_line(std::ostream& out, doctor::finding const& f) {
    auto const more = [&](std::string_view what, std::string const& text) {
        out << std::string(verdict_width + step_width, ' ') << what << text << "\n";
    };
    out << std::left << std::setw(verdict_width) << word_for(f.how) << std::setw(step_width)
        << doctor::name_of(f.step);
    if (!f.action.empty())
        out << f.action << " on " << f.resource << "\n";
    if (f.action.empty())
        out << f.says << "\n";
    else
        more("", f.says);
    for (auto const& line : f.details)
        more("- ", line);
    if (!f.remedy.empty())
        more("do: ", f.remedy);
    out.flush();
}

class doctor_command final : public command {
  public:
    std::string_view name() const override { return "doctor"; }
    std::string_view summary() const override {
        return "find out why a Cognito user cannot connect, publish or subscribe";
    }
    std::string_view description() const override {
        return "Walks from the settings to a real connection and says at the first step that fails "
               "what is wrong\nand what to do. With the backend's credentials it also looks at "
               "pools, role and policies and decides\nas AWS would; what they may not look at is "
               "named. Changes nothing unless --fix is given.\n\n"
               "    cogniot doctor --config cogniot.yaml -u alice -t "
               "'$aws/things/device_1/shadow/update'\n\n"
               "An application that ran and failed, with the client ID device_1:\n\n"
               "    cogniot doctor --config cogniot.yaml -u alice -i device_1 --since 10m\n\n"
               "A presigned URL that is answered with 403, with the credentials it was signed with "
               "in "
               "the environment:\n\n"
               "    cogniot doctor --url 'wss://…'\n\n"
               "The real connection takes over that of another program with the same client ID; "
               "--no-connect leaves\nit out.\n";
    }

    void declare(options& o) override {
        o.texts("-t,--topic", asked_.topics,
                "topic to publish to and to subscribe to, several "
                "times");
        o.group("Question");
        o.choice("--for", purpose_, {"any", "both", "publish", "subscribe"},
                 "what the topics are for: publish, or subscribe and receive; any: not said");
        o.group("Question");
        o.text("-i,--id,--client-id", flags_.given.client_id,
               "client ID; default: the identity ID (COGNIOT_CLIENT_ID)");
        o.group("Question");
        o.text("-m,--message", asked_.payload, "really publishes it to the topics");
        o.group("Question");
        o.flag("--publish", publishes_, "really publishes, `{}` without -m").group("Question");
        o.flag("-r,--retain", asked_.retains, "as a retained message").group("Question");
        declare_application(o);
        o.flag("--clean-session", asked_.clean_session,
               "connects as publish --clean-session does: the broker forgets a kept session");
        o.group("Question");
        o.flag("--no-connect", no_connect_, "no real connection").group("Question");
        o.text("--url", asked_.url,
               "judges this presigned wss URL and tries the upgrade, nothing else");
        o.group("Question");
        o.text("--since", since_,
               "reads in AWSIotLogsV2 what the application did, that long back (30s, 10m, 2h)");
        o.group("Question");
        o.number("--watch", watch_, 0, 86'400,
                 "looks on for so many seconds while the application runs");
        o.group("Question");
        o.choice("--fix", fix_, {"nothing", "attach-policy"},
                 "attach-policy: attaches --iot-policy if it is not attached");
        o.group("Question");
        o.number("--log-wait", log_wait_, 0, 600,
                 "seconds to wait for entries that are on their way to AWSIotLogsV2");
        o.group("Question");
        o.flag("--json", is_json_, "the same as --output json").group("Output");
        flags_.declare(o, client::reach::publish);
    }

    /// What the application is said to do: judged, not done.
    void declare_application(options& o) {
        std::string const heading = "What the application does";
        o.choice("-V,--protocol", protocol_, {"3.1", "3.1.1", "5"},
                 "the MQTT version it speaks; the doctor connects with it, too");
        o.group(heading);
        o.number("-q,--qos", qos_, 0, 2, "its quality of service (1)").group(heading);
        o.number("--size", size_, 0, most, "bytes of its largest payload").group(heading);
        o.number("--rate", rate_, 0, most, "messages a second that it publishes").group(heading);
        o.number("--connects", connects_, 0, most, "times a second that it reconnects");
        o.group(heading);
        o.number("--filters", filters_, 0, most, "filters in one SUBSCRIBE").group(heading);
        o.number("--subscriptions", subscriptions_, 0, most, "subscriptions of the connection");
        o.group(heading);
        o.text("--will-topic", will_topic_, "its will's topic").group(heading);
        o.number("--will-qos", will_qos_, 0, 2, "its will's quality of service").group(heading);
        o.flag("--will-retain", will_retain_, "its will is retained").group(heading);
        o.flag("--no-client-id", asked_.has_no_client_id, "it leaves the client ID to the broker");
        o.group(heading);
    }

    exit_code run(terminal& io) override {
        is_json_ |= flags_.output == "json";
        flags_.may_set_password = false;
        if (auto const usable = check(); !usable)
            return complain(io, name(), usable.error());
        // The session attaches nothing: the doctor does, when it is asked to.
        auto session_flags = flags_;
        session_flags.no_attach_policy = true;
        net::loop loop;
        bool const is_for_url = !asked_.url.empty();
        auto session = client_session::open(
            loop, session_flags, is_for_url ? client::reach::look : client::reach::publish, io);
        auto user = !session     ? result<client::user_password>(session.error())
                    : is_for_url ? result<client::user_password>(client::user_password{})
                                 : (*session)->user();
        if (!user)
            return finish(io, doctor::report_unusable_settings(user.error()));
        if (!is_json_)
            told_ = [&io](doctor::finding const& f) { print_line(io.out, f); };
        asked_.client_id = (*session)->job().client_id;
        asked_.iot_policy = (*session)->values().iot_policy.value_or("");
        doctor::report found;
        loop.run_until_done([&]() -> net::task<void> {
            auto examining = doctor::examine({.on = loop,
                                              .trust = (*session)->trust(),
                                              .flow = (*session)->flow(),
                                              .user = *user,
                                              .asked = asked_,
                                              .on_finding = told_});
            found = co_await std::move(examining);
        });
        return finish(io, found);
    }

  private:
    /// What only this command's flags can have wrong. Fills the rest of the question in.
    result<void> check() {
        if (publishes_ && !asked_.payload)
            asked_.payload = "{}";
        if (asked_.payload && asked_.topics.empty())
            return fail(client::errc::setting_missing, "-m and --publish need a topic: -t");
        if (since_) {
            asked_.since = parse_duration(*since_);
            if (!asked_.since)
                return fail(client::errc::setting_unusable,
                            "--since `" + printable(*since_) + "`: 30s, 10m, 2h or 1d");
        }
        asked_.watch = std::chrono::seconds(watch_);
        asked_.publishes = purpose_ != "subscribe";
        asked_.subscribes = purpose_ != "publish";
        asked_.is_for_both = purpose_ == "both";
        if (auto const fine = check_application(); !fine)
            return fine;
        asked_.connects = !no_connect_;
        asked_.attaches_policy = fix_ == "attach-policy";
        asked_.log_patience = std::chrono::seconds(log_wait_);
        // How large the payload is, is a question to the doctor.
        if (asked_.payload)
            for (auto const& topic : asked_.topics)
                if (auto const fine =
                        client::check_message({topic, {}}, client::broker_kind::aws_iot);
                    !fine)
                    return fine;
        return {};
    }

    result<void> check_application() {
        asked_.version = protocol_ == "5"     ? mqtt::version::v5
                         : protocol_ == "3.1" ? mqtt::version::v31
                                              : mqtt::version::v311;
        asked_.level = static_cast<mqtt::qos>(qos_);
        asked_.payload_bytes = size_;
        asked_.publishes_per_second = static_cast<std::uint32_t>(rate_);
        asked_.connects_per_second = static_cast<std::uint32_t>(connects_);
        asked_.filters_together = filters_;
        asked_.subscriptions = subscriptions_;
        if (will_topic_)
            asked_.will = {*will_topic_, static_cast<mqtt::qos>(will_qos_), will_retain_};
        else if (will_qos_ != 0 || will_retain_)
            return fail(client::errc::setting_missing,
                        "--will-qos and --will-retain need the will's topic: --will-topic");
        return {};
    }

    exit_code finish(terminal& io, doctor::report const& found) const {
        auto const* const cause = found.cause();
        if (is_json_) {
            io.out << json::print(doctor::print_json(found)) << "\n";
        } else {
            if (!told_)
                for (auto const& f : found.findings())
                    if (f.how != doctor::verdict::skipped)
                        print_line(io.out, f);
            io.out << "\n" << (cause ? "Cause: " : "") << found.conclusion() << "\n";
            if (cause)
                io.out << "Do:    " << cause->remedy << "\n";
        }
        return cause ? exit_code_of(error{cause->code}) : exit_code::ok;
    }

    connection_flags flags_;
    doctor::asked asked_;
    static constexpr std::int64_t most = 1'000'000'000;
    /// `any`: not said; each topic may be for one or for both.
    std::string purpose_ = "any";
    std::string protocol_ = "3.1.1";
    std::int64_t qos_ = 1;
    std::optional<std::int64_t> size_{};
    std::int64_t rate_ = 0;
    std::int64_t connects_ = 0;
    std::optional<std::int64_t> filters_{};
    std::optional<std::int64_t> subscriptions_{};
    std::optional<std::string> will_topic_{};
    std::int64_t will_qos_ = 0;
    bool will_retain_ = false;
    std::string fix_ = "nothing";
    std::optional<std::string> since_{};
    std::int64_t watch_ = 0;
    bool publishes_ = false;
    bool no_connect_ = false;
    bool is_json_ = false;
    std::int64_t log_wait_ = 20;
    std::function<void(doctor::finding const&)> told_{};
};

} // namespace

std::unique_ptr<command> make_doctor() {
    return std::make_unique<doctor_command>();
}

} // namespace cogniot::cli
