#include "cli/log_text.hpp"

#include "json/parse.hpp"
#include "mqtt/packet.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace cogniot::cli {
namespace {

/// What foreign text may not do is move a terminal's cursor.
std::string without_controls(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string safe;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const byte = static_cast<unsigned char>(text[i]);
        bool const is_c1 =
            byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        if (byte >= 0x20 && byte != 0x7F && !is_c1) {
            safe += text[i];
            continue;
        }
        auto const shown = is_c1 ? static_cast<unsigned char>(text[++i]) : byte;
        safe += "\\x";
        safe += digits[shown >> 4];
        safe += digits[shown & 15];
    }
    return safe;
}

/// Fields that follow the event's name, each with the word before it.
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> told{{
    {"clientId", "client "},
    {"topicName", "topic "},
    {"deviceShadowName", "thing "},
    {"qos", "QoS "},
    {"userName", "user "},
    {"code", "code "},
    {"disconnectReason", ""},
    {"reason", ""},
    {"details", ""},
    {"principalId", "principal "},
}};

/// MQTT 5: a SUBACK's reason codes; its line is a Success whatever they say.
bool has_refused_filter(boost::json::object const& entry) {
    auto const* const all = entry.if_contains("subscriptions");
    if (all == nullptr || !all->is_array())
        return false;
    return std::ranges::any_of(all->get_array(), [](boost::json::value const& one) {
        return one.is_object() && json::find_integer(one.get_object(), "reasonCode").value_or(0) >=
                                      mqtt::first_failure;
    });
}

} // namespace

std::string print_log_line(std::string_view json_line) {
    auto const entry = json::parse_object(json_line, {.max_bytes = 4 << 20, .max_depth = 64});
    if (!entry)
        return without_controls(json_line) + "\n";
    auto const field = [&](std::string_view name) {
        return without_controls(json::find_string(*entry, name).value_or(""));
    };
    bool const is_failure =
        json::find_string(*entry, "status") == "Failure" || has_refused_filter(*entry);
    bool const is_soft = json::find_bool(*entry, "soft").value_or(false);
    auto text = field("timestamp") + " " +
                (is_soft      ? "soft   "
                 : is_failure ? "refused"
                              : "ok     ") +
                " " + field("eventType");
    for (auto const& [name, word] : told) {
        auto const value = field(name);
        // AWS's details repeat this reason in other words.
        if (value.empty() || (name == "details" && value == "Authorization Failure"))
            continue;
        text += (name == "details" ? ": " : " ") + std::string(word) + value;
    }
    text += "\n";
    if (auto const why = field("explanation"); !why.empty())
        text += "    " + why + "\n";
    return text;
}

void event_reader::take(std::string_view bytes) {
    for (;;) {
        auto const end = bytes.find('\n');
        if (end == std::string_view::npos)
            break;
        line_ += bytes.substr(0, end);
        bytes.remove_prefix(end + 1);
        if (line_.ends_with('\r'))
            line_.pop_back();
        take_line(line_);
        line_.clear();
    }
    line_ += bytes;
}

void event_reader::take_line(std::string_view line) {
    if (line.empty()) {
        if (!id_.empty())
            last_id_ = std::move(id_);
        if (!data_.empty())
            to_(name_, data_);
        restart_event();
        return;
    }
    auto const colon = line.find(':');
    auto const field = line.substr(0, colon);
    auto value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
    if (value.starts_with(' '))
        value.remove_prefix(1);
    if (field == "event")
        name_ = value;
    else if (field == "id")
        id_ = value;
    else if (field == "data")
        data_ += (data_.empty() ? "" : "\n") + std::string(value);
}

void event_reader::restart() {
    line_.clear();
    restart_event();
}

void event_reader::restart_event() {
    name_.clear();
    data_.clear();
    id_.clear();
}

} // namespace cogniot::cli
