#include "client/device_twin.hpp"

#include "base/text.hpp"
#include "json/parse.hpp"

#include <utility>

namespace cogniot::client {

namespace {

/// Members of `from` take the place of those of `into`; objects are merged.
void merge(json::object& into, json::object const& from) {
    for (auto const& [name, value] : from) {
        auto* const there = into.if_contains(name);
        if (there && there->is_object() && value.is_object())
            merge(there->get_object(), value.get_object());
        else
            into[name] = value;
    }
}

/// What of `wanted` is not so in `have`.
json::object difference(json::object const& wanted, json::object const& have) {
    json::object out;
    for (auto const& [name, value] : wanted) {
        auto const* const there = have.if_contains(name);
        if (there && there->is_object() && value.is_object()) {
            auto inner = difference(value.get_object(), there->get_object());
            if (!inner.empty())
                out[name] = std::move(inner);
        } else if (!there || *there != value) {
            out[name] = value;
        }
    }
    return out;
}

json::object member(json::object const& in, std::string_view name) {
    auto const* const found = json::find_object(in, name);
    return found ? *found : json::object{};
}

std::int64_t version_of(json::object const& document) {
    return json::find_integer(document, "version").value_or(0);
}

device_news rejection(json::object const& document) {
    return {.what = device_news::kind::rejected,
            .code = json::find_integer(document, "code").value_or(0),
            .text = printable(json::find_string(document, "message").value_or(""))};
}

} // namespace

device_twin::device_twin(std::string thing, std::string token)
    : prefix_("$aws/things/" + std::move(thing) + "/shadow/"), token_(std::move(token)) {}

std::vector<topic_request> device_twin::filters() const {
    std::vector<topic_request> all;
    for (auto const* const name :
         {"get/accepted", "get/rejected", "update/accepted", "update/rejected", "update/delta"})
        all.push_back({.filter = prefix_ + name});
    return all;
}

message device_twin::ask() const {
    return {.topic = prefix_ + "get",
            .payload = json::print(json::object{{"clientToken", token_}})};
}

message device_twin::make_report(json::object const& reported) const {
    return {.topic = prefix_ + "update",
            .payload = json::print(json::object{{"state", json::object{{"reported", reported}}},
                                                {"clientToken", token_}})};
}

device_twin::outcome device_twin::received(received_message const& m) {
    using kind = device_news::kind;
    if (!m.topic.starts_with(prefix_))
        return {};
    auto const what = std::string_view(m.topic).substr(prefix_.size());
    auto const document = json::parse_object(m.payload);
    if (!document)
        return {
            .news = {{.what = kind::rejected, .text = m.topic + ": " + document.error().detail}}};
    if (what == "update/delta") {
        desired_change change{version_of(*document), member(*document, "state")};
        device_news told{.what = kind::delta, .version = change.version, .state = change.state};
        if (change.version <= applied_) {
            told.what = kind::stale;
            return {.news = {std::move(told)}};
        }
        return {.news = {std::move(told)}, .change = std::move(change)};
    }
    // The answers below go to whoever asked; other clients' are of no concern.
    if (json::find_string(*document, "clientToken") != token_)
        return {};
    if (what == "get/accepted")
        return got(*document);
    if (what == "update/accepted")
        return {.news = {{.what = kind::reported,
                          .version = version_of(*document),
                          .state = member(member(*document, "state"), "reported")}}};
    auto told = rejection(*document);
    if (what == "get/rejected" && told.code == 404) {
        applied_ = 0;
        outcome out{.news = {{.what = kind::no_shadow}}};
        if (!state_.empty())
            out.report = make_report(state_);
        is_known_ = true;
        return out;
    }
    return {.news = {std::move(told)}};
}

device_twin::outcome device_twin::got(json::object const& document) {
    auto const state = member(document, "state");
    auto const reported = member(state, "reported");
    if (!std::exchange(is_known_, true)) {
        auto before = reported;
        merge(before, state_); // a delta may have come first
        state_ = std::move(before);
    }
    desired_change change{version_of(document), difference(member(state, "desired"), state_)};
    outcome out{
        .news = {
            {.what = device_news::kind::got, .version = change.version, .state = change.state}}};
    // The shadow is the newest there is, even if it was deleted and begins anew.
    applied_ = change.version - 1;
    if (!change.state.empty()) {
        out.change = std::move(change);
        return out;
    }
    applied_ = change.version;
    // What was applied while nobody heard is reported now.
    if (auto const unreported = difference(state_, reported); !unreported.empty())
        out.report = make_report(unreported);
    return out;
}

device_twin::outcome device_twin::apply(desired_change const& change) {
    device_news told{
        .what = device_news::kind::applied, .version = change.version, .state = change.state};
    if (change.version <= applied_) {
        told.what = device_news::kind::stale;
        return {.news = {std::move(told)}};
    }
    applied_ = change.version;
    merge(state_, change.state);
    return {.news = {std::move(told)}, .report = make_report(change.state)};
}

} // namespace cogniot::client
