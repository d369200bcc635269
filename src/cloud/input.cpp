#include "cloud/input.hpp"

#include "base/ascii.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "identity/characters.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <utility>

namespace cogniot::cloud {

namespace {

bool is_word(char c) {
    return is_letter(c) || is_digit(c) || c == '_';
}
bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

template <typename Predicate>
bool all(std::string_view text, Predicate accepts) {
    return !text.empty() && std::all_of(text.begin(), text.end(), accepts);
}

bool is_one_of(char c, std::string_view set) {
    return set.find(c) != std::string_view::npos;
}

// Whatever has a glyph: letters, marks, symbols, numbers and punctuation of any script. What is
// left of Unicode is white space, control characters and the unassigned.
bool is_visible(std::string_view text) {
    if (text.empty() || !is_utf8(text))
        return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const c = static_cast<unsigned char>(text[i]);
        if (c <= 0x20 || c == 0x7F)
            return false;
        auto const next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0u;
        auto const third = i + 2 < text.size() ? static_cast<unsigned char>(text[i + 2]) : 0u;
        if (c == 0xC2 && next <= 0xA0) // C1 controls, no-break space
            return false;
        if (c == 0xE2 && next == 0x80 && (third <= 0x8F || (third >= 0xA8 && third <= 0xAF)))
            return false;                               // U+2000 to U+200F, U+2028 to U+202F
        if (c == 0xE3 && next == 0x80 && third == 0x80) // ideographic space
            return false;
    }
    return true;
}

bool is_user_pool_id(std::string_view text) {
    auto const at = text.rfind('_');
    return at != std::string_view::npos &&
           all(text.substr(0, at), [](char c) { return is_word(c) || c == '-'; }) &&
           all(text.substr(at + 1), [](char c) { return is_letter(c) || is_digit(c); });
}

std::string_view name_of(boost::json::kind kind) {
    switch (kind) {
    case boost::json::kind::object:
        return "START_OBJECT";
    case boost::json::kind::array:
        return "START_ARRAY";
    case boost::json::kind::string:
        return "STRING_VALUE";
    case boost::json::kind::bool_:
        return "BOOLEAN_VALUE";
    case boost::json::kind::null:
        return "NULL_VALUE";
    default:
        return "NUMBER_VALUE";
    }
}

std::string print_set(std::span<std::string_view const> values) {
    std::string out = "[";
    for (auto const value : values) {
        if (out.size() > 1)
            out += ", ";
        out += value;
    }
    return out + "]";
}

/// What is wrong with one value: the tails of "Member must …".
std::vector<std::string> find_faults(std::string_view value, text_rule const& rule) {
    std::vector<std::string> tails;
    if (!rule.values.empty() &&
        std::find(rule.values.begin(), rule.values.end(), value) == rule.values.end())
        tails.push_back("satisfy enum value set: " + print_set(rule.values));
    auto const length = count_characters(value);
    if (rule.form != nullptr && !rule.form->accepts(value))
        tails.push_back("satisfy regular expression pattern: " + std::string(rule.form->text));
    if (length < rule.min)
        tails.push_back("have length greater than or equal to " + std::to_string(rule.min));
    if (length > rule.max)
        tails.push_back("have length less than or equal to " + std::to_string(rule.max));
    return tails;
}

} // namespace

namespace patterns {
pattern const word_or_plus{R"([\w+]+)", [](std::string_view text) {
                               return all(text, [](char c) { return is_word(c) || c == '+'; });
                           }};
pattern const resource_name{R"([\w\s+=,.@-]+)", [](std::string_view text) {
                                return all(text, [](char c) {
                                    return is_word(c) || is_space(c) || is_one_of(c, "+=,.@-");
                                });
                            }};
pattern const visible{R"([\p{L}\p{M}\p{S}\p{N}\p{P}]+)", &is_visible};
pattern const no_space{R"([\S]+)", [](std::string_view text) {
                           return all(text, [](char c) { return !is_space(c); });
                       }};
pattern const user_pool_id{R"([\w-]+_[0-9a-zA-Z]+)", &is_user_pool_id};
pattern const base64{R"([\w+=/]+)", [](std::string_view text) {
                         return all(text, [](char c) { return is_word(c) || is_one_of(c, "+=/"); });
                     }};
pattern const token{"[A-Za-z0-9-_=.]+", [](std::string_view text) {
                        return all(text, [](char c) { return is_word(c) || is_one_of(c, "-=."); });
                    }};
pattern const digits{"[0-9]+", [](std::string_view text) { return all(text, &is_digit); }};
} // namespace patterns

