#include "policy/pattern.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace cogniot::policy {
namespace {

char fold(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// Bytes of the character that begins at `at`: `?` is a character, not a byte.
std::size_t character_size(std::string_view text, std::size_t at) {
    std::size_t size = 1;
    while (at + size < text.size() && (static_cast<unsigned char>(text[at + size]) & 0xC0) == 0x80)
        ++size;
    return size;
}

/// How many bytes of `expected` stand at the start of `text`.
std::size_t agreement(std::string_view expected, std::string_view text, letter_case how) {
    auto const most = std::min(expected.size(), text.size());
    std::size_t same = 0;
    if (how == letter_case::exact)
        while (same < most && expected[same] == text[same])
            ++same;
    else
        while (same < most && fold(expected[same]) == fold(text[same]))
            ++same;
    return same;
}

bool begins_with(std::string_view text, std::string_view expected, letter_case how) {
    if (how == letter_case::exact)
        return text.starts_with(expected);
    return agreement(expected, text, how) == expected.size();
}

/// Splits one text; see make_pattern.
class splitter {
  public:
    splitter(std::string_view text, pattern_rules const& rules, std::vector<variable>& slots,
             pattern& into)
        : text_(text), rules_(rules), slots_(slots), into_(into) {}

    std::optional<pattern_fault> split() {
        into_ = pattern{};
        into_.written = text_;
        while (at_ < text_.size()) {
            char const c = text_[at_];
            if (c == '$' && text_.substr(at_, 2) == "${" && variables_count_here()) {
                if (auto fault = read_variable())
                    return fault;
                continue;
            }
            ++at_;
            if (rules_.wildcards && c == '*')
                add_run();
            else if (rules_.wildcards && c == '?')
                add(rules_.colon == pattern_rules::colons::ordinary
                        ? piece::type::any_one
                        : piece::type::any_one_in_segment);
            else
                add_literal(c);
        }
        sum_up();
        return {};
    }

  private:
    void sum_up() {
        auto const& pieces = into_.pieces;
        into_.matches_everything = pieces.size() == 1 && pieces[0].what == piece::type::any_run;
        into_.is_literal = pieces.empty();
        if (pieces.empty() || pieces[0].what != piece::type::literal)
            return;
        into_.is_literal = pieces.size() == 1;
        into_.prefix_size = pieces[0].size;
        if (into_.prefix_size >= sizeof into_.prefix_tail)
            std::memcpy(&into_.prefix_tail,
                        into_.literals.data() + into_.prefix_size - sizeof into_.prefix_tail,
                        sizeof into_.prefix_tail);
    }

    bool variables_count_here() const {
        return rules_.variables && (!rules_.variables_after_fifth_colon || colons_ >= 5);
    }

    void add_run() {
        if (at_ < text_.size() && text_[at_] == '*')
            return; // `**` is one run; the last of them says which kind
        bool const ends_segment = at_ == text_.size() || text_[at_] == ':';
        bool const stops = rules_.colon == pattern_rules::colons::divide ||
                           (rules_.colon == pattern_rules::colons::end_segments && !ends_segment);
        add(stops ? piece::type::any_run_in_segment : piece::type::any_run);
    }

    void add(piece::type what, std::uint32_t at = 0) { into_.pieces.push_back({what, at, 0}); }

    void add_literal(char c) {
        colons_ += c == ':';
        if (into_.pieces.empty() || into_.pieces.back().what != piece::type::literal)
            add(piece::type::literal, static_cast<std::uint32_t>(into_.literals.size()));
        into_.literals += rules_.fold_case ? fold(c) : c;
        ++into_.pieces.back().size;
    }

    std::optional<pattern_fault> read_variable() {
        auto const begin = at_;
        // A fallback in quotes may hold a brace.
        auto end = begin + 2;
        bool quoted = false;
        while (end < text_.size() && (quoted || text_[end] != '}')) {
            quoted ^= text_[end] == '\'';
            ++end;
        }
        if (end >= text_.size())
            return pattern_fault{begin, "`${` is never closed with `}`"};
        auto const inside = text_.substr(begin + 2, end - begin - 2);
        at_ = end + 1;
        if (inside == "*" || inside == "?" || inside == "$") {
            add_literal(inside[0]);
            return {};
        }
        variable v;
        auto const comma = inside.find(',');
        v.written = trim(inside.substr(0, comma));
        v.name = to_lower(v.written);
        if (v.name.empty())
            return pattern_fault{begin, "`${}` names no variable"};
        if (comma != std::string_view::npos) {
            auto const fallback = trim(inside.substr(comma + 1));
            if (fallback.size() < 2 || fallback.front() != '\'' || fallback.back() != '\'')
                return pattern_fault{begin, "the default of a variable stands in single quotes: "
                                            "`${key, 'default'}`"};
            v.fallback = fallback.substr(1, fallback.size() - 2);
        }
        auto const known = std::find(slots_.begin(), slots_.end(), v);
        auto const slot = static_cast<std::uint32_t>(known - slots_.begin());
        if (known == slots_.end())
            slots_.push_back(std::move(v));
        into_.has_variables = true;
        add(piece::type::variable, slot);
        return {};
    }

    std::string_view text_;
    pattern_rules const& rules_;
    std::vector<variable>& slots_;
    pattern& into_;
    std::size_t at_ = 0;
    int colons_ = 0;
};

} // namespace

std::optional<pattern_fault> make_pattern(std::string_view text, pattern_rules const& rules,
                                          std::vector<variable>& slots, pattern& into) {
    return splitter(text, rules, slots, into).split();
}

bool matches(pattern const& p, std::string_view text, variable_values& values, letter_case how,
             std::size_t free_from, reach* furthest) {
    constexpr auto none = static_cast<std::size_t>(-1);
    struct point {
        std::size_t piece = none;
        std::size_t in_text = 0;
    };
    // Where to go on after a mismatch: let the last run within a segment take one more character,
    // and when it cannot, the last free run. A free run makes all runs before it irrelevant; a run
    // within a segment has at most one place for a literal that crosses its segment's end.
    point in_segment;
    point free;
    std::size_t i = 0;
    std::size_t t = 0;
    auto const note = [&](std::size_t inside) {
        if (furthest != nullptr &&
            (i > furthest->piece || (i == furthest->piece && inside >= furthest->inside)))
            *furthest = {i, inside, t + inside};
    };
    for (;;) {
        bool parted = false;
        if (i == p.pieces.size()) {
            note(0);
            if (t == text.size())
                return true;
            parted = true;
        } else {
            auto const& now = p.pieces[i];
            switch (now.what) {
            case piece::type::any_run:
                if (i + 1 == p.pieces.size())
                    return true;
                free = {++i, t};
                in_segment = {};
                break;
            case piece::type::any_run_in_segment:
                in_segment = {++i, t};
                break;
            case piece::type::any_one:
            case piece::type::any_one_in_segment:
                parted = t >= text.size() || (now.what == piece::type::any_one_in_segment &&
                                              text[t] == ':' && t < free_from);
                if (parted) {
                    note(0);
                } else {
                    t += character_size(text, t);
                    ++i;
                }
                break;
            case piece::type::literal:
            case piece::type::variable: {
                std::string_view expected(p.literals.data() + now.at, now.size);
                if (now.what == piece::type::variable) {
                    auto const value = values.value(now.at);
                    if (!value) {
                        note(0);
                        return false;
                    }
                    expected = *value;
                }
                parted = !begins_with(text.substr(t), expected, how);
                if (parted) {
                    if (furthest != nullptr)
                        note(agreement(expected, text.substr(t), how));
                } else {
                    t += expected.size();
                    ++i;
                }
                break;
            }
            }
        }
        if (!parted)
            continue;
        if (in_segment.piece != none && in_segment.in_text < text.size() &&
            (text[in_segment.in_text] != ':' || in_segment.in_text >= free_from)) {
            t = ++in_segment.in_text;
            i = in_segment.piece;
            continue;
        }
        in_segment = {};
        if (free.piece == none || free.in_text >= text.size())
            return false;
        t = ++free.in_text;
        i = free.piece;
        // What follows a free run begins with a literal more often than not: go where it stands.
        auto const& next = p.pieces[i];
        if (next.what != piece::type::literal || how == letter_case::folded || furthest != nullptr)
            continue;
        auto const at = text.find(std::string_view(p.literals.data() + next.at, next.size), t);
        if (at == std::string_view::npos)
            return false;
        t = free.in_text = at;
    }
}

std::string resolve(pattern const& p, std::vector<variable> const& slots, variable_values& values) {
    std::string out;
    for (auto const& part : p.pieces) {
        switch (part.what) {
        case piece::type::literal:
            out += std::string_view(p.literals).substr(part.at, part.size);
            break;
        case piece::type::any_run:
        case piece::type::any_run_in_segment:
            out += '*';
            break;
        case piece::type::any_one:
        case piece::type::any_one_in_segment:
            out += '?';
            break;
        case piece::type::variable:
            if (auto const value = values.value(part.at))
                out += *value;
            else
                out += "${" + slots[part.at].written + "}";
            break;
        }
    }
    return out;
}

std::size_t resolved_bytes(pattern const& p, variable_values& values, reach const& where) {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < where.piece && i < p.pieces.size(); ++i) {
        auto const& part = p.pieces[i];
        if (part.what == piece::type::literal)
            bytes += part.size;
        else if (part.what == piece::type::variable)
            bytes += values.value(part.at).value_or("").size();
        else
            ++bytes;
    }
    return bytes + where.inside;
}

std::vector<std::string> unresolved(pattern const& p, std::vector<variable> const& slots,
                                    variable_values& values) {
    std::vector<std::string> names;
    for (auto const& part : p.pieces)
        if (part.what == piece::type::variable && !values.value(part.at) &&
            std::find(names.begin(), names.end(), slots[part.at].written) == names.end())
            names.push_back(slots[part.at].written);
    return names;
}

bool has_unresolved(pattern const& p, variable_values& values) {
    return p.has_variables && std::any_of(p.pieces.begin(), p.pieces.end(), [&](piece const& part) {
               return part.what == piece::type::variable && !values.value(part.at);
           });
}

} // namespace cogniot::policy
