#include "policy/smallest_change.hpp"

#include "base/text.hpp"
#include "json/parse.hpp"
#include "json/patch.hpp"
#include "policy/change_words.hpp"
#include "policy/compiled.hpp"
#include "policy/dead_resource.hpp"
#include "policy/grants.hpp"
#include "policy/mend_resource.hpp"
#include "policy/put_back.hpp"
#include "policy/words.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace cogniot::policy {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using clause = miss::clause;

std::vector<std::string> written_of(std::vector<pattern> const& patterns) {
    std::vector<std::string> out;
    out.reserve(patterns.size());
    for (auto const& p : patterns)
        out.push_back(p.written);
    return out;
}

/// Looks for the smallest change to the documents of one lock.
class search {
  public:
    search(std::span<named_document const> documents, request const& asked, explanation const& why,
           kind new_document)
        : documents_(documents), asked_(asked), new_document_(new_document), why_(why),
          roots_(documents.size()) {}

    remedy run() {
        remedy out;
        bool allowed = false;
        for (auto const& t : why_.statements) {
            allowed = allowed || (t.matched && t.allows);
            if (t.matched && !t.allows)
                out.denies.push_back(words_of_deny(t, documents_, asked_));
        }
        denied_ = !out.denies.empty();
        if (allowed)
            return out;
        out.smallest = find();
        out.smallest->also = words_beyond(out.smallest->grants, asked_, documents_);
        using kinds = change::kind;
        if (out.smallest->what == kinds::statement_added ||
            out.smallest->what == kinds::document_made)
            out.left_out = words_of_condition(why_, documents_);
        else if (!out.smallest->also.empty() && out.smallest->what != kinds::version_set)
            out.exact = exact_statement(*documents_[*out.smallest->document].compiled);
        return out;
    }

  private:
    change find() {
        auto const nearest = in_order();
        for (auto const* t : nearest)
            if (auto found = set_version(*t))
                return *found;
        for (auto const* t : nearest)
            if (auto found = mend(*t))
                return *found;
        if (!nearest.empty()) {
            if (auto found = add_resource(*nearest.front()))
                return *found;
            if (auto found = add_condition_value(*nearest.front()))
                return *found;
        }
        for (auto const* t : nearest)
            if (auto found = add_action(*t))
                return *found;
        std::vector<std::size_t> order;
        if (!nearest.empty())
            order.push_back(nearest.front()->document);
        for (std::size_t d = documents_.size(); d-- > 0;)
            order.push_back(d);
        for (auto const d : order)
            if (!documents_[d].is_fixed)
                if (auto found = add_statement(d))
                    return *found;
        return make_document();
    }

    /// Every Allow that did not match, the nearest miss first.
    std::vector<statement_trace const*> in_order() const {
        std::vector<statement_trace const*> out;
        for (auto const& t : why_.statements)
            if (t.allows && !t.matched && !documents_[t.document].is_fixed)
                out.push_back(&t);
        if (why_.telling)
            std::stable_partition(out.begin(), out.end(), [&](auto const* t) {
                return t == &why_.statements[*why_.telling];
            });
        return out;
    }

    statement const& compiled(statement_trace const& t) const {
        return documents_[t.document].compiled->inside().statements[t.index];
    }
    vocabulary words(statement_trace const& t) const {
        return vocabulary_of(*documents_[t.document].compiled);
    }

    /// `/Statement/2`, or `/Statement` where there is just the one.
    static std::string pointer_to(value const& root, std::size_t statement) {
        return root.at("Statement").is_array() ? "/Statement/" + std::to_string(statement)
                                               : "/Statement";
    }
    static object const& statement_of(value const& root, std::size_t statement) {
        auto const& all = root.at("Statement");
        return all.is_array() ? all.as_array().at(statement).as_object() : all.as_object();
    }
    /// One more text beside those of an element, which is a text or a list.
    static array append(std::string const& pointer, value const& element, std::string const& text) {
        if (element.is_array())
            return {json::patch_add(pointer + "/-", value(text))};
        return {json::patch_replace(pointer, array{element, value(text)})};
    }