struct input_reader::findings {
    std::vector<std::string> violations;
    /// A member of the wrong JSON type: the whole request could not be read.
    std::optional<std::string> unreadable;
    sent_as form = sent_as::json;
};

input_reader::input_reader(boost::json::object const& input, sent_as form)
    : input_reader(input, {}, std::make_shared<findings>()) {
    findings_->form = form;
}

input_reader::input_reader(boost::json::object const& input, std::string path,
                           std::shared_ptr<findings> found)
    : input_(&input), path_(std::move(path)), findings_(std::move(found)) {}

boost::json::value const* input_reader::find(std::string_view member) const {
    auto const* found = input_->if_contains(member);
    return found == nullptr || found->is_null() ? nullptr : found;
}

void input_reader::note(std::string_view member, std::optional<std::string_view> value,
                        std::string_view tail) {
    std::string sentence = "Value ";
    if (value)
        sentence += "'" + std::string(*value) + "' ";
    sentence +=
        "at '" + path_ + lower_camel(member) + "' failed to satisfy constraint: Member must ";
    findings_->violations.push_back(sentence + std::string(tail));
}

void input_reader::require(std::string_view member, bool is_sensitive) {
    findings_->violations.push_back(std::string(is_sensitive ? "Value" : "Value null") + " at '" +
                                    path_ + lower_camel(member) +
                                    "' failed to satisfy constraint: Member must not be null");
}

void input_reader::mistyped(std::string_view member, boost::json::value const& value,
                            std::string_view wanted) {
    if (findings_->form == sent_as::text)
        return note(member, value.is_string() ? std::optional(value.get_string()) : std::nullopt,
                    "be " + std::string(wanted));
    if (!findings_->unreadable)
        findings_->unreadable =
            std::string(name_of(value.kind())) + " can not be converted to " + std::string(wanted);
}

void input_reader::check(std::string_view member, std::string_view value, text_rule const& rule) {
    for (auto const& tail : find_faults(value, rule))
        note(member, rule.is_sensitive ? std::nullopt : std::optional(value), tail);
}

std::optional<std::string_view> input_reader::find_text(std::string_view member,
                                                        text_rule const& rule) {
    auto const* found = find(member);
    if (found == nullptr)
        return {};
    auto const* string = found->if_string();
    if (string == nullptr) {
        mistyped(member, *found, "a String");
        return {};
    }
    check(member, *string, rule);
    return std::string_view(*string);
}

std::string_view input_reader::text(std::string_view member, text_rule const& rule) {
    if (find(member) == nullptr)
        require(member, rule.is_sensitive);
    return find_text(member, rule).value_or(std::string_view{});
}

std::optional<std::int64_t> input_reader::find_integer(std::string_view member, integer_rule rule) {
    auto const* found = find(member);
    if (found == nullptr)
        return {};
    std::optional<std::int64_t> number;
    boost::system::error_code fault;
    if (auto const* string = found->if_string())
        number = parse_number<std::int64_t>(*string);
    else if (auto const whole = found->to_number<std::int64_t>(fault); !fault)
        number = whole;
    if (!number) {
        mistyped(member, *found, "an Integer");
        return {};
    }
    auto const value = std::to_string(*number);
    if (*number < rule.min)
        note(member, value, "have value greater than or equal to " + std::to_string(rule.min));
    if (*number > rule.max)
        note(member, value, "have value less than or equal to " + std::to_string(rule.max));
    return number;
}

std::int64_t input_reader::integer(std::string_view member, integer_rule rule) {
    if (find(member) == nullptr)
        require(member, false);
    return find_integer(member, rule).value_or(0);
}

