#include "local/shadow_service.hpp"

#include "json/parse.hpp"

#include <utility>

namespace cogniot::local {
namespace {

constexpr std::string_view record_kind = "shadow";

error damaged(std::string_view key, error why) {
    why.detail = "record shadow `" + std::string(key) + "`: " + why.detail;
    return why;
}

} // namespace

result<bool> shadow_service::restore(std::string_view kind, std::string_view key,
                                     std::string_view value) {
    if (kind != record_kind)
        return false;
    auto const of = shadow::parse_record_key(key);
    if (!of)
        return damaged(key, fail(json::errc::not_json, "the key names no thing and shadow"));
    auto const stored = shadow::document::parse(value);
    if (!stored)
        return damaged(key, stored.error());
    keep(*of, *stored, stored->print());
    return true;
}

std::size_t shadow_service::cost_of(shadow::shadow_id const& of, std::string_view text) {
    constexpr std::size_t node_cost = 2 * (sizeof(shadows::value_type) + 64);
    return node_cost + of.thing.size() + of.name.size() + text.size();
}

bool shadow_service::has_room(shadow::shadow_id const& of, std::string_view text) const {
    auto const found = shadows_.find(of);
    auto const before = found == shadows_.end() ? 0 : cost_of(of, found->second.text);
    auto const after = cost_of(of, text);
    return after <= before || held_bytes_ - before + after <= max_held_bytes_;
}

void shadow_service::keep(shadow::shadow_id const& of, shadow::document const& next,
                          std::string text) {
    if (auto const found = shadows_.find(of); found != shadows_.end())
        forget(found);
    text.shrink_to_fit();
    held_bytes_ += cost_of(of, text);
    auto& added = shadows_[of];
    added.text = std::move(text);
    if (!next.exists) {
        added.deleted = next.changed;
        deleted_.emplace(next.changed, of);
    }
}

void shadow_service::forget(shadows::iterator which) {
    held_bytes_ -= cost_of(which->first, which->second.text);
    if (which->second.deleted)
        deleted_.erase({*which->second.deleted, which->first});
    shadows_.erase(which);
}

void shadow_service::forget_deleted(utc_time now, std::vector<record>& persist) {
    while (!deleted_.empty() && now - deleted_.begin()->first > shadow::tombstone_life) {
        auto const found = shadows_.find(deleted_.begin()->second);
        persist.push_back({std::string(record_kind), shadow::record_key(found->first), {}});
        forget(found);
    }
}

std::vector<std::string> shadow_service::names(std::string_view thing) const {
    std::vector<std::string> found;
    for (auto at = shadows_.lower_bound({std::string(thing), {}});
         at != shadows_.end() && at->first.thing == thing; ++at)
        if (!at->first.name.empty() && !at->second.deleted)
            found.push_back(at->first.name);
    return found;
}

shadow_outcome shadow_service::refuse_throttled(shadow::request_topic const& asked,
                                                std::string_view payload) {
    shadow::refusal why{429, "Too Many Requests"};
    if (auto const read = json::parse_object(payload))
        if (auto const token = json::find_string(*read, "clientToken"))
            why.client_token = *token;
    return {asked, {{shadow::print_request_topic(asked) + "/rejected", why.print()}}, why};
}

shadow_outcome shadow_service::ask(shadow::request_topic const& asked, std::string_view payload,
                                   utc_time now, std::vector<record>& persist) {
    auto const base = shadow::print_request_topic(asked);
    auto const refused = [&](shadow::refusal const& r) {
        return shadow_outcome{asked, {{base + "/rejected", r.print()}}, r};
    };
    auto const accepted = [&](std::vector<shadow_message> messages) {
        return shadow_outcome{asked, std::move(messages)};
    };
    auto const found = shadows_.find(asked.of);
    // INVARIANT: what is kept was printed by a document.
    auto const stored = found == shadows_.end()
                            ? shadow::document{}
                            : shadow::document::parse(found->second.text).value();
    auto const store = [&](shadow::document const& next, std::string text) {
        persist.push_back({std::string(record_kind), shadow::record_key(asked.of), text});
        keep(asked.of, next, std::move(text));
    };
    switch (asked.what) {
    case shadow::operation::get: {
        auto got = shadow::get(stored, shadow::spoken_name(asked.of), payload, now, of_each_);
        if (!got)
            return refused(got.error());
        return accepted({{base + "/accepted", std::move(*got)}});
    }
    case shadow::operation::remove: {
        auto gone = shadow::remove(stored, shadow::spoken_name(asked.of), payload, now, of_each_);
        if (!gone)
            return refused(gone.error());
        store(gone->next, gone->next.print());
        return accepted({{base + "/accepted", std::move(gone->accepted)}});
    }
    case shadow::operation::update:
        break;
    }
    auto done = shadow::update(stored, payload, now, of_each_);
    if (!done)
        return refused(done.error());
    auto text = done->next.print();
    if (!has_room(asked.of, text))
        return refused({500,
                        "Internal service failure: this local cloud keeps " +
                            std::to_string(max_held_bytes_ >> 20) + " MiB of shadows at most",
                        std::move(done->client_token)});
    store(done->next, std::move(text));
    std::vector<shadow_message> answers{{base + "/accepted", std::move(done->accepted)},
                                        {base + "/documents", std::move(done->documents)}};
    if (done->delta)
        answers.push_back({base + "/delta", std::move(*done->delta)});
    return accepted(std::move(answers));
}

} // namespace cogniot::local