    /// Null for a text that is no JSON.
    value const* root_of(std::size_t document) {
        auto& root = roots_[document];
        if (!root)
            if (auto parsed = as_json(*documents_[document].compiled))
                root = std::move(*parsed);
        return root ? &*root : nullptr;
    }

    /// The change if, applied, it lets the request through; a Deny aside.
    std::optional<change> proven(change c, std::size_t document, std::size_t statement) {
        c.document = document;
        auto const patched = json::apply_patch(*root_of(document), c.patch);
        if (!patched)
            return {};
        auto const parsed =
            document::parse(json::print(*patched), documents_[document].compiled->what_for());
        if (!parsed)
            return {};
        std::vector<named_document> after(documents_.begin(), documents_.end());
        after[document].compiled = &*parsed;
        bool allowed = decide(after, asked_) == effect::allow;
        if (denied_) {
            auto const why = explain(after, asked_);
            allowed = std::any_of(why.statements.begin(), why.statements.end(),
                                  [](auto const& t) { return t.matched && t.allows; });
        }
        if (!allowed)
            return {};
        c.statement = statement_of(*patched, statement);
        return c;
    }

    /// Variables that are plain text. Only where they stand in resources of Allows: elsewhere to
    /// have them read could take something away.
    std::optional<change> set_version(statement_trace const& t) {
        auto const& inside = documents_[t.document].compiled->inside();
        auto const* const root = root_of(t.document);
        if (inside.has_variables || root == nullptr || t.why_not.failed != clause::resource ||
            !has_variable_text(t.why_not.pattern))
            return {};
        change c{change::kind::version_set};
        for (auto const& s : inside.statements) {
            std::vector<std::string> read;
            for (auto const& resource : written_of(s.resources))
                if (has_variable_text(resource))
                    read.push_back(resource);
            bool const in_condition =
                std::any_of(s.conditions.begin(), s.conditions.end(), [](condition const& each) {
                    return std::any_of(
                        each.values.begin(), each.values.end(),
                        [](condition_value const& v) { return has_variable_text(v.written); });
                });
            bool const adds = s.allows && !s.action_negated && !s.resource_negated;
            if (in_condition || (!read.empty() && !adds))
                return {};
            for (auto& granted : grants_of(written_of(s.actions), read))
                c.grants.push_back(std::move(granted));
        }
        c.patch = {root->as_object().contains("Version")
                       ? json::patch_replace("/Version", "2012-10-17")
                       : json::patch_add("/Version", "2012-10-17")};
        c.words = "in " + std::string(documents_[t.document].name) +
                  ": set `\"Version\": \"2012-10-17\"`, without which every `${…}` is plain text";
        return proven(std::move(c), t.document, t.index);
    }

    /// A resource that fails for one of the usual reasons.
    std::optional<change> mend(statement_trace const& t) {
        auto const& s = compiled(t);
        auto const actions = written_of(s.actions);
        if (t.why_not.failed != clause::resource || s.resource_negated || s.action_negated ||
            std::any_of(actions.begin(), actions.end(), has_wildcard))
            return {};
        auto const* const root = root_of(t.document);
        if (!root)
            return {};
        auto const narrow = name_resource(*documents_[t.document].compiled);
        auto const pointer = pointer_to(*root, t.index) + "/Resource";
        auto const& element = statement_of(*root, t.index).at("Resource");
        for (std::size_t i = 0; i < s.resources.size(); ++i) {
            auto const& old = s.resources[i].written;
            auto const is_dead = find_dead(old, actions, words(t)).has_value();
            for (auto const& mended : mend_resource(old, asked_, words(t))) {
                auto const what = documents_[t.document].compiled->what_for();
                auto const standing = find_standing(mended, asked_, what);
                if (!standing.matches || (!standing.exact && !narrow))
                    continue;
                // A wildcard is never repeated where the resource itself will do.
                auto const& text = standing.exact ? mended : *narrow;
                change c{is_dead ? change::kind::resource_mended : change::kind::resource_added};
                c.patch = !is_dead
                              ? append(pointer, element, text)
                              : array{json::patch_replace(
                                    pointer + (element.is_array() ? "/" + std::to_string(i) : ""),
                                    value(text))};
                c.words = "in " + name_statement(t, documents_) +
                          (is_dead ? ": replace the resource " + quoted(old) +
                                         ", which nothing it allows can match, by "
                                   : ": add beside the resource " + quoted(old) + " ") +
                          quoted(text);
                c.grants = grants_of(actions, {text});
                if (auto found = proven(std::move(c), t.document, t.index))
                    return found;
            }
        }
        return {};
    }

