#include "local/decision_feed.hpp"

#include "cloud/locks.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <functional>
#include <vector>

namespace cogniot::local {
namespace {

boost::json::array print_locks(std::array<cloud::lock, 3> const& locks) {
    boost::json::array names;
    for (auto const one : locks)
        if (one != cloud::lock::none)
            names.emplace_back(cloud::print(one));
    return names;
}

} // namespace

std::size_t decision_feed::key_hash::operator()(key const& of) const {
    std::size_t mixed = static_cast<std::size_t>(of.decision);
    for (auto const text : {of.who, of.role, of.client_id, of.action, of.resource})
        mixed = (mixed ^ std::hash<std::string_view>{}(text)) * 0x9E3779B97F4A7C15u;
    return mixed ^ (mixed >> 32);
}

decision_feed::counted decision_feed::add(cloud::world const& world, cloud::principal const& who,
                                          std::string_view client_id, std::string_view action,
                                          std::string_view resource, policy::effect decision,
                                          utc_time now) {
    key const what{who.from_identity_pool() ? std::string_view(who.identity_id) : who.arn,
                   who.role_name,
                   client_id,
                   action,
                   resource,
                   decision};
    if (auto const known = by_key_.find(what); known != by_key_.end()) {
        count(known->second, now);
        return {known->second, forgotten_};
    }
    row made{.is_identity = who.from_identity_pool(),
             .number = ++last_number_,
             .count = 1,
             .first = now,
             .last = now};
    if (who.what == cloud::principal::type::role_session ||
        who.what == cloud::principal::type::device) {
        cloud::locks const between(world, who, action, resource);
        std::size_t n = 0;
        for (auto const& one : between.all())
            made.locks[n++] = one.which;
    }
    auto& added = rows_.emplace_back(std::move(made));
    for (auto const text : {what.who, what.role, what.client_id, what.action, what.resource})
        added.text += text;
    std::string_view rest = added.text;
    auto const take = [&rest](std::string_view like) {
        auto const part = rest.substr(0, like.size());
        rest.remove_prefix(like.size());
        return part;
    };
    // INVARIANT: a row's text never changes, and a list's nodes never move.
    added.what = {.who = take(what.who),
                  .role = take(what.role),
                  .client_id = take(what.client_id),
                  .action = take(what.action),
                  .resource = take(what.resource),
                  .decision = decision};
    by_key_.emplace(added.what, std::prev(rows_.end()));
    bytes_ += added.bytes();
    while (rows_.size() > 1 && (rows_.size() > limits_.max_rows || bytes_ > limits_.max_bytes))
        forget_oldest();
    return {std::prev(rows_.end()), forgotten_};
}

bool decision_feed::add_again(counted const& known, utc_time now) {
    if (known.forgotten_ != forgotten_)
        return false;
    count(known.row_, now);
    return true;
}

void decision_feed::count(std::list<row>::iterator which, utc_time now) {
    ++which->count;
    which->last = now;
    rows_.splice(rows_.end(), rows_, which);
}

void decision_feed::forget_oldest() {
    auto const& oldest = rows_.front();
    forgotten_until_ = std::max(forgotten_until_, oldest.last);
    ++forgotten_;
    bytes_ -= oldest.bytes();
    by_key_.erase(oldest.what);
    rows_.pop_front();
}

boost::json::object decision_feed::print(feed_query const& asked) const {
    std::vector<row const*> chosen;
    for (auto const& one : rows_)
        if ((!asked.since || one.last >= *asked.since) &&
            (asked.client_id.empty() || one.what.client_id == asked.client_id) &&
            (asked.identity.empty() || (one.is_identity && one.what.who == asked.identity)))
            chosen.push_back(&one);
    std::ranges::sort(chosen, {}, [](row const* one) { return one->number; });
    boost::json::array printed;
    for (auto const* one : chosen) {
        boost::json::object line{{"first", print_milliseconds(one->first)},
                                 {"last", print_milliseconds(one->last)},
                                 {"count", one->count},
                                 {"decision", policy::print(one->what.decision)},
                                 {"action", one->what.action},
                                 {"resource", one->what.resource}};
        line[one->is_identity ? "identity" : "principal"] = one->what.who;
        if (!one->what.role.empty())
            line["role"] = one->what.role;
        if (!one->what.client_id.empty())
            line["clientId"] = one->what.client_id;
        line["locks"] = print_locks(one->locks);
        printed.push_back(std::move(line));
    }
    bool const complete = forgotten_ == 0 || (asked.since && *asked.since > forgotten_until_);
    return {{"decisions", std::move(printed)}, {"complete", complete}, {"forgotten", forgotten_}};
}

} // namespace cogniot::local
