// From a checked JSON tree to what the evaluator walks.
#include "base/text.hpp"
#include "policy/compiled.hpp"

namespace cogniot::policy {
namespace {

using json::located;
using fault = std::optional<complaint>;

/// Calls `with(node)` for the one text or each of the list; stops at the first fault.
template <typename With>
fault for_each(located const& node, With with) {
    if (!node.is_array())
        return with(node);
    for (auto const& item : node.items)
        if (auto f = with(item))
            return f;
    return {};
}

class compiler {
  public:
    explicit compiler(document::compiled& into) : into_(into), lines_(into.text) {}

    fault add(located const& s) {
        statement out;
        out.index = into_.statements.size();
        out.at = lines_.find(s.begin);
        out.allows = s.find("Effect")->text == "Allow";
        if (auto const* sid = s.find("Sid"))
            out.sid = sid->text;
        if (auto f = add_actions(s, out))
            return f;
        if (auto f = add_resources(s, out))
            return f;
        add_principals(s, out);
        if (auto f = add_conditions(s, out))
            return f;
        (out.allows ? into_.allows : into_.denies).push_back(static_cast<std::uint32_t>(out.index));
        into_.statements.push_back(std::move(out));
        return {};
    }

  private:
    fault add_pattern(located const& node, pattern_rules const& rules, std::vector<pattern>& to) {
        pattern p;
        if (auto f = make_pattern(node.text, rules, into_.slots, p))
            return complain(node, *f);
        to.push_back(std::move(p));
        return {};
    }

    /// The fault lies `offset` bytes into the text, which may be written with escapes: then only
    /// the beginning of the text is certain.
    complaint complain(located const& node, pattern_fault const& f) const {
        bool const plain = node.end - node.begin == node.text.size() + 2;
        auto const at = node.begin + (plain ? 1 + f.offset : 0);
        return {errc::syntax, false, {}, lines_.find(at), f.cause};
    }

    fault add_actions(located const& s, statement& out) {
        auto const* actions = s.find("Action");
        out.action_negated = actions == nullptr;
        if (actions == nullptr)
            actions = s.find("NotAction");
        return for_each(*actions, [&](located const& node) {
            return add_pattern(node, {.variables = false, .fold_case = true}, out.actions);
        });
    }

    fault add_resources(located const& s, statement& out) {
        auto const* resources = s.find("Resource");
        if (resources == nullptr) {
            resources = s.find("NotResource");
            out.resource_negated = resources != nullptr;
        }
        if (resources == nullptr)
            return {};
        return for_each(*resources, [&](located const& node) {
            return add_pattern(node, resource_rules(into_), out.resources);
        });
    }

    void add_principals(located const& s, statement& out) {
        auto const* who = s.find("Principal");
        if (who == nullptr) {
            who = s.find("NotPrincipal");
            out.principal_negated = who != nullptr;
        }
        if (who == nullptr)
            return;
        if (who->is_string())
            out.principals.push_back({"*", "*"});
        for (auto const& m : who->members)
            for_each(m.value, [&](located const& name) -> fault {
                out.principals.push_back({m.name, name.text});
                return {};
            });
    }

    fault add_conditions(located const& s, statement& out) {
        auto const* operators = s.find("Condition");
        if (operators == nullptr)
            return {};
        for (auto const& m : operators->members) {
            for (auto const& key : m.value.members) {
                condition c;
                c.op = *find_operation(m.name);
                c.operator_written = m.name;
                c.key_written = key.name;
                c.key = to_lower(key.name);
                c.at = lines_.find(key.begin);
                auto f = for_each(key.value, [&](located const& node) -> fault {
                    condition_value value;
                    if (auto wrong =
                            compile_value(c.op, node.text, into_.has_variables, into_.slots, value))
                        return complain(node, *wrong);
                    c.values.push_back(std::move(value));
                    return {};
                });
                if (f)
                    return f;
                out.conditions.push_back(std::move(c));
            }
        }
        return {};
    }

    document::compiled& into_;
    json::line_index lines_;
};

} // namespace

std::optional<complaint> compile(located const& root, document::compiled& into) {
    auto const* version = root.find("Version");
    into.has_variables = version != nullptr && version->text == "2012-10-17";
    compiler c(into);
    auto fault = for_each(*root.find("Statement"), [&](located const& s) { return c.add(s); });
    auto const is_iot = [](std::string_view key) { return key.starts_with("iot:"); };
    into.reads_iot_keys =
        std::any_of(into.slots.begin(), into.slots.end(),
                    [&](variable const& one) { return is_iot(one.name); }) ||
        std::any_of(into.statements.begin(), into.statements.end(), [&](statement const& s) {
            return std::any_of(s.conditions.begin(), s.conditions.end(),
                               [&](condition const& one) { return is_iot(one.key); });
        });
    return fault;
}

pattern_rules resource_rules(document::compiled const& in) {
    using colons = pattern_rules::colons;
    return {.variables = in.has_variables,
            .variables_after_fifth_colon = true,
            .colon = in.follows_iot() ? colons::ordinary : colons::end_segments};
}

} // namespace cogniot::policy
