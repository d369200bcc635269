// Step 1 and what it needs: endpoints, clock, app client, sign-in, and the identity that follows.
#include "base/text.hpp"
#include "client/doctor/chart.hpp"
#include "client/doctor/checks.hpp"
#include "client/errors.hpp"
#include "client/id_token.hpp"
#include "client/iot_calls.hpp"
#include "client/pool_calls.hpp"
#include "client/steps.hpp"
#include "json/parse.hpp"

#include <map>

namespace cogniot::client::doctor {
namespace {

constexpr std::chrono::seconds connect_timeout{8};

std::string what_helps(error const& why) {
    if (why.code == net::make_error_code(net::errc::host_not_found))
        return "check region and endpoint, and this machine's DNS";
    if (why.code == net::make_error_code(net::errc::certificate_not_trusted))
        return "name the CA that signed it with --ca-bundle or AWS_CA_BUNDLE, or use the endpoint "
               "that the certificate is for";
    return "check host and port, then network, firewall and proxy between here and there";
}

/// Without them there is no sign-in; the others are for looking.
bool is_needed(service s) {
    return s == service::cognito_idp || s == service::cognito_identity;
}

} // namespace

net::task<void> examine_endpoints(chart& c) {
    std::map<net::origin, std::set<service>> all;
    for (auto const s : all_services)
        all[c.aws().endpoint(s).at].insert(s);
    auto const gateway = c.job().iot_endpoint;
    all[gateway];
    auto good = passed(step::endpoints, {});
    std::optional<finding> bad;
    for (auto const& [to, services] : all) {
        auto connecting = net::connect(to, c.who.trust, connect_timeout);
        auto connected = co_await std::move(connecting);
        if (connected) {
            (*connected)->abort();
            good.says += (good.says.empty() ? "" : ", ") + to.host_header();
            continue;
        }
        c.out_of_reach.insert(services.begin(), services.end());
        bool needed = to == gateway;
        c.gateway_is_out_of_reach |= needed;
        for (auto const s : services)
            needed |= is_needed(s);
        if (needed && !bad)
            bad = failed(step::endpoints, connected.error(), what_helps(connected.error()));
        else
            good.details.push_back("cannot look there: " + connected.error().message());
    }
    good.says = "reached, with trusted certificates where TLS is spoken: " + good.says;
    if (!bad && !c.out_of_reach.contains(service::iot)) {
        auto looking = look(c.aws(), make_describe_endpoint());
        auto const own = co_await std::move(looking);
        if (own)
            if (auto const address = read_endpoint(*own))
                bad = check_iot_endpoint(gateway, *address);
    }
    c.tell(bad ? std::move(*bad) : std::move(good));
}

net::task<void> measure_clock(chart& c) {
    if (!c.aws().skew().measured() && !c.out_of_reach.contains(service::cognito_idp)) {
        auto const to = c.aws().endpoint(service::cognito_idp).at;
        net::http_request request;
        request.headers.add("Host", to.host_header());
        auto const sent = c.aws().now();
        auto sending = c.who.flow.mqtt_carrier().send(to, std::move(request), connect_timeout);
        auto const answer = co_await std::move(sending);
        if (answer && !answer->headers.find("Age"))
            if (auto const date = answer->headers.find("Date"))
                c.aws().skew().observe(*date, sent, c.aws().now());
    }
}

net::task<void> examine_clock(chart& c) {
    auto measuring = measure_clock(c);
    co_await std::move(measuring);
    c.tell(check_clock(c.aws().skew().measured()));
}

net::task<void> examine_app_client(chart& c) {
    if (c.job().user_pool_id.empty()) {
        c.tell(skipped(step::app_client, "no user pool ID is set; the sign-in tells"));
        co_return;
    }
    if (c.is_out_of_reach(service::cognito_idp, step::app_client))
        co_return;
    auto looking = look(c.aws(), make_describe_app_client(c.job().user_pool_id, c.job().app.id));
    auto const answer = co_await std::move(looking);
    if (!answer) {
        c.tell(not_seen(step::app_client, answer.error(), make_error_code(errc::setting_unusable),
                        "check app client ID and user pool ID, and that both are in the region "
                        "asked"));
        co_return;
    }
    auto const* const description = json::find_object(*answer, "UserPoolClient");
    c.tell(check_app_client(c.job().app, description ? *description : json::object()));
}

net::task<void> examine_sign_in(chart& c) {
    if (c.is_out_of_reach(service::cognito_idp, step::sign_in))
        co_return;
    auto signing = c.who.flow.sign_in(c.who.user);
    auto const got = co_await std::move(signing);
    if (!got) {
        c.tell(explain_sign_in(got.error(), c.who.user.user_name, c.job().app));
        co_return;
    }
    c.signed_in = *got;
    for (auto const* const token : {&got->id_token, &got->access_token, &got->refresh_token})
        c.secrets.push_back(*token);
    if (auto claims = read_claims(got->id_token.reveal()))
        c.claims = std::move(*claims);
    c.tell(passed(step::sign_in, printable(c.who.user.user_name) + " signed in at " +
                                     printable(got->provider) + " as " + printable(got->sub)));
}

net::task<void> examine_provider(chart& c) {
    if (!c.signed_in) {
        c.tell(skipped(step::provider, "nobody signed in"));
        co_return;
    }
    if (c.is_out_of_reach(service::cognito_identity, step::provider))
        co_return;
    auto looking = look(c.aws(), make_describe_identity_pool(c.job().identity_pool_id));
    auto const pool = co_await std::move(looking);
    if (!pool) {
        c.tell(not_seen(step::provider, pool.error(), make_error_code(errc::setting_unusable),
                        "check the identity pool's ID and region"));
        co_return;
    }
    auto const audience = std::string(json::find_string(c.claims, "aud").value_or(c.job().app.id));
    c.tell(check_provider(*pool, c.signed_in->provider, audience));
}

net::task<void> examine_identity(chart& c) {
    if (!c.signed_in) {
        c.tell(skipped(step::identity, "nobody signed in"));
        co_return;
    }
    if (c.is_out_of_reach(service::cognito_identity, step::identity))
        co_return;
    auto asking = get_id(c.aws(), c.job().identity_pool_id, *c.signed_in);
    auto const id = co_await std::move(asking);
    if (!id) {
        c.tell(failed(step::identity, id.error(),
                      "let the identity pool trust user pool and app client (`aws cognito-identity "
                      "describe-identity-pool --identity-pool-id " +
                          c.job().identity_pool_id + "` shows which it trusts)"));
        co_return;
    }
    c.identity = *id;
    c.tell(passed(step::identity, printable(id->text)));
}

} // namespace cogniot::client::doctor
