// Reads the JSON form of filter patterns and says where one goes wrong.
#include "base/ascii.hpp"
#include "base/error_category.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "cloud/logs/json_pattern.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace cogniot::cloud::logs {
namespace {

using node = json_pattern::node;
using comparison = json_pattern::comparison;
using test = json_pattern::test;
using step = json_pattern::step;

/// @source user guide, "Quotas": one wildcard in a selector, three in a pattern
constexpr int max_wildcards = 3;
/// @source user guide, "Quotas": in a JSON pattern
constexpr int max_expressions = 2;

std::optional<double> read_number(std::string_view text) {
    if (text.starts_with('+'))
        text.remove_prefix(1);
    return parse_number<double>(text);
}

/// Recursive descent; the depth is bounded by the 1,024 characters of a pattern.
class reader {
  public:
    explicit reader(std::string_view text) : text_(text) {}

    result<node> read_whole() {
        take("{");
        auto expression = read_any();
        if (!expression)
            return expression;
        if (!take("}") || !at_end())
            return refuse(pattern_errc::not_closed);
        return expression;
    }

  private:
    void skip() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' ||
                                      text_[at_] == '\n' || text_[at_] == '\r'))
            ++at_;
    }
    bool at_end() {
        skip();
        return at_ == text_.size();
    }
    std::string_view rest() const { return text_.substr(at_); }
    bool take(std::string_view token) {
        skip();
        if (!rest().starts_with(token))
            return false;
        at_ += token.size();
        return true;
    }
    /// A word of letters, e.g. IS, that does not go on.
    bool take_word(std::string_view word) {
        skip();
        if (!rest().starts_with(word) ||
            (rest().size() > word.size() && is_letter_or_digit(rest()[word.size()])))
            return false;
        at_ += word.size();
        return true;
    }
    error refuse(pattern_errc why) {
        skip();
        return fail(why, "at character " + std::to_string(at_ + 1) + ", `" +
                             printable(rest().empty() ? "the end" : rest(), 40) + "`");
    }

    result<node> read_any() {
        return read_list(node::type::any, "||", [this] { return read_all(); });
    }
    result<node> read_all() {
        return read_list(node::type::all, "&&", [this] { return read_one(); });
    }
    template <typename Read>
    result<node> read_list(node::type what, std::string_view between, Read read) {
        node made{.what = what};
        do {
            auto part = read();
            if (!part)
                return part;
            made.parts.push_back(std::move(*part));
        } while (take(between));
        if (made.parts.size() == 1)
            return std::move(made.parts.front());
        return made;
    }
    result<node> read_one() {
        if (!take("("))
            return read_comparison();
        auto inside = read_any();
        if (inside && !take(")"))
            return refuse(pattern_errc::not_closed);
        return inside;
    }

    result<node> read_comparison() {
        comparison made;
        if (auto read = read_selector(made.selector); !read)
            return read.error();
        if (take_word("NOT")) {
            if (!take_word("EXISTS"))
                return refuse(pattern_errc::not_an_operator);
            made.how = test::not_exists;
            return node{.compared = std::move(made)};
        }
        if (take_word("IS")) {
            made.how = test::is;
            for (auto const* word : {"NULL", "TRUE", "FALSE"})
                if (take_word(word)) {
                    made.text = word;
                    return node{.compared = std::move(made)};
                }
            return refuse(pattern_errc::not_a_value);
        }
        static constexpr std::array<std::pair<std::string_view, test>, 6> operators{
            {{"!=", test::not_equal},
             {"<=", test::at_most},
             {">=", test::at_least},
             {"=", test::equal},
             {"<", test::less},
             {">", test::greater}}};
        auto const found =
            std::ranges::find_if(operators, [this](auto const& one) { return take(one.first); });
        if (found == operators.end())
            return refuse(pattern_errc::not_an_operator);
        made.how = found->second;
        if (auto read = read_value(made); !read)
            return read.error();
        return node{.compared = std::move(made)};
    }

    result<void> read_selector(std::vector<step>& into) {
        if (!take("$"))
            return refuse(pattern_errc::not_a_selector);
        int wildcards = 0;
        for (;;) {
            // `$.['a.b']` has a dot before its bracket.
            bool const dot = rest().starts_with('.');
            if (dot)
                ++at_;
            if (rest().starts_with('['))
                ++at_;
            else if (!dot)
                break;
            else if (rest().starts_with('*')) {
                ++at_;
                into.emplace_back(json_pattern::every{});
                ++wildcards;
                continue;
            } else {
                auto const from = at_;
                while (at_ < text_.size() &&
                       (is_letter_or_digit(text_[at_]) || text_[at_] == '-' || text_[at_] == '_'))
                    ++at_;
                if (at_ == from)
                    return refuse(pattern_errc::not_a_selector);
                into.emplace_back(std::string(text_.substr(from, at_ - from)));
                continue;
            }
            if (auto read = read_bracket(into, wildcards); !read)
                return read;
        }
        wildcards_ += wildcards;
        if (wildcards > 1 || wildcards_ > max_wildcards)
            return refuse(pattern_errc::too_many_wildcards);
        if (into.empty())
            return refuse(pattern_errc::not_a_selector);
        return {};
    }

    /// `2]`, `*]`, `'name']` or `"name"]`, after the bracket was opened.
    result<void> read_bracket(std::vector<step>& into, int& wildcards) {
        auto const close = rest().find(']');
        if (close == std::string_view::npos)
            return refuse(pattern_errc::not_closed);
        auto const inside = trim(rest().substr(0, close));
        auto const index = parse_number<std::size_t>(inside);
        bool const is_name = inside.size() > 2 &&
                             (inside.front() == '\'' || inside.front() == '"') &&
                             inside.back() == inside.front();
        if (inside == "*") {
            into.emplace_back(json_pattern::every{});
            ++wildcards;
        } else if (index) {
            into.emplace_back(*index);
        } else if (is_name) {
            into.emplace_back(std::string(inside.substr(1, inside.size() - 2)));
        } else {
            return refuse(pattern_errc::not_a_selector);
        }
        at_ += close + 1;
        return {};
    }

    result<void> read_value(comparison& into) {
        bool const is_ordering = into.how != test::equal && into.how != test::not_equal;
        skip();
        if (rest().starts_with('%')) {
            if (is_ordering)
                return refuse(pattern_errc::number_expected);
            return read_expression(into);
        }
        if (rest().starts_with('"')) {
            if (is_ordering)
                return refuse(pattern_errc::number_expected);
            ++at_;
            while (at_ < text_.size() && text_[at_] != '"') {
                if (text_[at_] == '\\' && at_ + 1 < text_.size())
                    ++at_;
                into.text += text_[at_++];
            }
            if (at_ == text_.size())
                return refuse(pattern_errc::quote_not_closed);
            ++at_;
            return {};
        }
        auto const from = at_;
        while (at_ < text_.size() &&
               (is_letter_or_digit(text_[at_]) ||
                std::string_view("_-+.*:/@#").find(text_[at_]) != std::string_view::npos))
            ++at_;
        into.text = text_.substr(from, at_ - from);
        into.number = read_number(into.text);
        if (into.text.empty())
            return refuse(pattern_errc::not_a_value);
        if (is_ordering && !into.number) {
            at_ = from;
            return refuse(pattern_errc::number_expected);
        }
        return {};
    }

    result<void> read_expression(comparison& into) {
        auto const close = rest().find('%', 1);
        if (close == std::string_view::npos)
            return refuse(pattern_errc::not_closed);
        if (++expressions_ > max_expressions)
            return refuse(pattern_errc::too_many_expressions);
        auto expression = text_expression::parse(rest().substr(1, close - 1));
        if (!expression)
            return expression.error();
        into.expression = std::move(*expression);
        at_ += close + 1;
        return {};
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int wildcards_ = 0;
    int expressions_ = 0;
};

} // namespace

