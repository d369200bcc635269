#include "policy/condition.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace cogniot::policy {
namespace {

using family = operation::family;
using relation = operation::relation;
using quantifier = operation::quantifier;

struct named_operation {
    std::string_view name;
    operation what;
};

constexpr operation op(family f, relation r, bool negated = false, bool ignores_case = false) {
    return {f, r, quantifier::none, negated, ignores_case, false};
}

constexpr named_operation operations[] = {
    {"StringEquals", op(family::text, relation::equal)},
    {"StringNotEquals", op(family::text, relation::equal, true)},
    {"StringEqualsIgnoreCase", op(family::text, relation::equal, false, true)},
    {"StringNotEqualsIgnoreCase", op(family::text, relation::equal, true, true)},
    {"StringLike", op(family::text, relation::like)},
    {"StringNotLike", op(family::text, relation::like, true)},
    {"NumericEquals", op(family::number, relation::equal)},
    {"NumericNotEquals", op(family::number, relation::equal, true)},
    {"NumericLessThan", op(family::number, relation::less)},
    {"NumericLessThanEquals", op(family::number, relation::less_or_equal)},
    {"NumericGreaterThan", op(family::number, relation::greater)},
    {"NumericGreaterThanEquals", op(family::number, relation::greater_or_equal)},
    {"DateEquals", op(family::date, relation::equal)},
    {"DateNotEquals", op(family::date, relation::equal, true)},
    {"DateLessThan", op(family::date, relation::less)},
    {"DateLessThanEquals", op(family::date, relation::less_or_equal)},
    {"DateGreaterThan", op(family::date, relation::greater)},
    {"DateGreaterThanEquals", op(family::date, relation::greater_or_equal)},
    {"Bool", op(family::boolean, relation::equal)},
    {"BinaryEquals", op(family::binary, relation::equal)},
    {"IpAddress", op(family::address, relation::equal)},
    {"NotIpAddress", op(family::address, relation::equal, true)},
    {"ArnEquals", op(family::arn, relation::like)},
    {"ArnLike", op(family::arn, relation::like)},
    {"ArnNotEquals", op(family::arn, relation::like, true)},
    {"ArnNotLike", op(family::arn, relation::like, true)},
    {"Null", op(family::null, relation::equal)},
};

template <typename Value>
bool relates(relation how, Value const& actual, Value const& wanted) {
    switch (how) {
    case relation::equal:
    case relation::like:
        return actual == wanted;
    case relation::less:
        return actual < wanted;
    case relation::less_or_equal:
        return actual <= wanted;
    case relation::greater:
        return actual > wanted;
    case relation::greater_or_equal:
        return actual >= wanted;
    }
    return false;
}

/// The byte after the fifth colon, or nothing if this is no ARN.
std::optional<std::size_t> resource_part(std::string_view text) {
    if (!text.starts_with("arn:"))
        return {};
    std::size_t at = 0;
    for (int colons = 0; colons < 5; ++colons) {
        at = text.find(':', at);
        if (at == std::string_view::npos)
            return {};
        ++at;
    }
    return at;
}

} // namespace

std::optional<operation> find_operation(std::string_view written) {
    auto over = quantifier::none;
    for (auto const& [prefix, which] :
         {std::pair{"ForAllValues:", quantifier::all}, std::pair{"ForAnyValue:", quantifier::any}})
        if (written.starts_with(prefix)) {
            written.remove_prefix(std::string_view(prefix).size());
            over = which;
            break;
        }
    bool const if_exists = written.ends_with("IfExists");
    if (if_exists)
        written.remove_suffix(std::string_view("IfExists").size());
    auto const* found = std::find_if(std::begin(operations), std::end(operations),
                                     [&](named_operation const& o) { return o.name == written; });
    if (found == std::end(operations))
        return {};
    // Null asks whether a key is there: for a set or an absent key the question has no meaning.
    if (found->what.compares == family::null && (if_exists || over != quantifier::none))
        return {};
    auto what = found->what;
    what.over = over;
    what.if_exists = if_exists;
    return what;
}

