#include "client/link_machine.hpp"

#include "client/denials.hpp"
#include "client/errors.hpp"
#include "client/refusal_causes.hpp"
#include "mqtt/codec.hpp"

#include <algorithm>

namespace cogniot::client {

link_machine::link_machine(link_settings settings, random_source& random)
    : settings_(std::move(settings)), random_(random), outgoing_(settings_, ids_),
      subscriptions_(settings_, ids_) {}

void link_machine::apply(link_event const& event, instant now, link_effects& out) {
    std::visit([&](auto const& what) { on(what, now, out); }, event);
}

std::optional<instant> link_machine::deadline() const {
    std::optional<instant> first;
    auto const consider = [&](std::optional<instant> at) {
        if (at && (!first || *at < *first))
            first = at;
    };
    consider(outgoing_.deadline());
    consider(subscriptions_.deadline());
    if (state_ == state::waiting || state_ == state::greeting)
        consider(next_step_at_);
    if (state_ == state::connected) {
        consider(outgoing_.overdue_at());
        if (!subscriptions_.has_suspects())
            consider(outgoing_.paced_until());
        if (ping_sent_at_)
            consider(*ping_sent_at_ + settings_.answer_timeout);
        else if (settings_.keep_alive.count() > 0)
            consider(last_sent_at_ + settings_.keep_alive);
    }
    return first;
}

// what the program asks

void link_machine::on(happened::started const&, instant now, link_effects& out) {
    if (state_ == state::idle)
        open(now, out);
}

void link_machine::on(happened::stop_asked const&, instant, link_effects& out) {
    if (state_ == state::ended)
        return;
    if (state_ == state::connected) {
        out.push_back(effect::send{mqtt::encode(mqtt::disconnect{}, mqtt::version::v311)});
        out.push_back(effect::close_transport{.politely = true});
    } else if (state_ == state::opening || state_ == state::greeting) {
        out.push_back(effect::close_transport{});
    }
    end(fail(errc::stopped), publish_outcome::kind::unknown, out);
}

void link_machine::on(happened::publish_asked const& asked, instant now, link_effects& out) {
    if (state_ == state::ended) {
        out.push_back(effect::finish_publish{
            asked.token, {.how = publish_outcome::kind::unknown, .why = end_reason_}});
        return;
    }
    outgoing_.add(asked, now, out);
    flush(now, out);
}

void link_machine::on(happened::subscribe_asked const& asked, instant now, link_effects& out) {
    subscriptions_.add(asked, out);
    if (state_ == state::ended)
        subscriptions_.end_all(end_reason_, out);
    flush(now, out);
}

void link_machine::on(happened::unsubscribe_asked const& asked, instant now, link_effects& out) {
    subscriptions_.remove(asked, out);
    if (state_ == state::ended)
        subscriptions_.end_all(end_reason_, out);
    flush(now, out);
}

void link_machine::on(happened::message_taken const& taken, instant now, link_effects& out) {
    if (state_ != state::connected)
        return; // the broker brings it again
    out.push_back(effect::send{mqtt::encode(
        mqtt::ack{.type = mqtt::ack_type::puback, .id = taken.id}, mqtt::version::v311)});
    last_sent_at_ = now;
}

// the transport

void link_machine::open(instant now, link_effects& out) {
    state_ = state::opening;
    last_connect_at_ = now;
    ++attempt_;
    out.push_back(effect::report{{.what = link_report::kind::connecting, .attempt = attempt_}});
    out.push_back(effect::open_transport{.after = last_failure_});
}

void link_machine::on(happened::transport_opened const&, instant now, link_effects& out) {
    if (state_ != state::opening)
        return;
    state_ = state::greeting;
    last_connect_at_ = now;
    last_sent_at_ = now;
    next_step_at_ = now + settings_.answer_timeout;
    mqtt::connect hello{.clean_start = settings_.clean_session,
                        .keep_alive_seconds =
                            static_cast<std::uint16_t>(settings_.keep_alive.count()),
                        .client_id = settings_.client_id};
    if (settings_.user_name)
        hello.user_name = *settings_.user_name;
    if (settings_.password)
        hello.password = *settings_.password;
    auto bytes = mqtt::encode(hello, mqtt::version::v311);
    // Only the first attempt: if it fails, the next one must tell a denied connect from a publish.
    if (settings_.publishes_early && !was_ever_connected_ && !last_failure_.code)
        outgoing_.send_ready(now, company::alone, bytes);
    out.push_back(effect::send{std::move(bytes)});
}

void link_machine::on(happened::transport_failed const& failed, instant now, link_effects& out) {
    if (state_ != state::opening)
        return;
    using kind = happened::transport_failed::kind;
    if (failed.how == kind::hopeless)
        return end(failed.why, publish_outcome::kind::unknown, out);
    if (failed.how == kind::refused)
        return refused(failed.why, now, out);
    unreachable(failed.why, now, out);
}

void link_machine::unreachable(error why, instant now, link_effects& out) {
    if (!was_ever_connected_ && settings_.failures_allowed_at_first != 0 &&
        ++failures_at_first_ >= settings_.failures_allowed_at_first)
        return end(std::move(why), publish_outcome::kind::unknown, out);
    wait_and_retry(std::move(why), now, out);
}

void link_machine::on(happened::transport_closed const& closed, instant now, link_effects& out) {
    if (state_ == state::greeting)
        return closed.how == happened::transport_closed::kind::by_network
                   ? unreachable(fail(errc::hung_up, "the connection broke after CONNECT, before "
                                                     "CONNACK: " +
                                                         closed.why.detail),
                                 now, out)
                   : refused(connect_denied(settings_, closed.why), now, out);
    if (state_ != state::connected)
        return;
    auto why = closed.why;
    if (auto const hint = old_age(settings_, now - connected_at_); !hint.empty())
        why.detail += (why.detail.empty() ? "" : "; ") + hint;
    lost(std::move(why), ended_by::broker, now, out);
}

void link_machine::on(happened::cut_asked const&, instant now, link_effects& out) {
    if (state_ == state::connected)
        lost(fail(errc::hung_up, "cut on purpose"), ended_by::us, now, out);
}

void link_machine::refused(error why, instant now, link_effects& out) {
    ++refusals_in_a_row_;
    auto const allowed =
        was_ever_connected_ ? settings_.refusals_allowed_later : settings_.refusals_allowed;
    if (refusals_in_a_row_ >= allowed)
        return end(std::move(why), publish_outcome::kind::denied, out);
    wait_and_retry(std::move(why), now, out);
}

void link_machine::wait_and_retry(error why, instant now, link_effects& out) {
    if (state_ == state::greeting) // what was sent early is nobody's fault, and sent again
        outgoing_.connection_lost(now, ended_by::us, why, out);
    state_ = state::waiting;
    last_failure_ = why;
    ping_sent_at_.reset();
    auto const ceiling =
        std::min<std::int64_t>(settings_.backoff_base.count() << std::min(backoff_step_, 30U),
                               settings_.backoff_cap.count());
    ++backoff_step_;
    auto const jitter = random_below(random_, static_cast<std::uint64_t>(ceiling) + 1);
    next_step_at_ = now + std::chrono::milliseconds(jitter);
    if (last_connect_at_)
        next_step_at_ = std::max(next_step_at_, *last_connect_at_ + settings_.connect_spacing);
    out.push_back(effect::report{
        {.what = link_report::kind::interrupted,
         .why = std::move(why),
         .retry_in = std::chrono::ceil<std::chrono::milliseconds>(next_step_at_ - now)}});
}

void link_machine::lost(error why, ended_by whom, instant now, link_effects& out) {
    if (whom == ended_by::us)
        out.push_back(effect::close_transport{});
    if (now - connected_at_ >= settings_.stable_after)
        backoff_step_ = 0;
    bool const had_work = outgoing_.has_in_flight() || subscriptions_.has_pending();
    bool guilty = outgoing_.connection_lost(now, whom, why, out);
    guilty = subscriptions_.connection_lost(now, whom, out) || guilty;
    if (guilty)
        backoff_step_ = 0; // the cause is found and gone
    auto const verdict = guilty     ? suspects::one_guilty
                         : had_work ? suspects::on_trial
                                    : suspects::none;
    if (whom == ended_by::broker && was_taken_over_too_often(now, verdict))
        return end(taken_over(settings_), publish_outcome::kind::unknown, out);
    wait_and_retry(std::move(why), now, out);
}

bool link_machine::was_taken_over_too_often(instant now, suspects verdict) {
    bool const early = now - connected_at_ <= settings_.takeover_window;
    if (verdict == suspects::one_guilty || !early) {
        unexplained_drops_ = 0;
        drop_under_trial_ = false;
        return false;
    }
    if (verdict == suspects::on_trial) {
        drop_under_trial_ = true; // counted when all suspects have proved innocent (flush)
        return unexplained_drops_ >= settings_.takeovers_allowed;
    }
    return ++unexplained_drops_ >= settings_.takeovers_allowed;
}

void link_machine::end(error why, publish_outcome::kind unsent, link_effects& out) {
    state_ = state::ended;
    end_reason_ = why;
    ping_sent_at_.reset();
    outgoing_.end_all(why, unsent, out);
    subscriptions_.end_all(why, out);
    out.push_back(effect::report{{.what = link_report::kind::ended, .why = std::move(why)}});
}

// what the broker sends

void link_machine::on(mqtt::packet const* packet, instant now, link_effects& out) {
    if (state_ == state::greeting) {
        if (auto const* answer = std::get_if<mqtt::connack>(packet))
            return on_connack(*answer, now, out);
        out.push_back(effect::close_transport{});
        return refused(fail(errc::broker_broke_protocol, "the first packet was not CONNACK"), now,
                       out);
    }
    if (state_ != state::connected)
        return;
    // Anything that arrives shows that the broker lives; PINGRESP itself settles QoS 0 below.
    if (ping_sent_at_)
        ping_sent_at_ = now;
    bool understood = true;
    if (auto const* message = std::get_if<mqtt::publish>(packet)) {
        understood = message->level != mqtt::qos::exactly_once; // never asked for
        if (understood)
            out.push_back(effect::deliver{{.topic = std::string(message->topic),
                                           .payload = std::string(message->payload),
                                           .level = message->level,
                                           .retain = message->retain,
                                           .dup = message->dup,
                                           .id = message->id}});
    } else if (auto const* answer = std::get_if<mqtt::ack>(packet)) {
        understood = answer->type == mqtt::ack_type::puback;
        if (understood) {
            outgoing_.acknowledged(answer->id, now, out);
            backoff_step_ = 0;
        }
    } else if (auto const* granted = std::get_if<mqtt::suback>(packet)) {
        understood = subscriptions_.acknowledged(*granted, out);
        backoff_step_ = 0;
    } else if (auto const* gone = std::get_if<mqtt::unsuback>(packet)) {
        understood = subscriptions_.acknowledged(*gone, out);
    } else if (std::holds_alternative<mqtt::pingresp>(*packet)) {
        ping_sent_at_.reset();
        outgoing_.ping_answered(out);
    } else {
        understood = false;
    }
    if (!understood)
        return lost(fail(errc::broker_broke_protocol, "a packet that a broker must not send now"),
                    ended_by::us, now, out);
    flush(now, out);
}

void link_machine::on_connack(mqtt::connack const& answer, instant now, link_effects& out) {
    if (answer.code != 0) {
        out.push_back(effect::close_transport{});
        error why = fail(answer.code == 4 || answer.code == 5 ? errc::connect_denied
                                                              : errc::broker_refused_connect,
                         connack_refusal_causes(answer.code, settings_.client_id));
        // 3 = server unavailable: the only code that time can change [MQTT 3.1.1 table 3.1].
        if (answer.code == 3)
            return unreachable(std::move(why), now, out);
        return end(std::move(why), publish_outcome::kind::denied, out);
    }
    state_ = state::connected;
    was_ever_connected_ = true;
    refusals_in_a_row_ = 0;
    last_failure_ = {};
    attempt_ = 0;
    connected_at_ = now;
    out.push_back(effect::report{
        {.what = link_report::kind::connected, .session_present = answer.session_present}});
    subscriptions_.connection_accepted(answer);
    flush(now, out);
}

// sending and time

void link_machine::flush(instant now, link_effects& out) {
    if (state_ != state::connected)
        return;
    if (outgoing_.is_stuck())
        return lost(fail(errc::no_answer_in_time, "no PUBACK for any of " +
                                                      std::to_string(settings_.max_in_flight) +
                                                      " messages in time"),
                    ended_by::us, now, out);
    std::string bytes;
    if (!outgoing_.is_testing_suspect())
        subscriptions_.send_ready(
            now, outgoing_.has_in_flight() ? company::others_pending : company::alone, bytes);
    // While filters are suspects or being asked for again, suspected publishes wait their turn.
    if (!subscriptions_.has_suspects())
        outgoing_.send_ready(
            now, subscriptions_.has_pending() ? company::others_pending : company::alone, bytes);
    if (outgoing_.wants_ping() && !ping_sent_at_)
        send_ping(bytes, now);
    if (drop_under_trial_ && !outgoing_.has_suspects() && !subscriptions_.has_suspects()) {
        // Everything that was in flight when the last connection died is answered now: it was not
        // to blame, somebody else ended that connection.
        drop_under_trial_ = false;
        ++unexplained_drops_;
    }
    if (bytes.empty())
        return;
    last_sent_at_ = now;
    out.push_back(effect::send{std::move(bytes)});
}

std::string link_machine::why_unsent() const {
    if (state_ == state::connected)
        return "those before it were not acknowledged in time";
    if (last_failure_.code)
        return last_failure_.message();
    return "no connection" + (settings_.where.empty() ? "" : " to " + settings_.where) + " in time";
}

void link_machine::send_ping(std::string& bytes, instant now) {
    mqtt::encode(mqtt::pingreq{}, mqtt::version::v311, bytes);
    ping_sent_at_ = now;
    outgoing_.ping_sent();
}

void link_machine::on(happened::timer_fired const&, instant now, link_effects& out) {
    outgoing_.expire(now, why_unsent(), out);
    subscriptions_.expire(now, out);
    if (state_ == state::waiting && now >= next_step_at_)
        return open(now, out);
    if (state_ == state::greeting && now >= next_step_at_) {
        out.push_back(effect::close_transport{});
        return unreachable(
            fail(errc::no_answer_in_time,
                 "no CONNACK within " + std::to_string(settings_.answer_timeout.count()) + " s"),
            now, out);
    }
    if (state_ != state::connected)
        return;
    if (ping_sent_at_ && now >= *ping_sent_at_ + settings_.answer_timeout)
        return lost(
            fail(errc::ping_unanswered,
                 "no PINGRESP within " + std::to_string(settings_.answer_timeout.count()) + " s"),
            ended_by::us, now, out);
    if (auto const overdue = outgoing_.overdue_at(); overdue && now >= *overdue)
        return lost(fail(errc::no_answer_in_time,
                         "no PUBACK within " +
                             std::to_string(settings_.acknowledgement_timeout.count()) +
                             " s: the broker discards messages"),
                    ended_by::us, now, out);
    flush(now, out);
    if (state_ == state::connected && !ping_sent_at_ && settings_.keep_alive.count() > 0 &&
        now >= last_sent_at_ + settings_.keep_alive) {
        std::string bytes;
        send_ping(bytes, now);
        last_sent_at_ = now;
        out.push_back(effect::send{std::move(bytes)});
    }
}

} // namespace cogniot::client
