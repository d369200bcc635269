#include "client/outgoing.hpp"

#include "client/denials.hpp"
#include "client/errors.hpp"
#include "mqtt/codec.hpp"

#include <algorithm>
#include <iterator>

namespace cogniot::client {
namespace {

std::size_t size_of(message const& m) {
    return m.topic.size() + m.payload.size() + 64;
}

} // namespace

void outgoing::add(happened::publish_asked const& asked, instant now, link_effects& out) {
    if (is_given_up(asked.what.topic, now)) {
        out.push_back(effect::finish_publish{asked.token,
                                             {.how = publish_outcome::kind::denied,
                                              .why = topic_given_up(settings_, asked.what.topic)}});
        return;
    }
    entry e{.token = asked.token,
            .what = asked.what,
            .deadline = asked.deadline,
            .order = next_order_++};
    if (held_bytes_ + size_of(e.what) > settings_.max_queue_bytes) {
        out.push_back(effect::finish_publish{
            e.token,
            {.how = publish_outcome::kind::unknown,
             .why = fail(errc::outgoing_queue_full,
                         "more than " + std::to_string(settings_.max_queue_bytes) +
                             " bytes wait for the broker; this message was not sent")}});
        return;
    }
    held_bytes_ += size_of(e.what);
    if (e.deadline)
        deadlines_.emplace(*e.deadline, e.token);
    waiting_.push_back(std::move(e));
}

void outgoing::write(entry& e, instant now, std::string& bytes) {
    mqtt::encode(mqtt::publish{.topic = e.what.topic,
                               .payload = e.what.payload,
                               .level = e.what.level,
                               .retain = e.what.retain,
                               .dup = e.sends > 0, // [MQTT-3.3.1-1]
                               .id = e.id},
                 mqtt::version::v311, bytes);
    ++e.sends;
    e.sent_at = now;
    if (settings_.publishes_per_second > 0)
        spent_until_ = std::max(spent_until_, now) +
                       duration(std::chrono::seconds(1)) / settings_.publishes_per_second;
}

bool outgoing::may_send(instant now) {
    auto const rate = settings_.publishes_per_second;
    if (rate == 0)
        return true;
    // A leaky bucket that holds an eighth of a second's allowance.
    auto const due = spent_until_ - duration(std::chrono::seconds(1)) / rate * (rate / 8);
    if (now >= due)
        return true;
    paced_until_ = due;
    return false;
}

void outgoing::put_in_flight(entry e) {
    if (awaited_.empty())
        oldest_since_ = e.sent_at;
    awaited_.emplace(e.order, e.id);
    auto const id = e.id;
    in_flight_.emplace(id, std::move(e));
}

void outgoing::send_ready(instant now, company present, std::string& bytes) {
    paced_until_.reset();
    if (testing_)
        return;
    if (!suspects_.empty()) {
        if (present == company::others_pending || has_in_flight() || !may_send(now))
            return;
        entry e = std::move(suspects_.front());
        suspects_.pop_front();
        write(e, now, bytes);
        testing_ = true;
        put_in_flight(std::move(e));
        return;
    }
    while (!waiting_.empty()) {
        if (!may_send(now))
            return;
        entry& next = waiting_.front();
        if (next.what.level == mqtt::qos::at_most_once) {
            write(next, now, bytes);
            unconfirmed_.push_back(std::move(next));
        } else {
            if (in_flight_.size() >= settings_.max_in_flight)
                return;
            if (next.id == 0) { // else it was sent before, by an earlier connection
                auto const id = ids_.take();
                if (!id)
                    return;
                next.id = *id;
            }
            write(next, now, bytes);
            put_in_flight(std::move(next));
        }
        waiting_.pop_front();
    }
}

void outgoing::acknowledged(mqtt::packet_id id, instant now, link_effects& out) {
    auto const found = in_flight_.find(id);
    if (found == in_flight_.end())
        return; // answered twice, or ours no longer: harmless
    entry e = std::move(found->second);
    in_flight_.erase(found);
    if (!awaited_.empty() && awaited_.begin()->first == e.order)
        oldest_since_ = now;
    awaited_.erase(e.order);
    denied_topics_.erase(e.what.topic);
    testing_ = false;
    ids_.give_back(id);
    finish(e, publish_outcome::kind::delivered, {}, out);
}

void outgoing::ping_answered(link_effects& out) {
    for (; covered_ > 0; --covered_) {
        denied_topics_.erase(unconfirmed_.front().what.topic);
        finish(unconfirmed_.front(), publish_outcome::kind::delivered, {}, out);
        unconfirmed_.pop_front();
    }
}

std::optional<instant> outgoing::overdue_at() const {
    if (awaited_.empty())
        return {};
    auto const& oldest = in_flight_.at(awaited_.begin()->second);
    return std::max(oldest.sent_at, oldest_since_) + settings_.acknowledgement_timeout;
}

bool outgoing::is_stuck() const {
    return awaited_.empty() && in_flight_.size() >= settings_.max_in_flight && !waiting_.empty();
}

std::vector<outgoing::entry> outgoing::take_in_flight() {
    std::vector<entry> out;
    for (auto& [id, e] : in_flight_)
        out.push_back(std::move(e));
    in_flight_.clear();
    awaited_.clear();
    testing_ = false;
    std::sort(out.begin(), out.end(),
              [](entry const& a, entry const& b) { return a.order < b.order; });
    return out;
}

bool outgoing::connection_lost(instant now, ended_by whom, error const& why, link_effects& out) {
    bool const blame = whom == ended_by::broker;
    bool found_guilty = false;
    std::deque<entry> again;
    bool is_suspected = !suspects_.empty();
    auto lost = take_in_flight();
    // At QoS 0 only a topic that was alone on the wire can be blamed.
    if (blame && lost.empty() && !unconfirmed_.empty() &&
        std::all_of(unconfirmed_.begin(), unconfirmed_.end(), [this](entry const& e) {
            return e.what.topic == unconfirmed_.front().what.topic;
        }))
        found_guilty = note_denial(unconfirmed_.front().what.topic, now);
    for (auto& e : lost) {
        if (e.is_over) {
            forget(e);
            continue;
        }
        if (blame && now - e.sent_at <= settings_.blame_window)
            ++e.hang_ups;
        if (e.hang_ups >= 2) {
            found_guilty = true;
            note_denial(e.what.topic, now);
            finish(e, publish_outcome::kind::denied, publish_denied(settings_, e.what), out);
            forget(e);
        } else if (e.sends >= settings_.max_sends) {
            finish(e, publish_outcome::kind::unknown, why, out);
            forget(e);
        } else {
            is_suspected = is_suspected || e.hang_ups > 0;
            again.push_back(std::move(e));
        }
    }
    if (is_suspected) {
        // What was in flight is older than what already waited as a suspect only by accident.
        for (auto& e : suspects_)
            again.push_back(std::move(e));
        std::sort(again.begin(), again.end(),
                  [](entry const& a, entry const& b) { return a.order < b.order; });
        suspects_ = std::move(again);
    } else {
        // Nothing is to blame on them: again together, before what was never sent.
        std::move(again.rbegin(), again.rend(), std::front_inserter(waiting_));
    }
    for (auto& e : unconfirmed_)
        finish(e, publish_outcome::kind::unknown, blame ? qos0_hung_up(settings_, e.what) : why,
               out);
    unconfirmed_.clear();
    covered_ = 0;
    if (found_guilty)
        end_given_up(now, out);
    return found_guilty;
}

bool outgoing::note_denial(std::string const& topic, instant now) {
    std::erase_if(denied_topics_, [&](auto const& each) {
        return now - each.second.last >= settings_.denied_topic_rest;
    });
    auto& noted = denied_topics_[topic];
    noted.last = now;
    return ++noted.in_a_row >= settings_.denials_allowed;
}

bool outgoing::is_given_up(std::string const& topic, instant now) const {
    auto const at = denied_topics_.find(topic);
    return at != denied_topics_.end() && at->second.in_a_row >= settings_.denials_allowed &&
           now - at->second.last < settings_.denied_topic_rest;
}

void outgoing::end_given_up(instant now, link_effects& out) {
    for (auto* queue : {&suspects_, &waiting_})
        std::erase_if(*queue, [&](entry& e) {
            if (!is_given_up(e.what.topic, now))
                return false;
            auto why = topic_given_up(settings_, e.what.topic);
            // What was sent and saw no hang-up may have arrived.
            bool const may_have_arrived = e.sends > 0 && e.hang_ups == 0;
            if (may_have_arrived)
                why = fail(errc::hung_up, unacknowledged(settings_, e.what) + "; " + why.detail);
            finish(e,
                   may_have_arrived ? publish_outcome::kind::unknown
                                    : publish_outcome::kind::denied,
                   std::move(why), out);
            forget(e);
            return true;
        });
}

void outgoing::end_all(error const& why, publish_outcome::kind unsent, link_effects& out) {
    auto const end = [&](entry& e) {
        if (!e.is_over)
            finish(e, e.sends == 0 ? unsent : publish_outcome::kind::unknown, why, out);
        forget(e);
    };
    auto sent = take_in_flight();
    std::vector<entry*> all;
    for (auto& e : sent)
        all.push_back(&e);
    for (auto* queue : {&suspects_, &unconfirmed_, &waiting_})
        for (auto& e : *queue)
            all.push_back(&e);
    std::sort(all.begin(), all.end(),
              [](entry const* a, entry const* b) { return a->order < b->order; });
    for (auto* e : all)
        end(*e);
    suspects_.clear();
    unconfirmed_.clear();
    waiting_.clear();
    covered_ = 0;
}

std::optional<instant> outgoing::deadline() const {
    if (deadlines_.empty())
        return {};
    return deadlines_.begin()->first;
}

void outgoing::expire(instant now, std::string const& why_unsent, link_effects& out) {
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        auto const token = deadlines_.begin()->second;
        deadlines_.erase(deadlines_.begin());
        auto const is_it = [&](entry const& e) { return e.token == token && !e.is_over; };
        auto const end = [&](entry& e) {
            e.deadline.reset();
            finish(e, publish_outcome::kind::unknown,
                   fail(errc::deadline_passed, e.sends == 0
                                                   ? "the message was never sent: " + why_unsent
                                                   : unacknowledged(settings_, e.what)),
                   out);
        };
        for (auto& [id, e] : in_flight_)
            if (is_it(e)) {
                end(e);
                // Its identifier stays taken until PUBACK or the end of the connection.
                e.is_over = true;
                awaited_.erase(e.order);
            }
        for (auto* queue : {&waiting_, &suspects_})
            if (auto const at = std::find_if(queue->begin(), queue->end(), is_it);
                at != queue->end()) {
                end(*at);
                forget(*at);
                queue->erase(at);
            }
        for (auto& e : unconfirmed_)
            if (is_it(e)) {
                end(e);
                e.is_over = true;
            }
    }
}

void outgoing::finish(entry& e, publish_outcome::kind how, error why, link_effects& out) {
    if (e.is_over)
        return;
    held_bytes_ -= size_of(e.what);
    if (e.deadline)
        deadlines_.erase({*e.deadline, e.token});
    out.push_back(
        effect::finish_publish{e.token, {.how = how, .why = std::move(why), .sends = e.sends}});
}

void outgoing::forget(entry& e) {
    if (e.id != 0)
        ids_.give_back(e.id);
}

} // namespace cogniot::client
