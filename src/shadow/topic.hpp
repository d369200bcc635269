// Which topics ask the shadow service something, and which thing and shadow they mean.
//
// @source AWS IoT developer guide, "Reserved topics", "Shadow topics".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cogniot::shadow {

enum class operation { get, update, remove };

/// One shadow of one thing; `name` is empty for the classic one.
struct shadow_id {
    std::string thing;
    std::string name{};
    friend bool operator==(shadow_id const&, shadow_id const&) = default;
    friend auto operator<=>(shadow_id const&, shadow_id const&) = default;
};

struct request_topic {
    shadow_id of;
    operation what = operation::get;
};

/// Reads `$aws/things/T/shadow[/name/S]/{get,update,delete}`; nothing for every other topic and for
/// names outside `[a-zA-Z0-9:_-]{1,128}` (thing) and `[$a-zA-Z0-9:_-]{1,64}` (shadow).
std::optional<request_topic> parse_request_topic(std::string_view topic);

/// `$aws/things/T/shadow[/name/S]/{get,update,delete}`
std::string print_request_topic(request_topic const&);

bool is_thing_name(std::string_view text);
bool is_shadow_name(std::string_view text);

/// `$aws/things/T/shadow` or `$aws/things/T/shadow/name/S`.
std::string topic_prefix(shadow_id const&);
/// `T` or `T/S`: the record's key. Neither name can hold a slash.
std::string record_key(shadow_id const&);
std::optional<shadow_id> parse_record_key(std::string_view key);
/// `T` or `T~S`: how AWS names a shadow in `No shadow exists with name: '…'` (named form: seen in
/// clients, not confirmed).
std::string spoken_name(shadow_id const&);

} // namespace cogniot::shadow