    /// The very resource, beside the others of a statement that names the action.
    std::optional<change> add_resource(statement_trace const& t) {
        auto const& s = compiled(t);
        auto const actions = written_of(s.actions);
        bool const is_wide = std::any_of(actions.begin(), actions.end(), has_wildcard);
        if (t.why_not.failed != clause::resource || s.resource_negated || s.action_negated ||
            is_wide)
            return {};
        auto const* const root = root_of(t.document);
        auto const text = name_resource(*documents_[t.document].compiled);
        if (!root || !text)
            return {};
        change c{change::kind::resource_added};
        c.patch = append(pointer_to(*root, t.index) + "/Resource",
                         statement_of(*root, t.index).at("Resource"), *text);
        c.words = "in " + name_statement(t, documents_) + ": add the resource " + quoted(*text);
        c.grants = grants_of(actions, {*text});
        return proven(std::move(c), t.document, t.index);
    }

    /// The action, in a statement that allows others on this resource.
    std::optional<change> add_action(statement_trace const& t) {
        auto const& s = compiled(t);
        auto const resources = written_of(s.resources);
        if (t.why_not.failed != clause::action || !t.why_not.rest_holds || s.action_negated ||
            s.resource_negated || std::any_of(resources.begin(), resources.end(), is_bare))
            return {};
        auto const* const root = root_of(t.document);
        if (!root)
            return {};
        std::string const action(asked_.action);
        change c{change::kind::action_added};
        c.patch = append(pointer_to(*root, t.index) + "/Action",
                         statement_of(*root, t.index).at("Action"), action);
        c.words = "in " + name_statement(t, documents_) + ": add the action " + quoted(action);
        c.grants = grants_of({action}, resources);
        return proven(std::move(c), t.document, t.index);
    }

    /// The request's own value, beside those that a condition of a statement on few things lists.
    std::optional<change> add_condition_value(statement_trace const& t) {
        auto const& m = t.why_not;
        auto const& s = compiled(t);
        auto const actions = written_of(s.actions);
        auto const resources = written_of(s.resources);
        if (m.failed != clause::condition || m.negative || !m.key_present || !m.rest_holds ||
            s.action_negated || s.resource_negated ||
            std::any_of(actions.begin(), actions.end(), has_wildcard) ||
            std::any_of(resources.begin(), resources.end(), is_bare))
            return {};
        auto const op = find_operation(m.condition_operator);
        auto const* const actual = asked_.facts.find(m.condition_key);
        using compared = operation::family;
        bool const lists_texts =
            op && (op->compares == compared::text || op->compares == compared::arn ||
                   op->compares == compared::address);
        auto const* const root = root_of(t.document);
        if (!lists_texts || actual == nullptr || actual->size() != 1 || !root)
            return {};
        auto const text = op->how == operation::relation::like || op->compares == compared::arn
                              ? escape_wildcards(actual->front(), words(t))
                              : actual->front();
        if (!text)
            return {};
        change c{change::kind::condition_value_added};
        c.patch = append(pointer_to(*root, t.index) + "/Condition/" +
                             json::pointer_token(m.condition_operator) + "/" +
                             json::pointer_token(m.condition_key),
                         statement_of(*root, t.index)
                             .at("Condition")
                             .at(m.condition_operator)
                             .at(m.condition_key),
                         *text);
        c.words = "in " + name_statement(t, documents_) + ": add " + quoted(*text) +
                  " to the values of its condition " + m.condition_operator + " on " +
                  quoted(m.condition_key);
        c.grants = grants_of(actions, resources);
        return proven(std::move(c), t.document, t.index);
    }

