// Rules in words, and the durations in them.
#include "base/number.hpp"
#include "base/text.hpp"
#include "local/faults/kinds.hpp"
#include "local/faults/rule.hpp"

#include <boost/json.hpp>

#include <utility>

namespace cogniot::local {
namespace {

using std::chrono::milliseconds;

struct unit {
    std::string_view name;
    milliseconds worth;
};
/// Largest first, for printing; `ms` before `s` and `m`, for reading.
constexpr unit units[] = {{"d", std::chrono::hours(24)},
                          {"h", std::chrono::hours(1)},
                          {"ms", milliseconds(1)},
                          {"m", std::chrono::minutes(1)},
                          {"s", std::chrono::seconds(1)}};
constexpr milliseconds longest = std::chrono::hours(24 * 366);

constexpr std::string_view spaces = " \t\r\n";

struct one_word {
    std::string text;
};

/// Takes what is in double quotes from behind the first of them.
fault_reading<one_word> take_quoted(std::string_view& rest) {
    one_word out;
    while (!rest.empty()) {
        char c = rest.front();
        rest.remove_prefix(1);
        if (c == '"') {
            if (!rest.empty() && spaces.find(rest.front()) == std::string_view::npos)
                return fault_complaint{"", "behind a closing double quote comes a space (one that "
                                           "is meant as text is written `\\\"`)"};
            return out;
        }
        bool const is_escape = c == '\\' && (rest.starts_with('"') || rest.starts_with('\\'));
        if (is_escape) {
            c = rest.front();
            rest.remove_prefix(1);
        }
        out.text += c;
    }
    return fault_complaint{"", "a double quote is not closed"};
}

/// Takes one word from the front of a text that begins with it.
fault_reading<one_word> take_word(std::string_view& rest) {
    auto const word = rest.substr(0, rest.find_first_of(spaces));
    // What stands in front of the value: `member=`, or nothing.
    auto const equals = word.starts_with('"') ? std::string_view::npos : word.find('=');
    auto const value = equals == std::string_view::npos ? 0 : equals + 1;
    if (!word.substr(value).starts_with('"')) {
        rest.remove_prefix(word.size());
        return one_word{std::string(word)};
    }
    rest.remove_prefix(value + 1);
    auto quoted = take_quoted(rest);
    if (quoted)
        quoted->text.insert(0, word.substr(0, value));
    return quoted;
}

} // namespace

std::optional<milliseconds> parse_delay(std::string_view text) {
    for (auto const& one : units) {
        if (!text.ends_with(one.name))
            continue;
        auto const digits = text.substr(0, text.size() - one.name.size());
        auto const number = parse_number<std::int64_t>(digits);
        if (!number || *number < 0 || *number > longest / one.worth)
            return {};
        return *number * one.worth;
    }
    return {};
}

std::string print_delay(milliseconds how_long) {
    for (std::string_view const name : {"d", "h", "m", "s"})
        for (auto const& one : units)
            if (one.name == name && how_long.count() > 0 && how_long % one.worth == milliseconds{})
                return std::to_string(how_long / one.worth) + std::string(name);
    return how_long.count() == 0 ? "0s" : std::to_string(how_long.count()) + "ms";
}

std::string print_fault_word(std::string_view text) {
    if (text.find_first_of(spaces) == std::string_view::npos && !text.starts_with('"'))
        return std::string(text);
    std::string out = "\"";
    for (char const c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        out += c;
    }
    return out += '"';
}

fault_reading<fault_rule> parse_fault_text(std::string_view text) {
    std::vector<std::string> words;
    for (auto rest = text;;) {
        auto const begin = rest.find_first_not_of(spaces);
        if (begin == std::string_view::npos)
            return parse_fault_words(words);
        rest.remove_prefix(begin);
        auto word = take_word(rest);
        if (!word)
            return fault_complaint{"", word.error().what + ": `" + printable(text, 200) + "`"};
        words.push_back(std::move(word->text));
    }
}

fault_reading<fault_rule> parse_fault_words(std::span<std::string const> words) {
    if (words.empty())
        return fault_complaint{"", "say which fault; there are " + kind_names()};
    boost::json::object rule{{"fault", words.front()}};
    auto const* const row = find_kind(words.front());
    if (row == nullptr)
        return parse_fault_rule(rule);
    for (std::string_view const word : words.subspan(1)) {
        std::string_view member;
        auto value = word;
        auto const equals = word.find('=');
        if (equals != std::string_view::npos && takes(*row, word.substr(0, equals))) {
            member = word.substr(0, equals);
            value = word.substr(equals + 1);
        } else if (word.ends_with('%') && equals == std::string_view::npos) {
            member = "probability";
        } else if (!row->main.empty() && !rule.contains(row->main)) {
            member = row->main;
        } else {
            return fault_complaint{"", "what is `" + printable(word, 100) + "`? " + "Write `" +
                                           std::string(row->example) + "`; `" +
                                           std::string(row->name) + "` takes " + members_of(*row)};
        }
        if (!rule.emplace(member, value).second)
            return fault_complaint{std::string(member),
                                   "`" + std::string(member) + "` is given twice"};
    }
    return parse_fault_rule(rule);
}

} // namespace cogniot::local
