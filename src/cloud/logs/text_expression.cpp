#include "cloud/logs/text_expression.hpp"

#include "base/ascii.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "cloud/logs/json_pattern.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace cogniot::cloud::logs {
namespace {

using item = text_expression::item;
using sequence = text_expression::sequence;
using characters = text_expression::characters;

/// Repeats are written out; what is longer costs too much for each line of a log.
constexpr std::size_t max_items = 1024;

constexpr std::string_view digits = "0123456789";
constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view plain_signs = ":_#=@/;,-";
constexpr std::string_view operators = "^$?[]{}|\\*+.";

bool is_in_set(std::string_view set, char c) {
    return set.find(c) != std::string_view::npos;
}

characters set_of(std::string_view all) {
    characters made;
    for (char const c : all)
        made.set(static_cast<unsigned char>(c));
    return made;
}

/// Of `\d`, `\S` and their like.
std::optional<characters> class_of(char name) {
    switch (name) {
    case 'd':
        return set_of(digits);
    case 's':
        return set_of(" \t\n\v\f\r");
    case 'w':
        return set_of(letters) | set_of(digits) | set_of("_");
    case 'D':
    case 'S':
    case 'W':
        return ~*class_of(static_cast<char>(name - 'A' + 'a'));
    default:
        return {};
    }
}

class expression_reader {
  public:
    explicit expression_reader(std::string_view text) : text_(text) {}

    result<std::vector<sequence>> read() {
        std::vector<sequence> found(1);
        while (!is_done()) {
            if (take('|')) {
                found.emplace_back();
                continue;
            }
            auto const before = found.back().size();
            if (auto read = read_item(found.back()); !read)
                return read.error();
            items_ += found.back().size() - before;
            if (items_ > max_items)
                return refuse("is too long with its repeats written out");
        }
        if (std::ranges::any_of(found, [](sequence const& one) { return one.empty(); }))
            return refuse("has an alternative without anything");
        return found;
    }

  private:
    bool is_done() const { return at_ == text_.size(); }
    bool take(char c) {
        if (is_done() || text_[at_] != c)
            return false;
        ++at_;
        return true;
    }
    error refuse(std::string_view why) const {
        return fail(pattern_errc::not_an_expression, "`%" + printable(text_, 100) + "%` " +
                                                         std::string(why) + ", at character " +
                                                         std::to_string(at_ + 1));
    }

    result<void> read_item(sequence& into) {
        if (take('^')) {
            into.push_back({.what = item::type::begin});
            return {};
        }
        if (take('$')) {
            into.push_back({.what = item::type::end});
            return {};
        }
        item one;
        if (take('.')) {
            one.set = ~set_of("\n");
        } else if (take('[')) {
            auto set = read_class();
            if (!set)
                return set.error();
            one.set = *set;
        } else {
            auto set = read_character(plain_signs);
            if (!set)
                return set.error();
            one.set = *set;
        }
        return repeat(one, into);
    }

    /// A character that stands for itself, or what a `\` begins.
    result<characters> read_character(std::string_view signs) {
        if (is_done())
            return refuse("ends too early");
        char const c = text_[at_];
        if (c != '\\') {
            if (!is_letter_or_digit(c) && !is_in_set(signs, c))
                return refuse("has a character that needs a `\\` or is not supported");
            ++at_;
            return set_of({&c, 1});
        }
        ++at_;
        if (is_done())
            return refuse("ends after a `\\`");
        char const escaped = text_[at_];
        if (auto const set = class_of(escaped)) {
            ++at_;
            return *set;
        }
        if (escaped == 'x') {
            auto const code = decode_hex(text_.substr(at_ + 1, 2));
            if (!code || code->size() != 1 ||
                static_cast<unsigned char>(code->front()) >= text_expression::beyond_ascii)
                return refuse("needs two hexadecimal digits up to 7f after `\\x`");
            at_ += 3;
            return characters{}.set(static_cast<unsigned char>(code->front()));
        }
        if (is_letter_or_digit(escaped) || escaped <= ' ' || escaped > '~')
            return refuse("has a `\\` before what it cannot escape");
        ++at_;
        return set_of({&escaped, 1});
    }

