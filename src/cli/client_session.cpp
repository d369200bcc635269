#include "cli/client_session.hpp"

#include "base/text.hpp"
#include "cli/client_errors.hpp"
#include "cli/password_input.hpp"
#include "client/aws_wiring.hpp"
#include "client/errors.hpp"

#include <array>
#include <cstdio>
#include <ostream>

namespace cogniot::cli {
namespace {

/// `$XDG_CACHE_HOME/cogniot`, else `~/.cache/cogniot`; nothing without a home.
std::optional<std::filesystem::path> cache_directory(client::environment const& env) {
    if (auto const xdg = env("XDG_CACHE_HOME"); xdg && xdg->starts_with('/'))
        return std::filesystem::path(*xdg) / "cogniot";
    if (auto const home = env("HOME"); home && !home->empty())
        return std::filesystem::path(*home) / ".cache" / "cogniot";
    return {};
}

/// ECMA-48's SGR: bold for names, bold red for what went wrong.
constexpr std::string_view bold = "1";
constexpr std::string_view bold_red = "1;31";

std::string painted(terminal const& io, std::string_view how, std::string_view text) {
    if (!io.colour)
        return std::string(text);
    return "\x1b[" + std::string(how) + "m" + std::string(text) + "\x1b[0m";
}

} // namespace

client_session::client_session(net::loop& loop, connection_flags const& flags, terminal& io)
    : loop_(loop), flags_(flags), io_(io) {}
client_session::~client_session() = default;

result<std::unique_ptr<client_session>> client_session::open(net::loop& loop,
                                                             connection_flags const& flags,
                                                             client::reach how_far, terminal& io) {
    auto const env = process_environment();
    auto resolved = resolve(flags, env);
    if (!resolved)
        return resolved.error();
    auto job = client::check_settings(resolved->values, how_far);
    if (!job)
        return job.error();
    std::unique_ptr<client_session> out(new client_session(loop, flags, io));
    out->values_ = resolved->values;
    auto config = client::aws_config::load(client::process_surroundings(), resolved->flags,
                                           resolved->fallbacks);
    if (!config)
        return config.error();
    out->config_.emplace(std::move(*config));
    auto aws = client::find_endpoints(*out->config_, out->values_);
    if (!aws)
        return aws.error();
    auto trust = client::find_trust(*out->config_);
    if (!trust)
        return trust.error();
    out->trust_ = *trust;
    out->backend_http_ = std::make_unique<net::http_client>(loop, *trust);
    out->backend_ =
        std::make_unique<client::backend_credentials>(loop, *out->backend_http_, *out->config_);
    auto const cache = cache_directory(env);
    out->cache_ = cache ? std::make_unique<client::identity_cache>(*cache)
                        : std::make_unique<client::identity_cache>();
    auto* const self = out.get();
    out->flow_ = std::make_unique<client::user_flow>(client::user_flow::parts{
        .on = loop,
        .trust = *trust,
        .aws = std::move(*aws),
        .job = std::move(*job),
        .backend = client::source_of(*out->backend_),
        .around = client::real_clock_and_chance(),
        .cache = out->cache_.get(),
        .observer = flags.debug ? make_step_printer(io) : client::step_observer{},
        .answerer = [self](client::challenge asked) { return self->answer(std::move(asked)); }});
    return out;
}

result<client::user_password> client_session::user() {
    client::user_password out{.user_name = values_.username.value_or("")};
    if (out.user_name.empty())
        return fail(client::errc::setting_missing,
                    "`--username` (or COGNIOT_USERNAME, or `username` in the config file) is not "
                    "set");
    auto const variable = process_environment()("COGNIOT_PASSWORD");
    auto password = flags_.password_stdin ? read_password_line(io_.in)
                    : variable            ? result<secret>(secret(*variable))
                                          : ask_hidden("Password of " + printable(out.user_name));
    if (!password) {
        auto e = password.error();
        e.detail += "; give --password-stdin or COGNIOT_PASSWORD";
        return e;
    }
    if (password->empty())
        return fail(client::errc::setting_missing, "the password is empty");
    out.password = std::move(*password);
    return out;
}

net::task<result<client::challenge_answer>> client_session::answer(client::challenge asked) {
    using kind = client::challenge::kind;
    auto const unanswered = [&](std::string const& how) {
        return fail(client::errc::challenge_unanswered,
                    "the user pool asks for " + printable(asked.name) + "; " + how);
    };
    if (asked.what == kind::new_password_required && !flags_.may_set_password)
        co_return unanswered(
            "sign in once with `cogniot sign-in` and set one: this command changes "
            "nothing");
    if (asked.what == kind::new_password_required) {
        auto const variable = process_environment()("COGNIOT_NEW_PASSWORD");
        if (!variable && !has_terminal())
            co_return unanswered("set COGNIOT_NEW_PASSWORD, or run this on a terminal once");
        auto chosen = variable ? result<secret>(secret(*variable))
                               : ask_hidden("New password of " + printable(asked.user_name));
        if (!chosen)
            co_return chosen.error();
        std::map<std::string, std::string> attributes;
        for (auto const& name : asked.required_attributes()) {
            auto value = ask_shown("Required attribute " + printable(name));
            if (!value)
                co_return value.error();
            attributes.emplace(name, std::move(*value));
        }
        co_return client::answer_new_password(std::move(*chosen), attributes);
    }
    bool const wants_code = asked.what == kind::software_token_mfa || asked.what == kind::sms_mfa ||
                            asked.name == "EMAIL_OTP" || asked.name == "SMS_OTP" ||
                            asked.name == "EMAIL_MFA";
    if (!wants_code)
        co_return unanswered("this command cannot answer that");
    if (!flags_.mfa_code.empty() && !std::exchange(code_was_used_, true))
        co_return client::answer_code(asked, secret(flags_.mfa_code));
    if (!has_terminal())
        co_return unanswered("give the code with --mfa-code");
    auto code = ask_shown("Code for " + printable(asked.name));
    if (!code)
        co_return code.error();
    co_return client::answer_code(asked, secret(std::move(*code)));
}

void client_session::print_warnings() {
    if (auto const skew = flow_->aws().skew().report(); !skew.empty())
        io_.err << "cogniot: warning: " << skew << "; signing by AWS's clock\n";
}

client::step_observer make_step_printer(terminal& io) {
    return [&io](client::step_report const& step) {
        std::array<char, 32> took{};
        std::snprintf(took.data(), took.size(), "%.1f ms",
                      static_cast<double>(step.took.count()) / 1000);
        io.err << painted(io, bold, step.name) << " (" << took.data() << ")\n    sent  "
               << step.sent << "\n    "
               << (step.has_failed ? painted(io, bold_red, "but") + "   " : "got   ")
               << step.came_back << "\n";
    };
}

std::function<void(client::link_report const&)>
make_link_printer(terminal& io, client::link_settings const& link) {
    using clock = std::chrono::steady_clock;
    return [&io, print_step = make_step_printer(io), began = clock::time_point(),
            hello = "CONNECT as " + printable(link.client_id) + " to " +
                    link.where](client::link_report const& report) mutable {
        using kind = client::link_report::kind;
        switch (report.what) {
        case kind::connecting:
            began = clock::now();
            break;
        case kind::connected:
            print_step({.name = "connect",
                        .sent = hello,
                        .came_back = std::string("CONNACK, connected") +
                                     (report.session_present ? ", session kept" : ""),
                        .took = std::chrono::duration_cast<std::chrono::microseconds>(clock::now() -
                                                                                      began)});
            break;
        case kind::interrupted:
            io.err << "interrupted: " << report.why.message() << "; next attempt in "
                   << report.retry_in.count() << " ms\n";
            break;
        case kind::subscription_lost:
            io.err << "subscription lost: " << report.why.message() << "\n";
            break;
        case kind::ended:
            // That we ended it ourselves is no news.
            if (report.why.code != make_error_code(client::errc::stopped))
                io.err << "ended: " << report.why.message() << "\n";
            break;
        }
    };
}

exit_code complain(terminal& io, std::string_view command, error const& e) {
    io.err << painted(io, bold_red, "cogniot " + std::string(command) + ":") << " " << e.message()
           << "\n";
    return exit_code_of(e);
}

} // namespace cogniot::cli
