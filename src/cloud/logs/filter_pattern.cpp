#include "cloud/logs/filter_pattern.hpp"

#include "base/ascii.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <utility>

namespace cogniot::cloud::logs {
namespace {

bool is_word(char c) {
    return is_letter_or_digit(c) || c == '_';
}

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// Whether the term is in the message, not as a part of a longer word.
bool has_term(std::string_view message, std::string_view term) {
    for (auto at = message.find(term); at != std::string_view::npos;
         at = message.find(term, at + 1)) {
        auto const end = at + term.size();
        bool const begins = at == 0 || !is_word(term.front()) || !is_word(message[at - 1]);
        bool const ends = end == message.size() || !is_word(term.back()) || !is_word(message[end]);
        if (begins && ends)
            return true;
    }
    return false;
}

/// Reads a quoted term after its opening quote; nothing if it is never closed.
std::optional<std::string> read_quoted(std::string_view& rest) {
    std::string term;
    while (!rest.empty() && rest.front() != '"') {
        if (rest.front() == '\\' && rest.size() > 1)
            rest.remove_prefix(1);
        term += rest.front();
        rest.remove_prefix(1);
    }
    if (rest.empty())
        return {};
    rest.remove_prefix(1);
    return term;
}

} // namespace

result<filter_pattern::terms> filter_pattern::parse_terms(std::string_view text) {
    terms found;
    auto rest = text;
    for (;;) {
        while (!rest.empty() && is_blank(rest.front()))
            rest.remove_prefix(1);
        if (rest.empty())
            break;
        auto* into = &found.all;
        if (rest.front() == '?' || rest.front() == '-') {
            into = rest.front() == '?' ? &found.any : &found.none;
            rest.remove_prefix(1);
        }
        if (!rest.empty() && rest.front() == '%')
            return fail(pattern_errc::expression_not_alone, "`" + printable(rest) + "`");
        std::string term;
        if (!rest.empty() && rest.front() == '"') {
            rest.remove_prefix(1);
            auto quoted = read_quoted(rest);
            if (!quoted)
                return fail(pattern_errc::quote_not_closed, "`" + printable(text) + "`");
            term = std::move(*quoted);
            if (trim(term).empty())
                continue; // `" "` is AWS's way to say everything
        } else {
            auto const size = static_cast<std::size_t>(
                std::ranges::find_if(rest, [](char c) { return is_blank(c); }) - rest.begin());
            term = rest.substr(0, size);
            rest.remove_prefix(size);
            if (term.empty() || !std::ranges::all_of(term, &is_word))
                return fail(pattern_errc::term_needs_quotes, "`" + printable(term) + "`");
        }
        into->push_back(std::move(term));
    }
    // Beside other terms, optional ones have no effect (user guide, "Match optional terms").
    if (!found.all.empty() || !found.none.empty())
        found.any.clear();
    return found;
}

result<filter_pattern> filter_pattern::parse(std::string_view text) {
    filter_pattern made;
    auto const trimmed = trim(text);
    if (trimmed.starts_with('{')) {
        auto expression = json_pattern::parse(trimmed);
        if (!expression)
            return expression.error();
        made.what_ = std::move(*expression);
        return made;
    }
    if (trimmed.starts_with('['))
        return fail(pattern_errc::no_delimited, "`" + printable(trimmed) + "`");
    bool const is_expression = trimmed.size() > 1 && trimmed.find('%', 1) == trimmed.size() - 1;
    if (trimmed.starts_with('%') && is_expression) {
        auto expression = text_expression::parse(trimmed.substr(1, trimmed.size() - 2));
        if (!expression)
            return expression.error();
        made.what_ = std::move(*expression);
        return made;
    }
    auto found = parse_terms(trimmed);
    if (!found)
        return found.error();
    made.what_ = std::move(*found);
    return made;
}

bool filter_pattern::matches(std::string_view message) const {
    if (auto const* expression = std::get_if<json_pattern>(&what_))
        return expression->matches(message);
    if (auto const* expression = std::get_if<text_expression>(&what_))
        return expression->is_in(message);
    auto const& wanted = std::get<terms>(what_);
    auto const is_there = [&](std::string const& term) { return has_term(message, term); };
    return std::ranges::all_of(wanted.all, is_there) &&
           std::ranges::none_of(wanted.none, is_there) &&
           (wanted.any.empty() || std::ranges::any_of(wanted.any, is_there));
}

} // namespace cogniot::cloud::logs
