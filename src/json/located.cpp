#include "json/located.hpp"

#include "base/ascii.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <unordered_set>

namespace cogniot::json {
namespace {

/// A node takes fifty times the memory of the two bytes that ask for it; this bounds it at 20 MB.
constexpr std::size_t max_values = 200'000;

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
/// Recursive descent; depth is bounded by limits.max_depth, so the stack is too.
class reader {
  public:
    reader(std::string_view text, limits allowed) : text_(text), allowed_(allowed) {}

    result<located> read_all() {
        located root;
        skip_blanks();
        if (!read_value(root, 1))
            return std::move(*problem_);
        skip_blanks();
        if (at_ < text_.size()) {
            complain_exactly(at_, "more text after the end of the value");
            return std::move(*problem_);
        }
        return root;
    }
    place where() const { return where_; }

  private:
    bool complain(std::size_t offset, std::string_view complaint) {
        return complain_exactly(offset, likely_cause(text_, offset, complaint));
    }
    /// For causes that need no guess.
    bool complain_exactly(std::size_t offset, std::string const& cause,
                          errc what = errc::not_json) {
        where_ = find_place(text_, offset);
        problem_ = fail(what, print(where_) + ": " + cause);
        return false;
    }
    bool ahead(char c) const { return at_ < text_.size() && text_[at_] == c; }
    void skip_blanks() {
        while (at_ < text_.size() && is_blank(text_[at_]))
            ++at_;
    }

    bool read_value(located& into, std::size_t depth) {
        if (depth > allowed_.max_depth)
            return complain_exactly(
                at_, "more than " + std::to_string(allowed_.max_depth) + " levels of nesting",
                errc::too_deep);
        if (++values_ > max_values)
            return complain_exactly(at_, "more than " + std::to_string(max_values) + " values",
                                    errc::too_large);
        if (at_ >= text_.size())
            return complain(at_, "");
        into.begin = at_;
        bool good = false;
        switch (text_[at_]) {
        case '{':
            into.what = located::type::object;
            good = read_object(into, depth);
            break;
        case '[':
            into.what = located::type::array;
            good = read_array(into, depth);
            break;
        case '"':
            into.what = located::type::string;
            good = read_string(into.text);
            break;
        case 't':
            into.what = located::type::boolean;
            good = read_word("true", into);
            break;
        case 'f':
            into.what = located::type::boolean;
            good = read_word("false", into);
            break;
        case 'n':
            into.what = located::type::null;
            good = read_word("null", into);
            break;
        default:
            into.what = located::type::number;
            good = read_number(into);
        }
        into.end = at_;
        return good;
    }

    bool read_word(std::string_view word, located& into) {
        for (char c : word) {
            if (!ahead(c))
                return complain(at_, "a value was expected");
            ++at_;
        }
        into.text = word;
        return true;
    }

    bool read_number(located& into) {
        auto const begin = at_;
        if (ahead('-'))
            ++at_;
        if (!read_digits(at_ == begin ? "a value was expected" : "a digit was expected"))
            return false;
        if (text_[begin + (text_[begin] == '-')] == '0' &&
            at_ - begin > (text_[begin] == '-' ? 2u : 1u))
            return complain_exactly(begin, "a number does not begin with 0");
        if (ahead('.')) {
            ++at_;
            if (!read_digits("a digit was expected"))
                return false;
        }
        if (ahead('e') || ahead('E')) {
            ++at_;
            if (ahead('+') || ahead('-'))
                ++at_;
            if (!read_digits("a digit was expected"))
                return false;
        }
        into.text = text_.substr(begin, at_ - begin);
        return true;
    }
    bool read_digits(std::string_view complaint) {
        if (at_ >= text_.size() || !is_digit(text_[at_]))
            return complain(at_, complaint);
        while (at_ < text_.size() && is_digit(text_[at_]))
            ++at_;
        return true;
    }

    bool read_string(std::string& into) {
        auto const begin = at_++;
        for (;;) {
            auto const run = at_;
            while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
                   static_cast<unsigned char>(text_[at_]) >= 0x20)
                ++at_;
            into.append(text_.substr(run, at_ - run));
            if (at_ >= text_.size())
                return complain_exactly(begin, "the text that begins here is never closed with \"");
            if (text_[at_] == '"')
                break;
            if (text_[at_] != '\\')
                return complain_exactly(at_, text_[at_] == '\n'
                                                 ? "a line break inside quoted text"
                                                 : "a control character inside quoted text");
            if (!read_escape(into))
                return false;
        }
        ++at_;
        if (!is_utf8(into))
            return complain_exactly(begin, "the text that begins here is not UTF-8");
        return true;
    }