    /// The resource that was asked for, as a document can name it; nothing if it cannot.
    std::optional<std::string> name_resource(vocabulary with, kind what) const {
        auto const text = put_variables_back(asked_.resource, asked_.facts, with);
        return text ? std::optional(holdable(text->text, what)) : std::nullopt;
    }
    std::optional<std::string> name_resource(document const& in) const {
        return name_resource(vocabulary_of(in), in.what_for());
    }
    object statement_on(std::string const& resource) const {
        return {{"Effect", "Allow"}, {"Action", asked_.action}, {"Resource", resource}};
    }
    /// Nothing if no statement of the document can allow the request alone.
    std::optional<object> exact_statement(document const& in) const {
        auto const text = name_resource(in);
        if (!text || !is_resource_holdable(in.what_for()))
            return {};
        return statement_on(*text);
    }
    bool is_resource_holdable(kind what) const {
        return holdable(asked_.resource, what) == asked_.resource;
    }
    std::string words_of_characters(kind what) const {
        return is_resource_holdable(what)
                   ? ""
                   : ": IAM takes no characters beyond U+00FF, so that a `?` stands for each";
    }

    std::optional<change> add_statement(std::size_t d) {
        auto const* const root = root_of(d);
        auto const& in = *documents_[d].compiled;
        auto const resource = name_resource(in);
        if (!root || !resource)
            return {};
        auto const made = statement_on(*resource);
        auto const& all = root->at("Statement");
        change c{change::kind::statement_added};
        c.patch = all.is_array() ? array{json::patch_add("/Statement/-", made)}
                                 : array{json::patch_replace("/Statement", array{all, made})};
        c.words = "add a statement to " + std::string(documents_[d].name) +
                  words_of_characters(in.what_for());
        c.grants = {{{std::string(asked_.action)}, {*resource}}};
        return proven(std::move(c), d, all.is_array() ? all.as_array().size() : 1);
    }

    change make_document() const {
        auto const with = new_document_ == kind::iot ? vocabulary::iot : vocabulary::iam;
        // With variables there is a name for every resource.
        auto const resource = name_resource(with, new_document_).value_or("*");
        change c;
        c.statement = statement_on(resource);
        bool const are_fixed = std::all_of(documents_.begin(), documents_.end(),
                                           [](named_document const& d) { return d.is_fixed; });
        bool const lack_variables =
            std::none_of(documents_.begin(), documents_.end(), [](named_document const& d) {
                return d.compiled->inside().has_variables;
            });
        c.words = documents_.empty() ? "make a policy of this statement"
                  : are_fixed ? "make another policy of this statement: AWS's own cannot be changed"
                  : lack_variables && has_variable_text(resource)
                      ? "make another policy of this statement, with `\"Version\": "
                        "\"2012-10-17\"`: without it the documents cannot hold `${…}`"
                      : "make another policy of this statement: the documents have no room for it";
        c.words += words_of_characters(new_document_);
        c.grants = {{{std::string(asked_.action)}, {resource}}};
        return c;
    }

    std::span<named_document const> documents_;
    request const& asked_;
    kind new_document_;
    explanation const& why_;
    /// The documents as JSON, each read when a change of it is tried first.
    std::vector<std::optional<value>> roots_;
    bool denied_ = false;
};

} // namespace

remedy find_remedy(std::span<named_document const> documents, request const& refused,
                   explanation const& why, kind new_document) {
    return search(documents, refused, why, new_document).run();
}

} // namespace cogniot::policy