    /// After its bracket was opened.
    result<characters> read_class() {
        bool const is_negated = take('^');
        characters all;
        while (!take(']')) {
            // Operators are characters within a class.
            static std::string const signs = std::string(plain_signs) + std::string(operators);
            auto const first = read_character(signs);
            if (!first)
                return first;
            bool const is_range = at_ + 1 < text_.size() && text_[at_] == '-' &&
                                  text_[at_ + 1] != ']' && first->count() == 1;
            if (!is_range) {
                all |= *first;
                continue;
            }
            ++at_;
            auto const last = read_character(signs);
            if (!last)
                return last;
            auto const low = first->_Find_first();
            auto const high = last->_Find_first();
            if (last->count() != 1 || high < low)
                return refuse("has a range that ends before it begins");
            for (auto code = low; code <= high; ++code)
                all.set(code);
        }
        if (all.none())
            return refuse("has a class `[]` without characters");
        return is_negated ? ~all : all;
    }

    /// Writes the item as often as the `?`, `*`, `+` or `{m,n}` behind it says.
    result<void> repeat(item one, sequence& into) {
        std::size_t least = 1;
        std::optional<std::size_t> most = 1;
        if (take('?')) {
            least = 0;
        } else if (take('*')) {
            least = 0;
            most.reset();
        } else if (take('+')) {
            most.reset();
        } else if (take('{')) {
            auto const close = text_.find('}', at_);
            if (close == std::string_view::npos)
                return refuse("has a `{` that is not closed");
            auto const inside = text_.substr(at_, close - at_);
            auto const comma = inside.find(',');
            auto const low = inside.substr(0, comma);
            auto const high = comma == std::string_view::npos ? low : inside.substr(comma + 1);
            auto const least_said = parse_number<std::size_t>(low);
            auto const most_said = parse_number<std::size_t>(high);
            bool const is_said = least_said.has_value() || (low.empty() && most_said.has_value());
            least = least_said.value_or(0);
            most = most_said ? std::optional(*most_said) : std::nullopt;
            if (!is_said || (!most && !high.empty()) || (most && (*most < least || *most == 0)))
                return refuse("needs {m}, {m,}, {,n} or {m,n}");
            if (std::max(least, most.value_or(0)) > max_items)
                return refuse("is too long with its repeats written out");
            at_ = close + 1;
        }
        into.insert(into.end(), least, one);
        if (!most && least > 0) {
            into.back().can_repeat = true;
        } else {
            one.can_be_left_out = true;
            one.can_repeat = !most;
            into.insert(into.end(), most ? *most - least : 1, one);
        }
        return {};
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t items_ = 0;
};

/// All ways through one alternative at once: which items may take the next character.
class walk {
  public:
    explicit walk(sequence const& items) : items_(items), is_waiting_(items.size()) {}

    bool finds(std::string_view text) {
        for (std::size_t at = 0;; ++at) {
            // A character beyond ASCII counts once, by its first byte.
            bool const is_rest = at < text.size() && (text[at] & '\xc0') == '\x80';
            if (is_rest)
                continue;
            is_at_begin_ = at == 0;
            is_at_end_ = at == text.size();
            for (auto const from : reached_)
                enter(from);
            reached_.clear();
            enter(0);
            if (is_found_ || is_at_end_)
                return is_found_;
            auto const code = std::min<std::size_t>(static_cast<unsigned char>(text[at]),
                                                    text_expression::beyond_ascii);
            for (auto const here : waiting_) {
                is_waiting_[here] = false;
                if (!items_[here].set.test(code))
                    continue;
                reached_.push_back(here + 1);
                if (items_[here].can_repeat)
                    reached_.push_back(here);
            }
            waiting_.clear();
        }
    }

  private:
    void enter(std::size_t from) {
        for (; from < items_.size(); ++from) {
            auto const& one = items_[from];
            if (one.what == item::type::one_of) {
                if (is_waiting_[from])
                    return;
                is_waiting_[from] = true;
                waiting_.push_back(from);
                if (!one.can_be_left_out)
                    return;
            } else if (one.what == item::type::begin ? !is_at_begin_ : !is_at_end_) {
                return;
            }
        }
        is_found_ = true;
    }

    sequence const& items_;
    std::vector<bool> is_waiting_;
    std::vector<std::size_t> waiting_;
    std::vector<std::size_t> reached_;
    bool is_at_begin_ = false;
    bool is_at_end_ = false;
    bool is_found_ = false;
};

} // namespace

result<text_expression> text_expression::parse(std::string_view text) {
    auto read = expression_reader(text).read();
    if (!read)
        return read.error();
    text_expression made;
    made.alternatives_ = std::move(*read);
    return made;
}

bool text_expression::is_in(std::string_view text) const {
    return std::ranges::any_of(alternatives_,
                               [&](sequence const& one) { return walk(one).finds(text); });
}

} // namespace cogniot::cloud::logs
