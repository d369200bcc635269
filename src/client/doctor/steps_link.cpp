// The real thing: connect, publish, subscribe.
#include "base/text.hpp"
#include "client/doctor/chart.hpp"
#include "client/doctor/probe.hpp"
#include "client/errors.hpp"

namespace cogniot::client::doctor {
namespace {

using namespace std::chrono_literals;

/// AWS takes one CONNECT a second for a client ID (spec iot-broker, quotas).
constexpr auto connect_spacing = 1100ms;

/// The refusals that AWS writes down.
bool is_logged(error const& e) {
    for (auto const each :
         {errc::connect_denied, errc::publish_denied, errc::subscribe_denied, errc::hung_up,
          errc::signature_refused, errc::clock_skewed, errc::broker_refused_connect})
        if (e.code == make_error_code(each))
            return true;
    return false;
}

bool is_refused_upgrade(error const& e) {
    return e.code == make_error_code(errc::signature_refused) ||
           e.code == make_error_code(errc::clock_skewed);
}

std::string what_helps(report const& before) {
    if (auto const* const cause = before.cause())
        return "mend `" + std::string(name_of(cause->step)) + "` first, see above";
    if (auto const missing = before.missing_permissions(); !missing.empty())
        return "let the doctor look and run it again (" + join(missing) +
               " are missing), or read the entries of AWSIotLogsV2";
    if (auto const doubt = before.doubt(); !doubt.empty())
        return "find out what the policies hang on: " + doubt;
    std::string const others = "another client may have this client ID, and AWSIotLogsV2's entries "
                               "tell what the broker made of it";
    if (before.allowed_actions().empty())
        return "let the doctor judge the policies; " + others;
    return "the policies allow it as they stand: one that was changed just now takes minutes on "
           "AWS, " +
           others;
}

/// The conversation, with its findings.
class trial {
  public:
    explicit trial(chart& c)
        : chart_(c),
          probe_(make_probe(c.who.asked.clean_session ? session::clean : session::kept)) {}

    net::task<bool> connect() {
        auto connecting = probe_.connect();
        auto const present = co_await std::move(connecting);
        if (!present) {
            tell(step::connect, present.error());
            co_return false;
        }
        if (!found_session_)
            found_session_ = *present;
        co_return true;
    }

    /// Connects again if the broker hung up on something before.
    net::task<bool> be_connected() {
        if (probe_.is_connected())
            co_return true;
        auto sleeping = chart_.aws().around().sleep(connect_spacing);
        (void)co_await std::move(sleeping);
        auto connecting = connect();
        co_return co_await std::move(connecting);
    }

    /// Says goodbye. A session that the first connection made is taken back, so that nothing is
    /// left behind.
    net::task<void> leave() {
        auto leaving = probe_.leave();
        co_await std::move(leaving);
        if (found_session_.value_or(true) || chart_.who.asked.clean_session)
            co_return;
        auto sleeping = chart_.aws().around().sleep(connect_spacing);
        (void)co_await std::move(sleeping);
        auto clean = make_probe(session::clean);
        auto connecting = clean.connect();
        (void)co_await std::move(connecting);
        auto leaving_again = clean.leave();
        co_await std::move(leaving_again);
    }

    void tell(step s, error const& why) {
        if (is_logged(why) && !chart_.refused_since) {
            chart_.refused_since = started_;
            chart_.was_refused_at_upgrade = is_refused_upgrade(why);
        }
        chart_.tell(failed(s, why, what_helps(chart_.report)));
    }
    /// Whether the broker kept a session for this client ID before all this.
    bool found_session() const { return found_session_.value_or(false); }
    probe& with() { return probe_; }

  private:
    enum class session { kept, clean };
    probe make_probe(session how) {
        return probe(
            [&c = chart_] {
                return open_presigned_websocket(c.aws(), c.who.flow.mqtt_carrier(),
                                                c.job().iot_endpoint, *c.credentials);
            },
            {.client_id = chart_.client_id(),
             .clean_session = how == session::clean,
             .version = chart_.who.asked.version,
             .has_iot_policy = chart_.iot_policies && !chart_.iot_policies->empty(),
             .allowed_actions = chart_.report.allowed_actions()});
    }

