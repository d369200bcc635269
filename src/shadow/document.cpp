#include "shadow/document.hpp"

#include "base/text.hpp"

#include <chrono>
#include <utility>

namespace cogniot::shadow {
namespace {

constexpr std::size_t max_client_token_bytes = 64;

refusal refuse(int code, std::string message, std::optional<std::string> token = {}) {
    return {code, std::move(message), std::move(token)};
}

refusal too_deep(limits const& most, std::optional<std::string> token = {}) {
    return refuse(400,
                  "JSON contains too many levels of nesting; maximum is " +
                      std::to_string(most.max_depth),
                  std::move(token));
}

refusal missing(std::string_view name, std::optional<std::string> token) {
    return refuse(404, "No shadow exists with name: '" + std::string(name) + "'", std::move(token));
}

json::object sections(json::object const& desired, json::object const& reported) {
    json::object both;
    if (!desired.empty())
        both["desired"] = desired;
    if (!reported.empty())
        both["reported"] = reported;
    return both;
}

json::object state_of(document const& d) {
    return sections(d.desired.state, d.reported.state);
}
json::object metadata_of(document const& d) {
    return sections(d.desired.metadata, d.reported.metadata);
}

json::object snapshot(document const& d) {
    return {{"state", state_of(d)}, {"metadata", metadata_of(d)}, {"version", d.version}};
}

std::string finish(json::object message, std::optional<std::string> const& token) {
    if (token)
        message["clientToken"] = *token;
    return json::print(message);
}

struct read_request {
    json::object body;
    std::optional<std::string> client_token;
};

/// UTF-8, a JSON object, a clientToken of the right kind: what all requests share.
answer<read_request> read(std::string_view payload, limits const& most) {
    if (!is_utf8(payload))
        return refuse(415, "Unsupported documented encoding; supported encoding is UTF-8");
    auto parsed = json::parse_object(payload, {.max_bytes = 1 << 20, .max_depth = 64});
    if (!parsed) {
        if (parsed.error().code == make_error_code(json::errc::too_deep))
            return too_deep(most);
        return refuse(400, "Invalid JSON");
    }
    read_request made{std::move(*parsed), {}};
    if (auto const* token = made.body.if_contains("clientToken"); token != nullptr) {
        if (!token->is_string() || token->get_string().size() > max_client_token_bytes)
            return refuse(400, "Invalid clientToken");
        made.client_token = std::string(token->get_string());
    }
    return made;
}

/// The patch an update asks for, checked in AWS's order as far as it is known (device-shadow 2.4).
struct patch {
    bool clear_all = false;
    /// nullopt = not mentioned; null value = remove the section.
    std::optional<json::value> desired;
    std::optional<json::value> reported;
};

answer<patch> read_patch(json::value const& state, limits const& most,
                         std::optional<std::string> const& token) {
    patch made;
    if (state.is_null()) {
        made.clear_all = true;
        return made;
    }
    auto const* nodes = state.if_object();
    if (nodes == nullptr)
        return refuse(400, "State node must be an object", token);
    for (auto const& node : *nodes)
        // Clients replay what get answered, so `delta` is let through and dropped.
        if (node.key() != "desired" && node.key() != "reported" && node.key() != "delta")
            return refuse(400, "State contains an invalid node: '" + std::string(node.key()) + "'",
                          token);
    for (auto [key, title, into] : {std::tuple{"desired", "Desired", &made.desired},
                                    std::tuple{"reported", "Reported", &made.reported}}) {
        auto const* node = nodes->if_contains(key);
        if (node == nullptr)
            continue;
        if (!node->is_object() && !node->is_null())
            return refuse(400, std::string(title) + " node must be an object", token);
        *into = *node;
    }
    for (auto const* node : {&made.desired, &made.reported})
        if (*node && has_null_element(**node))
            return refuse(400, "Invalid JSON", token);
    for (auto const* node : {&made.desired, &made.reported})
        if (*node && depth(**node) > most.max_depth)
            return too_deep(most, token);
    return made;
}

void apply(section& to, std::optional<json::value> const& change, std::int64_t at) {
    if (!change)
        return;
    if (change->is_null()) {
        to = {};
        return;
    }
    merge(to, change->get_object(), at);
}

/// The version an update must name if it names one; a tombstone counts for 48 hours.
std::int64_t current_version(document const& stored, utc_time now) {
    if (!stored.exists && now - stored.changed > tombstone_life)
        return 0;
    return stored.version;
}

} // namespace

std::string refusal::print() const {
    return finish({{"code", code}, {"message", message}}, client_token);
}

std::string document::print() const {
    return json::print(
        json::object{{"state", state_of(*this)},
                     {"metadata", sections(compact_stamps(desired), compact_stamps(reported))},
                     {"version", version},
                     {"exists", exists},
                     {"changed", changed.time_since_epoch().count()}});
}

result<document> document::parse(std::string_view record_value) {
    auto parsed = json::parse_object(record_value, {.max_bytes = 1 << 20, .max_depth = 64});
    if (!parsed)
        return parsed.error();
    auto const version = json::find_integer(*parsed, "version");
    auto const exists = json::find_bool(*parsed, "exists");
    auto const changed = json::find_integer(*parsed, "changed");
    auto const* state = json::find_object(*parsed, "state");
    auto const* metadata = json::find_object(*parsed, "metadata");
    if (!version || !exists || !changed || state == nullptr || metadata == nullptr)
        return fail(json::errc::field_missing,
                    "a shadow has `version`, `exists`, `changed`, `state` and `metadata`");
    document made{.version = *version,
                  .exists = *exists,
                  .changed = utc_time(std::chrono::milliseconds(*changed))};
    auto const take = [](json::object const& from, std::string_view key) {
        auto const* found = json::find_object(from, key);
        return found != nullptr ? *found : json::object{};
    };
    for (auto [key, into] :
         {std::pair{"desired", &made.desired}, std::pair{"reported", &made.reported}}) {
        into->state = take(*state, key);
        into->metadata = expand_stamps(into->state, take(*metadata, key));
    }
    return made;
}

answer<std::string> get(document const& stored, std::string_view name, std::string_view payload,
                        utc_time now, limits const& most) {
    std::optional<std::string> token;
    if (!payload.empty()) {
        auto asked = read(payload, most);
        if (!asked)
            return asked.error();
        token = std::move(asked->client_token);
    }
    if (!stored.exists)
        return missing(name, std::move(token));
    auto state = state_of(stored);
    if (auto differing = delta(stored.desired, stored.reported); !differing.state.empty())
        state["delta"] = std::move(differing.state);
    return finish({{"state", std::move(state)},
                   {"metadata", metadata_of(stored)},
                   {"version", stored.version},
                   {"timestamp", epoch_seconds(now)}},
                  token);
}

answer<updated> update(document const& stored, std::string_view payload, utc_time now,
                       limits const& most) {
    auto asked = read(payload, most);
    if (!asked)
        return asked.error();
    auto const& token = asked->client_token;
    auto* state = asked->body.if_contains("state");
    if (state == nullptr)
        return refuse(400, "Missing required node: state", token);
    auto change = read_patch(*state, most, token);
    if (!change)
        return change.error();
    auto const current = current_version(stored, now);
    if (auto const* wanted = asked->body.if_contains("version");
        wanted != nullptr && !wanted->is_null()) {
        if (!(wanted->is_int64() && wanted->get_int64() >= 0) && !wanted->is_uint64())
            return refuse(400, "Invalid version", token);
        if (wanted->is_uint64() || wanted->get_int64() != current)
            return refuse(409, "Version conflict", token);
    }

    auto const at = epoch_seconds(now);
    updated made{.next = stored.exists ? stored : document{}};
    made.next.version = current + 1;
    made.next.exists = true;
    made.next.changed = now;
    if (change->clear_all) {
        made.next.desired = {};
        made.next.reported = {};
    }
    apply(made.next.desired, change->desired, at);
    apply(made.next.reported, change->reported, at);
    if (json::print(state_of(made.next)).size() > most.max_document_bytes)
        return refuse(413, "The payload exceeds the maximum size allowed", token);

    if (auto* nodes = state->if_object())
        nodes->erase("delta");
    auto stamps = timestamps_of(*state, at);
    made.accepted = finish({{"state", std::move(*state)},
                            {"metadata", std::move(stamps)},
                            {"version", made.next.version},
                            {"timestamp", at}},
                           token);
    json::value previous = nullptr;
    if (stored.exists)
        previous = snapshot(stored);
    made.documents = finish(
        {{"previous", std::move(previous)}, {"current", snapshot(made.next)}, {"timestamp", at}},
        token);
    if (auto differing = delta(made.next.desired, made.next.reported); !differing.state.empty())
        made.delta = finish({{"version", made.next.version},
                             {"timestamp", at},
                             {"state", std::move(differing.state)},
                             {"metadata", std::move(differing.metadata)}},
                            token);
    made.client_token = token;
    return made;
}

answer<removed> remove(document const& stored, std::string_view name, std::string_view payload,
                       utc_time now, limits const& most) {
    std::optional<std::string> token;
    // A delete may carry anything; only a clientToken in a JSON object is looked at.
    if (auto asked = read(payload, most); asked)
        token = std::move(asked->client_token);
    if (!stored.exists)
        return missing(name, std::move(token));
    removed made;
    made.accepted = finish({{"version", stored.version}, {"timestamp", epoch_seconds(now)}}, token);
    made.next.version = stored.version + 1;
    made.next.changed = now;
    return made;
}

} // namespace cogniot::shadow
