// What HTTPS asks of the broker: publish, look at what is retained, look at a client, end its
// connection.
#include "broker/core.hpp"
#include "mqtt/property_codec.hpp"

#include <utility>

namespace cogniot::broker {
namespace {

/// How long AWS answers for a connection that has ended. @source AWS IoT data API, GetConnection
constexpr std::chrono::minutes remembered{30};

std::vector<std::pair<std::string, std::string>> user_properties_of(std::string_view encoded) {
    std::string with_length;
    mqtt::put_varint(with_length, static_cast<std::uint32_t>(encoded.size()));
    with_length += encoded;
    mqtt::reader in(with_length, mqtt::version::v5);
    mqtt::properties all;
    // INVARIANT: encoded by forwarded_properties().
    mqtt::decode_properties(in, mqtt::property_place::publish, all);
    return {all.user_properties.begin(), all.user_properties.end()};
}

retained_view view_of(retained_message const& kept) {
    auto const& m = kept.what->view();
    return {.topic = m.topic,
            .payload = m.payload,
            .level = m.level,
            .stored_at = kept.stored_at,
            .user_properties = user_properties_of(m.properties)};
}

} // namespace

publish_outcome core::publish(peer const& from, mqtt::publish const& p, utc_time now) {
    finish_restoring(now);
    begin_request();
    publisher const who{.from = from, .protocol = "HTTP"};
    // No decoder has seen them, and those who subscribe will read them.
    auto const sound = mqtt::check_properties(p.props, mqtt::property_place::publish);
    auto fault = sound ? find_refusal(who, p, p.topic, now)
                       : logged(who, p, p.topic, {.details = sound.error().detail});
    if (!fault) {
        fault = accept(who, p, p.topic, now);
        hang_up(now);
    }
    return fault ? publish_outcome{fault->why, fault->details} : publish_outcome{};
}

std::optional<retained_view> core::find_retained(std::string_view topic, utc_time now) const {
    auto const* const kept = retained_.find(topic);
    if (kept == nullptr || kept->what->view().expires <= now)
        return {};
    return view_of(*kept);
}

void core::list_retained(std::string_view after, utc_time now,
                         std::function<bool(retained_view const&)> const& each) const {
    retained_.list(after, [&](retained_message const& kept) {
        return kept.what->view().expires <= now || each(view_of(kept));
    });
}

std::optional<client_view> core::find_client(std::string_view client_id, utc_time now) const {
    client_view found;
    bool is_known = false;
    if (auto const at = by_client_id_.find(client_id);
        at != by_client_id_.end() && !at->second->is_queue()) {
        auto const& s = *at->second;
        is_known = true;
        found.is_clean = s.expiry_seconds == 0;
        found.session_expiry_seconds = s.expiry_seconds;
        for (auto const& [filter, options] : s.subscriptions)
            found.subscriptions.emplace_back(filter, options.maximum);
        if (auto const* const c = s.link; c != nullptr) {
            found.is_connected = true;
            found.link = c->from.id;
            found.keep_alive_seconds = c->keep_alive_seconds;
            found.source_ip = c->from.source_ip;
            found.source_port = c->from.source_port;
            found.since = c->connected_at;
            return found;
        }
    }
    if (auto const at = presence_versions_.find(std::string(client_id));
        at != presence_versions_.end() && at->second.ended_at &&
        now - *at->second.ended_at < remembered) {
        found.since = at->second.ended_at;
        if (at->second.reason)
            found.disconnect_reason = print(*at->second.reason);
        is_known = true;
    }
    return is_known ? std::optional(std::move(found)) : std::nullopt;
}

bool core::disconnect(std::string_view client_id, bool clean_session, bool with_will,
                      utc_time now) {
    auto const at = by_client_id_.find(client_id);
    if (at == by_client_id_.end() || at->second->link == nullptr)
        return false;
    begin_request();
    if (clean_session)
        at->second->expiry_seconds = 0;
    end(*at->second->link,
        {.why = disconnect_reason::api_initiated, .code = 0x98, .with_will = with_will}, now);
    return true;
}

} // namespace cogniot::broker