    chart& chart_;
    probe probe_;
    utc_time started_ = chart_.server_time();
    std::optional<bool> found_session_{};
};

/// The broker took it: what was made of the policies before is measured by that.
finding taken(chart& c, step s, std::string says, cloud::attempt const& what) {
    auto out = passed(s, std::move(says));
    if (!c.locks)
        return out;
    for (auto const& q : c.locks->questions({what}))
        if (c.report.refute(q.action, q.resource))
            out.details.push_back("a denial of " + q.action +
                                  " was found above, and is none: it hangs on what only AWS knows");
    return out;
}

net::task<void> try_publish(chart& c, trial& t) {
    if (!c.who.asked.payload || c.who.asked.topics.empty()) {
        c.tell(skipped(step::publish, "no topic and payload were given (-t, -m)"));
        co_return;
    }
    for (auto const& topic : c.who.asked.topics) {
        auto connecting = t.be_connected();
        bool const is_connected = co_await std::move(connecting);
        if (!is_connected)
            co_return;
        auto publishing = t.with().publish({.topic = topic,
                                            .payload = *c.who.asked.payload,
                                            .level = mqtt::qos::at_least_once,
                                            .retain = c.who.asked.retains});
        auto const done = co_await std::move(publishing);
        if (done)
            c.tell(taken(c, step::publish, "PUBACK came for `" + printable(topic) + "`",
                         {.what = cloud::attempt::verb::publish,
                          .topic = topic,
                          .retain = c.who.asked.retains}));
        else
            t.tell(step::publish, done.error());
    }
}

net::task<void> try_subscribe(chart& c, trial& t) {
    if (!c.who.asked.subscribes || c.who.asked.topics.empty()) {
        c.tell(skipped(step::subscribe, "no topic was given to subscribe to (-t)"));
        co_return;
    }
    for (auto const& topic : c.who.asked.topics) {
        auto connecting = t.be_connected();
        bool const is_connected = co_await std::move(connecting);
        if (!is_connected)
            co_return;
        if (t.found_session()) {
            // Its subscriptions are somebody's: one more, or one taken back, would change them.
            c.tell(skipped(step::subscribe, "the broker keeps a session for this client ID, which "
                                            "stays as it is; another -i, if policies allow it, can "
                                            "be tried"));
            co_return;
        }
        auto subscribing = t.with().subscribe(topic);
        auto const done = co_await std::move(subscribing);
        if (done)
            c.tell(taken(c, step::subscribe, "SUBACK came for `" + printable(topic) + "`",
                         {.what = cloud::attempt::verb::subscribe, .topic = topic}));
        else
            t.tell(step::subscribe, done.error());
    }
}

} // namespace

net::task<void> examine_link(chart& c) {
    auto const& asked = c.who.asked;
    bool const looks_on = asked.since || asked.watch.count() > 0;
    std::string const why = !asked.connects  ? "--no-connect was given"
                            : looks_on       ? "it would disturb the application that is looked at "
                                               "(--since, --watch)"
                            : !c.credentials ? "there are no credentials"
                            : c.gateway_is_out_of_reach ? "the IoT endpoint is out of reach"
                                                        : "";
    if (!why.empty()) {
        for (auto const s : {step::connect, step::publish, step::subscribe})
            c.tell(skipped(s, why));
        co_return;
    }
    trial tried(c);
    auto connecting = tried.connect();
    bool const is_connected = co_await std::move(connecting);
    if (!is_connected) {
        for (auto const s : {step::publish, step::subscribe})
            c.tell(skipped(s, "there is no connection"));
        co_return;
    }
    c.tell(taken(c, step::connect,
                 "the broker accepted client ID `" + printable(c.client_id()) + "`",
                 {.what = cloud::attempt::verb::connect}));
    auto publishing = try_publish(c, tried);
    co_await std::move(publishing);
    auto subscribing = try_subscribe(c, tried);
    co_await std::move(subscribing);
    auto leaving = tried.leave();
    co_await std::move(leaving);
}

} // namespace cogniot::client::doctor
