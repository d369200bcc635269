#include "client/doctor/examination.hpp"

#include "client/doctor/chart.hpp"
#include "client/doctor/checks.hpp"

#include <algorithm>

namespace cogniot::client::doctor {

std::string chart::client_id() const {
    if (!who.asked.client_id.empty())
        return who.asked.client_id;
    return identity ? identity->text : std::string();
}

std::string chart::role_name() const {
    if (caller && !caller->role_name().empty())
        return caller->role_name();
    return role_name_of(role_arn);
}

utc_time chart::server_time() {
    return aws().now() + std::chrono::duration_cast<utc_time::duration>(
                             aws().skew().measured().value_or(std::chrono::milliseconds(0)));
}

void chart::tell(finding f) {
    hide(f, secrets);
    if (who.on_finding)
        who.on_finding(f);
    report.add(std::move(f));
}

bool chart::is_out_of_reach(service s, step which) {
    if (!out_of_reach.contains(s))
        return false;
    tell(skipped(which, std::string(service_name(s)) + " is out of reach"));
    return true;
}

namespace {

/// Those that are known before anything is asked.
net::task<std::vector<secret>> gather_secrets(chart& c) {
    auto const& app = c.job().app;
    std::vector<secret> out{c.who.user.password, app.client_secret};
    if (!app.client_secret.empty())
        out.emplace_back(secret_hash(app, c.who.user.user_name));
    if (c.aws().backend().find) {
        auto asking = c.aws().backend().find();
        auto const backend = co_await std::move(asking);
        if (backend) {
            out.push_back(backend->secret_access_key);
            out.emplace_back(backend->session_token);
        }
    }
    co_return out;
}

/// iot:Publish and iot:Subscribe, as far as topics are meant for them.
std::vector<std::string> actions_on_topics(asked const& what) {
    auto const attempts = make_attempts(what);
    std::vector<std::string> out;
    for (auto const verb : {cloud::attempt::verb::publish, cloud::attempt::verb::subscribe})
        if (std::ranges::any_of(attempts, [&](auto const& each) { return each.what == verb; }))
            out.emplace_back(cloud::action_of(verb));
    return out;
}

} // namespace

net::task<report> examine(patient who) {
    chart c{.who = std::move(who)};
    auto gathering = gather_secrets(c);
    c.secrets = co_await std::move(gathering);
    if (!c.who.asked.url.empty()) {
        for (auto const step : {examine_url, examine_log}) {
            auto walking = step(c);
            co_await std::move(walking);
        }
        co_return std::move(c.report);
    }
    c.gateway_host = c.job().iot_endpoint.host;
    c.report.expect(actions_on_topics(c.who.asked));
    c.tell(check_configuration(c.job(), c.aws().settings()));
    for (auto const step :
         {examine_endpoints, examine_clock, examine_app_client, examine_sign_in, examine_provider,
          examine_identity, examine_role, examine_trust, examine_credentials, examine_role_policies,
          examine_iot_policies, examine_locks, examine_history, examine_limits, examine_permissions,
          examine_aws_answers, examine_link, examine_log}) {
        auto walking = step(c);
        co_await std::move(walking);
    }
    co_return std::move(c.report);
}

report report_unusable_settings(error const& why) {
    report out;
    out.add(failed(step::configuration, why,
                   "set it as the message says; docs/cli.md lists flags, "
                   "variables and file keys"));
    for (auto s = static_cast<int>(step::configuration) + 1; s <= static_cast<int>(step::log); ++s)
        out.add(skipped(static_cast<step>(s), "the configuration is not complete"));
    return out;
}

} // namespace cogniot::client::doctor
