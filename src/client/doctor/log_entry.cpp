#include "client/doctor/log_entry.hpp"

#include "base/text.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

namespace cogniot::client::doctor {
namespace {

/// `2026-01-02 03:04:05.678`
utc_time read_instant(std::string text) {
    if (auto const space = text.find(' '); space != std::string::npos)
        text[space] = 'T';
    return parse_extended(text + "Z").value_or(utc_time());
}

} // namespace

std::optional<log_entry> read_log_entry(std::string_view message) {
    auto const parsed = json::parse_object(message, {.max_bytes = 1 << 20, .max_depth = 32});
    if (!parsed)
        return {};
    auto const text = [&](std::string_view name) {
        return std::string(json::find_string(*parsed, name).value_or(""));
    };
    log_entry out{.timestamp = text("timestamp"),
                  .event_type = text("eventType"),
                  .success = text("status") == "Success",
                  .trace_id = text("traceId"),
                  .client_id = text("clientId"),
                  .principal_id = text("principalId"),
                  .source_ip = text("sourceIp"),
                  .topic = text("topicName"),
                  .retain = text("retain") == "True",
                  .reason = text("reason"),
                  .details = text("details"),
                  .disconnect_reason = text("disconnectReason"),
                  .server_name = text("serverNameIndication"),
                  .explanation = text("explanation")};
    out.at = read_instant(out.timestamp);
    if (auto const* const list = json::find_array(*parsed, "subscriptions"))
        for (auto const& one : *list)
            if (auto const* const each = one.if_object()) {
                auto const* const code = each->if_contains("reasonCode");
                auto const number = code && code->is_int64() ? code->get_int64() : 0;
                out.subscriptions.emplace_back(
                    std::string(json::find_string(*each, "topicName").value_or("")),
                    static_cast<unsigned>(number));
            }
    return out;
}

std::string words_of(log_entry const& e) {
    if (!e.explanation.empty())
        return printable(e.explanation, 4000);
    return e.reason.empty() ? "no reason is given"
                            : printable(e.reason, 100) + ", " + printable(e.details, 300);
}

std::string print(log_entry const& e) {
    auto out = printable(e.timestamp, 32) + ", " + printable(e.event_type, 64) + ", " +
               (e.success ? "Success" : "Failure");
    auto const add = [&](std::string_view name, std::string const& value, std::size_t most) {
        if (!value.empty())
            out += ", " + std::string(name) + " " + printable(value, most);
    };
    add("topicName", e.topic, 300);
    add("reason", e.reason, 100);
    add("details", e.details, 300);
    add("disconnectReason", e.disconnect_reason, 100);
    add("from", e.source_ip, 64);
    for (auto const& [filter, code] : e.subscriptions)
        if (code >= 0x80)
            add("refused", filter + " with " + std::to_string(code), 300);
    return out;
}

} // namespace cogniot::client::doctor
