#include "client/outgoing.hpp"

#include "base/text.hpp"
#include "client/errors.hpp"
#include "client/refusal_causes.hpp"
#include "mqtt/codec.hpp"

#include <algorithm>

namespace cogniot::client {
namespace {

std::size_t size_of(message const& m) {
    return m.topic.size() + m.payload.size() + 64;
}

} // namespace

void outgoing::add(happened::publish_asked const& asked, link_effects& out) {
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
}

void outgoing::send_ready(instant now, company present, std::string& bytes) {
    if (testing_)
        return;
    if (!suspects_.empty()) {
        if (present == company::others_pending || has_in_flight())
            return;
        entry e = std::move(suspects_.front());
        suspects_.pop_front();
        write(e, now, bytes);
        testing_ = true;
        in_flight_.emplace(e.id, std::move(e));
        return;
    }
    while (!waiting_.empty()) {
        entry& next = waiting_.front();
        if (next.what.level == mqtt::qos::at_most_once) {
            write(next, now, bytes);
            unconfirmed_.push_back(std::move(next));
        } else {
            if (in_flight_.size() >= settings_.max_in_flight)
                return;
            auto const id = ids_.take();
            if (!id)
                return;
            next.id = *id;
            write(next, now, bytes);
            in_flight_.emplace(*id, std::move(next));
        }
        waiting_.pop_front();
    }
}

void outgoing::acknowledged(mqtt::packet_id id, link_effects& out) {
    auto const found = in_flight_.find(id);
    if (found == in_flight_.end())
        return; // answered twice, or ours no longer: harmless
    entry e = std::move(found->second);
    in_flight_.erase(found);
    testing_ = false;
    ids_.give_back(id);
    finish(e, publish_outcome::kind::delivered, {}, out);
}

void outgoing::ping_answered(link_effects& out) {
    for (; covered_ > 0; --covered_) {
        finish(unconfirmed_.front(), publish_outcome::kind::delivered, {}, out);
        unconfirmed_.pop_front();
    }
}

bool outgoing::connection_lost(instant now, ended_by whom, error const& why, link_effects& out) {
    bool const blame = whom == ended_by::broker;
    bool found_guilty = false;
    std::vector<entry> lost;
    for (auto& [id, e] : in_flight_)
        lost.push_back(std::move(e));
    in_flight_.clear();
    testing_ = false;
    std::sort(lost.begin(), lost.end(),
              [](entry const& a, entry const& b) { return a.order < b.order; });
    std::deque<entry> again;
    for (auto& e : lost) {
        if (e.is_over) {
            forget(e);
            continue;
        }
        if (blame && now - e.sent_at <= settings_.blame_window)
            ++e.hang_ups;
        if (e.hang_ups >= 2) {
            found_guilty = true;
            finish(e, publish_outcome::kind::denied,
                   fail(errc::publish_denied, publish_denied_causes(e.what)), out);
            forget(e);
        } else if (e.sends >= settings_.max_sends) {
            finish(e, publish_outcome::kind::unknown, why, out);
            forget(e);
        } else {
            again.push_back(std::move(e));
        }
    }
    // What was in flight is older than what already waited as a suspect only by accident of order.
    for (auto& e : suspects_)
        again.push_back(std::move(e));
    std::sort(again.begin(), again.end(),
              [](entry const& a, entry const& b) { return a.order < b.order; });
    suspects_ = std::move(again);
    for (auto& e : unconfirmed_)
        finish(e, publish_outcome::kind::unknown,
               blame ? fail(errc::hung_up, qos0_hang_up_causes(e.what)) : why, out);
    unconfirmed_.clear();
    covered_ = 0;
    return found_guilty;
}

void outgoing::end_all(error const& why, publish_outcome::kind unsent, link_effects& out) {
    auto const end = [&](entry& e) {
        if (!e.is_over)
            finish(e, e.sends == 0 ? unsent : publish_outcome::kind::unknown, why, out);
        forget(e);
    };
    std::vector<entry*> all;
    for (auto& [id, e] : in_flight_)
        all.push_back(&e);
    for (auto* queue : {&suspects_, &unconfirmed_, &waiting_})
        for (auto& e : *queue)
            all.push_back(&e);
    std::sort(all.begin(), all.end(),
              [](entry const* a, entry const* b) { return a->order < b->order; });
    for (auto* e : all)
        end(*e);
    in_flight_.clear();
    suspects_.clear();
    unconfirmed_.clear();
    waiting_.clear();
    covered_ = 0;
    testing_ = false;
}

std::optional<instant> outgoing::deadline() const {
    if (deadlines_.empty())
        return {};
    return deadlines_.begin()->first;
}

void outgoing::expire(instant now, link_effects& out) {
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        auto const token = deadlines_.begin()->second;
        deadlines_.erase(deadlines_.begin());
        auto const is_it = [&](entry const& e) { return e.token == token && !e.is_over; };
        auto const end = [&](entry& e) {
            e.deadline.reset();
            finish(e, publish_outcome::kind::unknown,
                   fail(errc::deadline_passed, e.sends == 0 ? "the message was never sent"
                                                            : unacknowledged_causes(e.what)),
                   out);
        };
        for (auto& [id, e] : in_flight_)
            if (is_it(e)) {
                end(e);
                e.is_over =
                    true; // its identifier stays taken until PUBACK or the end of the connection
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