std::string_view describe(pattern_errc e) {
    switch (e) {
    case pattern_errc::term_needs_quotes:
        return "a term of other characters than letters, digits and _ needs double quotes";
    case pattern_errc::quote_not_closed:
        return "a double quote is never closed";
    case pattern_errc::not_an_expression:
        return "a regular expression of CloudWatch Logs is expected";
    case pattern_errc::expression_not_alone:
        return "a regular expression (%…%) is the whole pattern or a value within { }";
    case pattern_errc::too_many_expressions:
        return "two regular expressions in a pattern at most";
    case pattern_errc::no_delimited:
        return "a space-delimited pattern ([…]) finds nothing in lines of JSON: use { $.name = … }";
    case pattern_errc::not_a_selector:
        return "a selector like $.name, $.list[0] or $.['a.b'] is expected";
    case pattern_errc::not_an_operator:
        return "one of = != < > <= >= IS and NOT EXISTS is expected";
    case pattern_errc::not_a_value:
        return "a value is expected: a number, \"text\", or NULL, TRUE, FALSE after IS";
    case pattern_errc::number_expected:
        return "< > <= >= compare with a number";
    case pattern_errc::not_closed:
        return "a bracket, a brace or a % is not closed here";
    case pattern_errc::too_many_wildcards:
        return "one wildcard in a selector and three in a pattern at most";
    }
    return "unknown filter pattern error";
}

error_code make_error_code(pattern_errc e) {
    return enum_code("filter pattern", e);
}

result<json_pattern> json_pattern::parse(std::string_view text) {
    auto read = reader(text).read_whole();
    if (!read)
        return read.error();
    json_pattern made;
    made.root_ = std::move(*read);
    return made;
}

} // namespace cogniot::cloud::logs