std::optional<bool> input_reader::find_flag(std::string_view member) {
    auto const* found = find(member);
    if (found == nullptr)
        return {};
    if (auto const* flag = found->if_bool())
        return *flag;
    if (auto const* string = found->if_string()) {
        if (equals_ignoring_case(*string, "true"))
            return true;
        if (equals_ignoring_case(*string, "false"))
            return false;
    }
    mistyped(member, *found, "a Boolean");
    return {};
}

std::optional<std::vector<std::string>>
input_reader::find_texts(std::string_view member, text_rule const& rule, list_rule size) {
    auto const* found = find_array(member);
    if (found == nullptr)
        return {};
    std::vector<std::string> texts;
    std::vector<std::string> faults;
    for (auto const& element : *found) {
        auto const* string = element.if_string();
        if (string == nullptr) {
            mistyped(member, element, "a String");
            return {};
        }
        auto const here = find_faults(*string, rule);
        if (faults.empty())
            faults = here;
        texts.emplace_back(*string);
    }
    auto const print_value = [&]() -> std::optional<std::string> {
        if (rule.is_sensitive)
            return {};
        std::string out = "[";
        for (auto const& text : texts)
            out += (out.size() > 1 ? ", " : "") + text;
        return out + "]";
    };
    if (!faults.empty()) {
        std::string joined;
        for (auto const& fault : faults)
            joined += (joined.empty() ? "Member must " : ", Member must ") + fault;
        note(member, print_value(), "satisfy constraint: [" + joined + "]");
    }
    if (texts.size() < size.min)
        note(member, print_value(),
             "have length greater than or equal to " + std::to_string(size.min));
    if (texts.size() > size.max)
        note(member, print_value(),
             "have length less than or equal to " + std::to_string(size.max));
    return texts;
}

std::vector<std::string> input_reader::texts(std::string_view member, text_rule const& rule,
                                             list_rule size) {
    if (find(member) == nullptr)
        require(member, false);
    return find_texts(member, rule, size).value_or(std::vector<std::string>{});
}

boost::json::object const* input_reader::find_object(std::string_view member) {
    auto const* found = find(member);
    if (found != nullptr && !found->is_object()) {
        mistyped(member, *found, "an Object");
        return nullptr;
    }
    return found == nullptr ? nullptr : &found->get_object();
}

boost::json::array const* input_reader::find_array(std::string_view member) {
    auto const* found = find(member);
    if (found != nullptr && !found->is_array()) {
        mistyped(member, *found, "a List");
        return nullptr;
    }
    return found == nullptr ? nullptr : &found->get_array();
}

boost::json::object const* input_reader::object(std::string_view member) {
    if (find(member) == nullptr)
        require(member, false);
    return find_object(member);
}

boost::json::array const* input_reader::array(std::string_view member) {
    if (find(member) == nullptr)
        require(member, false);
    return find_array(member);
}

input_reader input_reader::inside(std::string_view path, boost::json::object const& nested) {
    return input_reader(nested, path_ + lower_camel(path) + ".", findings_);
}

std::optional<api_error> input_reader::refusal(std::string_view code) const {
    if (findings_->unreadable)
        return api_error{.code = "SerializationException", .message = *findings_->unreadable};
    auto const& all_found = findings_->violations;
    if (all_found.empty())
        return {};
    std::string message = std::to_string(all_found.size()) +
                          (all_found.size() == 1 ? " validation error" : " validation errors") +
                          " detected: ";
    for (std::size_t i = 0; i < all_found.size(); ++i)
        message += (i == 0 ? "" : "; ") + all_found[i];
    return api_error{.code = std::string(code), .message = std::move(message)};
}

std::string lower_camel(std::string_view member) {
    std::string out(member);
    if (!out.empty() && out[0] >= 'A' && out[0] <= 'Z')
        out[0] = static_cast<char>(out[0] - 'A' + 'a');
    return out;
}

std::size_t count_characters(std::string_view utf8) {
    return identity::count_characters(utf8);
}

} // namespace cogniot::cloud