std::optional<pattern_fault> compile_value(operation const& op, std::string_view written,
                                           bool variables, std::vector<variable>& slots,
                                           condition_value& into) {
    into.written = written;
    switch (op.compares) {
    case family::text:
        return make_pattern(written,
                            {.wildcards = op.how == relation::like, .variables = variables}, slots,
                            into.text);
    case family::arn:
        return make_pattern(written,
                            {.variables = variables, .colon = pattern_rules::colons::divide}, slots,
                            into.text);
    case family::boolean:
        if (auto const value = parse_bool(written))
            into.typed = *value;
        return make_pattern(written, {.wildcards = false, .variables = variables}, slots,
                            into.text);
    case family::date:
        if (auto const value = parse_instant(written))
            into.typed = *value;
        return {};
    case family::address:
        if (auto const value = address_range::parse(written))
            into.typed = *value;
        return {};
    case family::null:
        if (auto const value = parse_bool(written))
            into.typed = *value;
        return {};
    case family::binary:
        // base64 of the same bytes is the same text once padding bits are zero.
        if (auto const bytes = decode_base64(written))
            into.written = encode_base64(*bytes);
        return {};
    case family::number:
        return {};
    }
    return {};
}

bool compare(operation const& op, condition_value const& wanted, std::string_view actual,
             variable_values& values, reach* furthest) {
    switch (op.compares) {
    case family::text:
        return matches(wanted.text, actual, values,
                       op.ignores_case ? letter_case::folded : letter_case::exact,
                       static_cast<std::size_t>(-1), furthest);
    case family::arn: {
        auto const resource = resource_part(actual);
        return resource &&
               matches(wanted.text, actual, values, letter_case::exact, *resource, furthest);
    }
    case family::boolean: {
        auto const is = parse_bool(actual);
        if (!is)
            return false;
        if (auto const* value = std::get_if<bool>(&wanted.typed))
            return *value == *is;
        if (wanted.text.pieces.size() != 1 || !wanted.text.has_variables)
            return false;
        auto const value = values.value(wanted.text.pieces[0].at);
        return value && parse_bool(*value) == is;
    }
    case family::date: {
        auto const* at = std::get_if<instant>(&wanted.typed);
        auto const is = parse_instant(actual);
        return at != nullptr && is && relates(op.how, *is, *at);
    }
    case family::address: {
        auto const* range = std::get_if<address_range>(&wanted.typed);
        // A request comes from one address: a range there is no address.
        auto const is = actual.find('/') == std::string_view::npos ? address_range::parse(actual)
                                                                   : std::nullopt;
        return range != nullptr && is && range->contains(*is);
    }
    case family::number: {
        auto const number = decimal::parse(wanted.written);
        auto const is = decimal::parse(actual);
        return number && is && relates(op.how, *is, *number);
    }
    case family::binary:
        return wanted.written == actual;
    case family::null:
        return false; // asks for presence, not for values: see test()
    }
    return false;
}

condition_outcome test(condition const& c, context const& facts, variable_values& values) {
    condition_outcome outcome;
    auto const* actual = facts.find(c.key);
    outcome.key_present = actual != nullptr && !actual->empty();
    if (c.op.compares == family::null) {
        outcome.holds =
            std::any_of(c.values.begin(), c.values.end(), [&](condition_value const& v) {
                auto const* absent = std::get_if<bool>(&v.typed);
                return absent != nullptr && *absent == !outcome.key_present;
            });
        return outcome;
    }
    outcome.unresolved =
        std::any_of(c.values.begin(), c.values.end(),
                    [&](condition_value const& v) { return has_unresolved(v.text, values); });
    if (!outcome.key_present) {
        outcome.holds = c.op.if_exists || c.op.over == quantifier::all ||
                        (c.op.over == quantifier::none && c.op.negated);
        return outcome;
    }
    auto const is_wanted = [&](std::string const& value) {
        return std::any_of(c.values.begin(), c.values.end(), [&](condition_value const& wanted) {
            return compare(c.op, wanted, value, values);
        });
    };
    auto const satisfies = [&](std::string const& value) {
        return is_wanted(value) != c.op.negated;
    };
    switch (c.op.over) {
    case quantifier::none:
        // A list without a set operator: AWS leaves it open; one of its values is enough to match.
        outcome.holds = std::any_of(actual->begin(), actual->end(), is_wanted) != c.op.negated;
        break;
    case quantifier::all:
        outcome.holds = std::all_of(actual->begin(), actual->end(), satisfies);
        break;
    case quantifier::any:
        outcome.holds = std::any_of(actual->begin(), actual->end(), satisfies);
        break;
    }
    return outcome;
}

} // namespace cogniot::policy
