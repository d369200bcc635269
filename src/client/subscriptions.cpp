#include "client/subscriptions.hpp"

#include "client/denials.hpp"
#include "client/errors.hpp"
#include "mqtt/codec.hpp"

#include <algorithm>

namespace cogniot::client {

void subscriptions::add(happened::subscribe_asked const& asked, link_effects& out) {
    may_have_work_ = true;
    auto const [at, is_new] =
        requests_.try_emplace(asked.token, request{.deadline = asked.deadline});
    for (auto const& wanted : asked.filters) {
        at->second.open.push_back(wanted.filter);
        auto& state = filters_[wanted.filter];
        state.maximum = wanted.maximum;
        if (state.at != filter_state::stage::subscribing)
            state.at = filter_state::stage::to_subscribe;
    }
    finish_if_done(at, out);
}

void subscriptions::remove(happened::unsubscribe_asked const& asked, link_effects& out) {
    may_have_work_ = true;
    auto const [at, is_new] =
        requests_.try_emplace(asked.token, request{.deadline = asked.deadline});
    for (auto const& filter : asked.filters) {
        at->second.open.push_back(filter);
        filters_[filter].at = filter_state::stage::to_unsubscribe;
    }
    finish_if_done(at, out);
}

void subscriptions::connection_accepted(mqtt::connack const& answer) {
    may_have_work_ = true;
    using enum filter_state::stage;
    for (auto& [filter, state] : filters_)
        if (state.at == granted && !answer.session_present)
            state.at = to_subscribe;
}

bool subscriptions::has_suspects() const {
    if (testing_ || !may_have_work_)
        return testing_;
    return std::any_of(filters_.begin(), filters_.end(), [](auto const& f) {
        return f.second.at == filter_state::stage::to_subscribe && f.second.hang_ups > 0;
    });
}

void subscriptions::send_ready(instant now, company present, std::string& bytes) {
    using enum filter_state::stage;
    if (testing_ || !may_have_work_)
        return;
    std::vector<std::string> innocent;
    std::vector<std::string> leaving;
    std::optional<std::string> suspect;
    for (auto const& [filter, state] : filters_) {
        if (state.at == to_unsubscribe)
            leaving.push_back(filter);
        else if (state.at == to_subscribe && state.hang_ups == 0)
            innocent.push_back(filter);
        else if (state.at == to_subscribe && !suspect)
            suspect = filter;
    }
    auto const in_groups = [&](std::vector<std::string> const& all, auto write) {
        for (std::size_t from = 0; from < all.size(); from += settings_.filters_per_subscribe) {
            auto const count = std::min(settings_.filters_per_subscribe, all.size() - from);
            auto const first = all.begin() + static_cast<std::ptrdiff_t>(from);
            write(std::vector<std::string>(first, first + static_cast<std::ptrdiff_t>(count)));
        }
    };
    in_groups(leaving, [&](auto group) { write_unsubscribe(std::move(group), now, bytes); });
    in_groups(innocent, [&](auto group) { write_subscribe(std::move(group), now, bytes); });
    if (suspect && pending_.empty() && present == company::alone) {
        write_subscribe({*suspect}, now, bytes);
        testing_ = true;
    }
    may_have_work_ = suspect.has_value();
}

void subscriptions::write_subscribe(std::vector<std::string> group, instant now,
                                    std::string& bytes) {
    auto const id = ids_.take();
    if (!id)
        return;
    mqtt::subscribe packet{.id = *id, .filters = {}};
    for (auto const& filter : group) {
        auto& state = filters_[filter];
        state.at = filter_state::stage::subscribing;
        packet.filters.push_back({.filter = filter, .maximum = state.maximum});
    }
    mqtt::encode(packet, mqtt::version::v311, bytes);
    pending_.emplace(*id, pending{.filters = std::move(group), .sent_at = now});
}

void subscriptions::write_unsubscribe(std::vector<std::string> group, instant now,
                                      std::string& bytes) {
    auto const id = ids_.take();
    if (!id)
        return;
    mqtt::unsubscribe packet{.id = *id, .filters = {}};
    for (auto const& filter : group) {
        filters_[filter].at = filter_state::stage::unsubscribing;
        packet.filters.push_back(filter);
    }
    mqtt::encode(packet, mqtt::version::v311, bytes);
    pending_.emplace(*id,
                     pending{.filters = std::move(group), .sent_at = now, .is_unsubscribe = true});
}

std::size_t subscriptions::granted() const {
    return static_cast<std::size_t>(
        std::count_if(filters_.begin(), filters_.end(), [](auto const& entry) {
            return entry.second.at == filter_state::stage::granted;
        }));
}

bool subscriptions::acknowledged(mqtt::suback const& answer, link_effects& out) {
    auto const found = pending_.find(answer.id);
    if (found == pending_.end() || found->second.is_unsubscribe ||
        found->second.filters.size() != answer.codes.size())
        return false;
    auto const filters = std::move(found->second.filters);
    pending_.erase(found);
    ids_.give_back(answer.id);
    testing_ = false;
    for (std::size_t i = 0; i < filters.size(); ++i) {
        auto const code = answer.codes[i];
        if (code <= 2) {
            if (auto const at = filters_.find(filters[i]); at != filters_.end()) {
                at->second.hang_ups = 0;
                if (at->second.at == filter_state::stage::subscribing)
                    at->second.at = filter_state::stage::granted;
            }
            resolve({.filter = filters[i], .granted = static_cast<mqtt::qos>(code)}, out);
        } else {
            filters_.erase(filters[i]);
            resolve({.filter = filters[i], .why = filter_refused(settings_, filters[i], granted())},
                    out);
        }
    }
    return true;
}

bool subscriptions::acknowledged(mqtt::unsuback const& answer, link_effects& out) {
    auto const found = pending_.find(answer.id);
    if (found == pending_.end() || !found->second.is_unsubscribe)
        return false;
    auto const filters = std::move(found->second.filters);
    pending_.erase(found);
    ids_.give_back(answer.id);
    for (auto const& filter : filters) {
        if (auto const at = filters_.find(filter);
            at != filters_.end() && at->second.at == filter_state::stage::unsubscribing)
            filters_.erase(at);
        resolve({.filter = filter, .granted = mqtt::qos::at_most_once}, out);
    }
    return true;
}

bool subscriptions::connection_lost(instant now, ended_by whom, link_effects& out) {
    bool found_guilty = false;
    testing_ = false;
    may_have_work_ = true;
    auto const lost = std::move(pending_);
    pending_.clear();
    for (auto const& [id, group] : lost) {
        ids_.give_back(id);
        for (auto const& filter : group.filters) {
            auto const at = filters_.find(filter);
            if (at == filters_.end())
                continue;
            if (group.is_unsubscribe) {
                if (at->second.at == filter_state::stage::unsubscribing)
                    at->second.at = filter_state::stage::to_unsubscribe;
                continue;
            }
            if (at->second.at == filter_state::stage::subscribing)
                at->second.at = filter_state::stage::to_subscribe;
            if (whom == ended_by::broker && now - group.sent_at <= settings_.blame_window)
                ++at->second.hang_ups;
            if (at->second.hang_ups < 2)
                continue;
            found_guilty = true;
            filters_.erase(at);
            resolve({.filter = filter, .why = subscribe_denied(settings_, filter)}, out);
        }
    }
    return found_guilty;
}

void subscriptions::end_all(error const& why, link_effects& out) {
    for (auto const& [id, group] : pending_)
        ids_.give_back(id);
    pending_.clear();
    testing_ = false;
    filters_.clear();
    while (!requests_.empty()) {
        auto const at = requests_.begin();
        for (auto const& filter : at->second.open)
            at->second.done.push_back({.filter = filter, .why = why});
        at->second.open.clear();
        finish_if_done(at, out);
    }
}

std::optional<instant> subscriptions::deadline() const {
    std::optional<instant> first;
    for (auto const& [token, r] : requests_)
        if (r.deadline && (!first || *r.deadline < *first))
            first = r.deadline;
    return first;
}

void subscriptions::expire(instant now, link_effects& out) {
    for (auto at = requests_.begin(); at != requests_.end();) {
        auto const current = at++;
        if (!current->second.deadline || *current->second.deadline > now)
            continue;
        for (auto const& filter : current->second.open)
            current->second.done.push_back(
                {.filter = filter,
                 .why = fail(errc::deadline_passed, "the broker did not answer for `" + filter +
                                                        "`; the link keeps asking")});
        current->second.open.clear();
        finish_if_done(current, out);
    }
}

void subscriptions::resolve(filter_outcome const& outcome, link_effects& out) {
    bool was_awaited = false;
    for (auto at = requests_.begin(); at != requests_.end();) {
        auto const current = at++;
        auto& open = current->second.open;
        auto const found = std::find(open.begin(), open.end(), outcome.filter);
        if (found == open.end())
            continue;
        open.erase(found);
        current->second.done.push_back(outcome);
        was_awaited = true;
        finish_if_done(current, out);
    }
    // A filter that had been granted and is refused when asked for again: nobody waits, all must
    // know.
    if (!was_awaited && !outcome.granted)
        out.push_back(
            effect::report{{.what = link_report::kind::subscription_lost, .why = outcome.why}});
}

void subscriptions::finish_if_done(std::map<request_token, request>::iterator at,
                                   link_effects& out) {
    if (!at->second.open.empty())
        return;
    out.push_back(effect::finish_filters{at->first, std::move(at->second.done)});
    requests_.erase(at);
}

} // namespace cogniot::client
