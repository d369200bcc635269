// Resources of one statement: are they of the kinds that its actions ask for, can anything match
// them, and are they of this region and account?
#include "base/text.hpp"
#include "policy/arn.hpp"
#include "policy/check_inside.hpp"
#include "policy/dead_resource.hpp"
#include "policy/words.hpp"

#include <algorithm>

namespace cogniot::policy {
namespace {

/// The kind of a resource of AWS IoT: `topic`; nothing if a wildcard leaves it open, or for others.
std::optional<std::string_view> plain_type(std::string_view resource) {
    auto const arn = split_arn(resource);
    if (!arn || variable_too_early(resource))
        return {};
    auto const rest = (*arn)[arn_resource];
    auto const type = rest.substr(0, rest.find('/'));
    return type.find_first_of("*?") == std::string_view::npos ? std::optional(type) : std::nullopt;
}

std::string_view trap_of(std::string_view wanted, written_statement const& s) {
    auto const has = [&](std::string_view type) {
        return std::any_of(s.resources.begin(), s.resources.end(), [&](auto const& r) {
            return plain_type(r.text()) == std::optional(type);
        });
    };
    if (wanted == "client")
        return "client-missing";
    if (wanted == "topicfilter" && has("topic"))
        return "topic-for-subscribe";
    if (wanted == "topic" && has("topicfilter"))
        return "topicfilter-for-publish";
    return "resource-type";
}

std::string allowed_on_nothing(written_text const& action, bool allows, std::string_view why) {
    return action.text() + (allows ? " is allowed on nothing: " : " is denied on nothing: ") +
           std::string(why);
}

/// Whether requests for this action name no resource but `*` (spec iot-broker 4.2). Of
/// iot:ListNamedShadowsForThing AWS's pages say that and the thing: no verdict is certain.
bool asks_for_everything(std::string_view action) {
    return equals_ignoring_case(action, "iot:ListRetainedMessages");
}

/// Each action needs a resource of its kind, and each resource an action.
void check_kinds(written_statement const& s, check_report& report) {
    bool any_unknown = false;
    std::vector<std::string_view> wanted;
    for (auto const& action : s.actions) {
        if (asks_for_everything(action.text())) {
            if (std::none_of(s.resources.begin(), s.resources.end(),
                             [](auto const& r) { return covers(r.text(), "*"); }))
                report.add("resource-type", action,
                           allowed_on_nothing(action, s.allows, "it asks for `*` itself"));
            continue;
        }
        auto const type = resource_type_of_action(action.text());
        any_unknown = any_unknown || !type;
        if (!type)
            continue;
        wanted.push_back(*type);
        bool const served = std::any_of(s.resources.begin(), s.resources.end(), [&](auto const& r) {
            auto const plain = plain_type(r.text());
            return !plain || *plain == *type;
        });
        if (!served)
            report.add(trap_of(*type, s), action,
                       allowed_on_nothing(action, s.allows,
                                          "none of the statement's resources begins with `" +
                                              std::string(*type) + "/`"));
    }
    if (any_unknown)
        return;
    for (auto const& r : s.resources) {
        auto const plain = plain_type(r.text());
        if (plain && std::find(wanted.begin(), wanted.end(), *plain) == wanted.end() &&
            std::any_of(s.resources.begin(), s.resources.end(), [&](auto const& other) {
                auto const of_other = plain_type(other.text());
                return !of_other ||
                       std::find(wanted.begin(), wanted.end(), *of_other) != wanted.end();
            }))
            report.add("resource-unused", r, quoted(r.text()) + " serves none of the actions");
    }
}

void check_place(written_text const& r, check_report& report) {
    auto const arn = split_arn(r.text());
    if (!arn || (*arn)[2] != "iot" || variable_too_early(r.text()))
        return;
    auto const compare = [&](std::size_t part, std::string_view name, std::string_view trap,
                             std::optional<std::string> const& wanted) {
        auto const there = (*arn)[part];
        if (there.empty())
            report.add(trap, r, quoted(r.text()) + " names no " + std::string(name));
        else if (wanted && there.find_first_of("*?$") == std::string_view::npos && there != *wanted)
            report.add(trap, r,
                       quoted(r.text()) + " names " + std::string(name) + " `" +
                           std::string(there) + "`, not `" + *wanted + "`");
    };
    compare(arn_region, "region", "another-region", report.how.region);
    auto const account = (*arn)[arn_account];
    bool const is_mistyped = !account.empty() &&
                             account.find_first_not_of("0123456789") == std::string_view::npos &&
                             !is_account(account);
    if (is_mistyped)
        report.add("another-account", r,
                   quoted(r.text()) + " names account `" + std::string(account) + "`, which has " +
                       std::to_string(account.size()) + " digits");
    else
        compare(arn_account, "account", "another-account", report.how.account);
}

void check_wildcards(written_text const& r, check_report& report) {
    auto const type = plain_type(r.text());
    auto const arn = split_arn(r.text());
    if (!type || without_variables((*arn)[arn_resource]).find_first_of("+#") == std::string::npos)
        return;
    if (*type == "topic")
        report.add("mqtt-wildcard", r, quoted(r.text()) + " holds MQTT's wildcard");
    if (*type == "topicfilter")
        report.add("filter-wildcard", r, quoted(r.text()) + " allows this very filter");
}

bool is_everything(std::string_view resource) {
    auto const arn = split_arn(resource);
    return resource == "*" || (arn && (*arn)[arn_resource] == "*");
}

/// Far more than anybody needs.
void check_width(written_statement const& s, check_report& report) {
    if (!s.allows)
        return;
    if (s.action_negated || s.resource_negated)
        report.add("allow-all-but", *s.node, s.pointer,
                   std::string("Allow with ") + (s.action_negated ? "NotAction" : "NotResource"));
    if (s.action_negated || s.resource_negated)
        return;
    auto const all = std::find_if(s.resources.begin(), s.resources.end(),
                                  [](auto const& r) { return is_everything(r.text()); });
    for (auto const& action : s.actions) {
        bool const any_action =
            action.text() == "*" || equals_ignoring_case(action.text(), "iot:*");
        if (any_action && all != s.resources.end()) {
            report.add("everything", action, "`" + action.text() + "` on " + quoted(all->text()));
            return;
        }
    }
    bool const data_plane = std::any_of(s.actions.begin(), s.actions.end(), [](auto const& a) {
        return resource_type_of_action(a.text()).has_value();
    });
    if (all != s.resources.end() && data_plane)
        report.add("any-resource", *all, quoted(all->text()));
}

/// `client/*`, and `client/${iot:ClientId}`, which is true by definition.
void check_client(written_statement const& s, check_report& report) {
    if (!s.allows || s.resource_negated || !s.names_action("iot:Connect") ||
        report.how.what != kind::iot || !s.conditions.empty())
        return;
    for (auto const& r : s.resources) {
        auto const arn = split_arn(r.text());
        if (!arn)
            continue;
        auto const rest = (*arn)[arn_resource];
        if (rest == "client/*" || equals_ignoring_case(rest, "client/${iot:ClientId}"))
            report.add("any-client", r, quoted(r.text()) + " matches whatever client ID is sent");
    }
}

/// Whether a resource is AWS IoT's, and of this kind for sure.
bool is_plainly(written_text const& r, std::string_view type) {
    auto const arn = split_arn(r.text());
    return arn && (*arn)[2] == "iot" && plain_type(r.text()) == std::optional(type);
}

/// An action that wildcards alone allow (`iot:*`), and no resource beside them is of its kind.
void check_wildcard(written_document const& in, std::string_view action,
                    std::initializer_list<std::string_view> hints, check_report& report) {
    auto const type = *resource_type_of_action(action);
    written_statement const* hinted = nullptr;
    for (auto const& s : in.statements) {
        if (!s.allows || !s.names_action(action))
            continue;
        bool const may_serve =
            s.action_negated || s.resource_negated ||
            std::any_of(s.actions.begin(), s.actions.end(),
                        [&](auto const& a) { return equals_ignoring_case(a.text(), action); }) ||
            std::any_of(s.resources.begin(), s.resources.end(), [&](auto const& r) {
                return is_everything(r.text()) || !plain_type(r.text()) || is_plainly(r, type);
            });
        if (may_serve)
            return;
        for (auto const hint : hints)
            if (std::any_of(s.resources.begin(), s.resources.end(),
                            [&](auto const& r) { return is_plainly(r, hint); }))
                hinted = hinted != nullptr ? hinted : &s;
    }
    if (hinted == nullptr)
        return;
    auto const named =
        std::find_if(hinted->actions.begin(), hinted->actions.end(),
                     [&](auto const& a) { return covers(to_lower(a.text()), to_lower(action)); });
    report.add(trap_of(type, *hinted), *named,
               quoted(named->text()) + " stands for " + std::string(action) +
                   ", too, and no resource beside it begins with `" + std::string(type) + "/`");
}

} // namespace

void check_wildcard_actions(written_document const& in, check_report& report) {
    check_wildcard(in, "iot:Connect", {"topic", "topicfilter"}, report);
    check_wildcard(in, "iot:Subscribe", {"topic"}, report);
}

void check_resources(written_statement const& s, check_report& report) {
    check_width(s, report);
    check_client(s, report);
    if (!s.resource_negated && !s.action_negated)
        check_kinds(s, report);
    for (auto const& r : s.resources) {
        check_place(r, report);
        check_wildcards(r, report);
    }
}

} // namespace cogniot::policy
