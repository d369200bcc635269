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

fault_reading<fault_rule> parse_fault_text(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    bool is_quoted = false;
    bool has_word = false;
    for (char const c : text) {
        bool const is_space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (c == '"') {
            is_quoted = !is_quoted;
            has_word = true;
        } else if (is_space && !is_quoted) {
            if (has_word)
                words.push_back(std::exchange(word, {}));
            has_word = false;
        } else {
            word += c;
            has_word = true;
        }
    }
    if (is_quoted)
        return fault_complaint{"", "a double quote is not closed: `" + printable(text, 200) + "`"};
    if (has_word)
        words.push_back(std::move(word));
    return parse_fault_words(words);
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
