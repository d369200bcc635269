#include "shadow/topic.hpp"

#include "base/ascii.hpp"
#include "base/text.hpp"

namespace cogniot::shadow {
namespace {

bool is_name(std::string_view text, std::size_t most, bool dollar) {
    if (text.empty() || text.size() > most)
        return false;
    for (char c : text) {
        bool const plain = is_letter_or_digit(c) || c == ':' || c == '_' || c == '-';
        if (!plain && !(dollar && c == '$'))
            return false;
    }
    return true;
}

} // namespace

bool is_thing_name(std::string_view text) {
    return is_name(text, 128, false);
}
bool is_shadow_name(std::string_view text) {
    return is_name(text, 64, true);
}

std::optional<request_topic> parse_request_topic(std::string_view topic) {
    if (!topic.starts_with("$aws/things/"))
        return {};
    auto const levels = split(topic, '/');
    bool const classic = levels.size() == 5;
    bool const named = levels.size() == 7 && levels[4] == "name";
    if ((!classic && !named) || levels[3] != "shadow" || !is_thing_name(levels[2]))
        return {};
    request_topic found{{std::string(levels[2])}, operation::get};
    if (named) {
        if (!is_shadow_name(levels[5]))
            return {};
        found.of.name = levels[5];
    }
    auto const verb = levels.back();
    if (verb == "update")
        found.what = operation::update;
    else if (verb == "delete")
        found.what = operation::remove;
    else if (verb != "get")
        return {};
    return found;
}

std::string topic_prefix(shadow_id const& of) {
    auto prefix = "$aws/things/" + of.thing + "/shadow";
    return of.name.empty() ? prefix : prefix + "/name/" + of.name;
}

std::string print_request_topic(request_topic const& asked) {
    auto const* const verb = asked.what == operation::get      ? "/get"
                             : asked.what == operation::update ? "/update"
                                                               : "/delete";
    return topic_prefix(asked.of) + verb;
}

std::string record_key(shadow_id const& of) {
    return of.name.empty() ? of.thing : of.thing + "/" + of.name;
}

std::optional<shadow_id> parse_record_key(std::string_view key) {
    auto const slash = key.find('/');
    auto const thing = key.substr(0, slash);
    if (!is_thing_name(thing))
        return {};
    if (slash == std::string_view::npos)
        return shadow_id{std::string(thing)};
    auto const name = key.substr(slash + 1);
    if (!is_shadow_name(name))
        return {};
    return shadow_id{std::string(thing), std::string(name)};
}

std::string spoken_name(shadow_id const& of) {
    return of.name.empty() ? of.thing : of.thing + "~" + of.name;
}

} // namespace cogniot::shadow
