// What the fault layer asks of the host: ending connections, and publishing what it held back.
#include "local/mqtt_host.hpp"
#include "local/mqtt_host_link.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace cogniot::local {

void mqtt_host::faults_changed(fault_plan& plan) {
    fault_plan_ = &plan;
    if (!faults_ && mqtt_faults::are_in(plan))
        faults_ = std::make_unique<mqtt_faults>(plan, log_);
    if (!faults_)
        return;
    faults_->plan_changed();
    schedule();
}

mqtt_faults::connection mqtt_host::seen(link const& one) {
    return {one.peer, one.client_id, one.in.level(), one.opened};
}

void mqtt_host::do_faults(utc_time now) {
    if (now >= faults_->age_due()) {
        faults_->begin_ages();
        std::vector<link_ptr> all;
        all.reserve(links_.size());
        for (auto const& [id, one] : links_)
            all.push_back(one);
        // In the order in which they came, so that a seed repeats a run.
        std::ranges::sort(all, {}, [](link_ptr const& one) { return one->peer.id; });
        for (auto const& one : all)
            if (one->is_open)
                faults_->ages(seen(*one), now);
        end_faulted(now);
    }
    for (auto const& event : faults_->take_events(now))
        broker_.publish_from_service(event.topic, event.payload, mqtt::qos::at_least_once,
                                     broker_.begin_request(), now);
    if (!mqtt_faults::are_in(*fault_plan_) && faults_->is_idle())
        faults_.reset();
}

void mqtt_host::end_faulted(utc_time now) {
    for (auto const& one : faults_->take_endings()) {
        auto* const which = find(one.which);
        if (which == nullptr)
            continue;
        fault_explanation_ = one.explanation;
        end(*which, one.cause, one.explanation, now);
        fault_explanation_ = {};
    }
}

bool mqtt_host::holds_back(broker::presence_event const& event) {
    return faults_ && faults_->holds_back(event, clock_.now());
}

std::optional<utc_time> mqtt_host::next_deadline() const {
    auto due = broker_.next_deadline();
    if (faults_)
        due = std::min(due.value_or(utc_time::max()), faults_->next_deadline());
    return due;
}

} // namespace cogniot::local