    bool read_escape(std::string& into) {
        auto const begin = at_++;
        if (at_ >= text_.size())
            return complain(at_, "");
        constexpr std::string_view letters = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        char const letter = text_[at_++];
        if (auto const known = letters.find(letter); known != std::string_view::npos) {
            into += meanings[known];
            return true;
        }
        std::uint32_t unit = 0;
        if (letter != 'u' || !read_four_digits(unit))
            return complain_exactly(begin, "an escape that JSON does not have");
        if (unit >= 0xDC00 && unit <= 0xDFFF)
            return complain_exactly(begin, "half of a surrogate pair");
        if (unit >= 0xD800 && unit <= 0xDBFF) {
            std::uint32_t low = 0;
            if (text_.substr(at_, 2) != "\\u" || (at_ += 2, !read_four_digits(low)) ||
                low < 0xDC00 || low > 0xDFFF)
                return complain_exactly(begin, "half of a surrogate pair");
            unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        }
        append_utf8(into, unit);
        return true;
    }
    bool read_four_digits(std::uint32_t& into) {
        for (int i = 0; i < 4; ++i, ++at_) {
            if (at_ >= text_.size())
                return false;
            char const c = text_[at_];
            std::uint32_t digit = 0;
            if (is_digit(c))
                digit = static_cast<std::uint32_t>(c - '0');
            else if (c >= 'a' && c <= 'f')
                digit = static_cast<std::uint32_t>(c - 'a' + 10);
            else if (c >= 'A' && c <= 'F')
                digit = static_cast<std::uint32_t>(c - 'A' + 10);
            else
                return false;
            into = into * 16 + digit;
        }
        return true;
    }

    bool read_array(located& into, std::size_t depth) {
        ++at_;
        skip_blanks();
        if (ahead(']'))
            return ++at_, true;
        for (;;) {
            if (!read_value(into.items.emplace_back(), depth + 1))
                return false;
            skip_blanks();
            if (ahead(']'))
                return ++at_, true;
            if (!ahead(','))
                return complain(at_, "a comma or `]` was expected");
            ++at_;
            skip_blanks();
        }
    }

    bool read_object(located& into, std::size_t depth) {
        // Most objects are small: only large ones need a set to find a name's twin. It owns its
        // names, for those in the vector move.
        constexpr std::size_t small = 16;
        std::unordered_set<std::string> seen;
        ++at_;
        skip_blanks();
        if (ahead('}'))
            return ++at_, true;
        for (;;) {
            located_member member{{}, at_};
            if (!ahead('"'))
                return complain(at_, "a name in quotes was expected");
            if (!read_string(member.name))
                return false;
            bool const is_new = into.members.size() < small ? into.find(member.name) == nullptr
                                                            : seen.insert(member.name).second;
            if (!is_new)
                return complain_exactly(member.begin, "`" + printable(member.name, 80) +
                                                          "` is given twice in one object");
            skip_blanks();
            if (!ahead(':'))
                return complain(at_, "`:` was expected");
            ++at_;
            skip_blanks();
            if (!read_value(member.value, depth + 1))
                return false;
            into.members.push_back(std::move(member));
            if (into.members.size() == small)
                for (auto const& m : into.members)
                    seen.insert(m.name);
            skip_blanks();
            if (ahead('}'))
                return ++at_, true;
            if (!ahead(','))
                return complain(at_, "a comma or `}` was expected");
            ++at_;
            skip_blanks();
        }
    }

    std::string_view text_;
    limits allowed_;
    std::size_t at_ = 0;
    std::size_t values_ = 0;
    place where_{};
    std::optional<error> problem_;
};

} // namespace

located const* located::find(std::string_view name) const {
    auto const found = std::find_if(members.begin(), members.end(),
                                    [&](located_member const& m) { return m.name == name; });
    return found == members.end() ? nullptr : &found->value;
}

result<located> parse_located(std::string_view text, limits allowed, place* where) {
    if (text.size() > allowed.max_bytes)
        return fail(errc::too_large, print(place{}) + ": " + std::to_string(text.size()) +
                                         " bytes, at most " + std::to_string(allowed.max_bytes) +
                                         " allowed");
    reader in(text, allowed);
    auto root = in.read_all();
    if (where != nullptr)
        *where = in.where();
    return root;
}

std::string_view describe(located::type t) {
    switch (t) {
    case located::type::null:
        return "null";
    case located::type::boolean:
        return "true or false";
    case located::type::number:
        return "a number";
    case located::type::string:
        return "text";
    case located::type::array:
        return "a list";
    case located::type::object:
        return "an object";
    }
    return "a value";
}

} // namespace cogniot::json
