// cogniot doctor: why a Cognito user cannot connect, publish or subscribe, step by step, and what
// to do about it. Against the local cloud and a real account alike.
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
               "The real connection takes over that of another program with the same client ID; "
               "--no-connect leaves\nit out.\n";
    }

    void declare(options& o) override {
        o.texts("-t,--topic", asked_.topics,
                "topic to publish to and to subscribe to, several "
                "times");
        o.group("Question");
        o.choice("--for", purpose_, {"both", "publish", "subscribe"},
                 "what the topics are for: publish, or subscribe and receive");
        o.group("Question");
        o.text("-i,--id,--client-id", flags_.given.client_id,
               "client ID; default: the identity ID (COGNIOT_CLIENT_ID)");
        o.group("Question");
        o.text("-m,--message", asked_.payload, "really publishes it to the topics");
        o.group("Question");
        o.flag("--publish", publishes_, "really publishes, `{}` without -m").group("Question");
        o.flag("-r,--retain", asked_.retains, "as a retained message").group("Question");
        o.flag("--clean-session", asked_.clean_session,
               "connects as publish --clean-session does: the broker forgets a kept session");
        o.group("Question");
        o.flag("--no-connect", no_connect_, "no real connection").group("Question");
        o.choice("--fix", fix_, {"nothing", "attach-policy"},
                 "attach-policy: attaches --iot-policy if it is not attached");
        o.group("Question");
        o.number("--log-wait", log_wait_, 0, 600,
                 "seconds to wait for AWSIotLogsV2 after a refusal");
        o.group("Question");
        o.flag("--json", is_json_, "the same as --output json").group("Output");
        flags_.declare(o, client::reach::publish);
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
        auto session = client_session::open(loop, session_flags, client::reach::publish, io);
        auto user = session ? (*session)->user() : session.error();
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
        asked_.publishes = purpose_ != "subscribe";
        asked_.subscribes = purpose_ != "publish";
        asked_.connects = !no_connect_;
        asked_.attaches_policy = fix_ == "attach-policy";
        asked_.log_patience = std::chrono::seconds(log_wait_);
        if (asked_.payload)
            for (auto const& topic : asked_.topics)
                if (auto const fine = client::check_message({topic, *asked_.payload},
                                                            client::broker_kind::aws_iot);
                    !fine)
                    return fine;
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
    std::string purpose_ = "both";
    std::string fix_ = "nothing";
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
