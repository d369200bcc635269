#include "policy/least_privilege.hpp"

#include "json/parse.hpp"
#include "policy/compiled.hpp"
#include "policy/put_back.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace cogniot::policy {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

/// What AWS takes of one kind of documents.
struct room {
    kind what;
    std::size_t max_documents;
    std::string_view name;
};

// Inline policies of a role share 10,240 characters, so one of them is as good as several; beyond
// it takes managed policies, 10 of 6,144 each. An identity takes 10 IoT policies of 2,048.
constexpr room inline_room{kind::role_inline, 1, "inline policy"};
constexpr room managed_room{kind::managed, 10, "managed policies"};
constexpr room iot_room{kind::iot, 10, "IoT policies"};

using texts = std::set<std::string>;

value one_or_list(texts const& all) {
    return all.size() == 1 ? value(*all.begin()) : value(array(all.begin(), all.end()));
}

object make_statement(texts const& actions, texts const& resources) {
    return {{"Effect", "Allow"},
            {"Action", one_or_list(actions)},
            {"Resource", one_or_list(resources)}};
}

object make_document(array statements) {
    return {{"Version", "2012-10-17"}, {"Statement", std::move(statements)}};
}

std::size_t size_of(array const& statements, kind what) {
    return counted_size(json::print(make_document(statements)), what);
}

/// Actions of equal resources, each set once.
std::vector<std::pair<texts, texts>> group(std::map<std::string, texts> const& by_action) {
    std::map<texts, texts> actions_of;
    for (auto const& [action, resources] : by_action)
        actions_of[resources].insert(action);
    std::vector<std::pair<texts, texts>> out;
    out.reserve(actions_of.size());
    for (auto const& [resources, actions] : actions_of)
        out.emplace_back(actions, resources);
    std::sort(out.begin(), out.end());
    return out;
}

/// Fills documents one after the other; a statement that no document has room for is spread over
/// several by its resources.
least_policies pack(std::map<std::string, texts> const& by_action, room const& in) {
    least_policies out{.limit = size_limit(in.what).value_or(0)};
    array now;
    auto const close = [&] {
        if (now.empty())
            return;
        out.sizes.push_back(size_of(now, in.what));
        out.documents.push_back(make_document(std::move(now)));
        now = {};
    };
    auto const fits = [&](object const& statement) {
        auto with = now;
        with.push_back(statement);
        return size_of(with, in.what) <= out.limit;
    };
    for (auto const& [actions, resources] : group(by_action)) {
        auto const whole = make_statement(actions, resources);
        if (fits(whole)) {
            now.push_back(whole);
            continue;
        }
        texts part;
        for (auto const& resource : resources) {
            auto longer = part;
            longer.insert(resource);
            if (!fits(make_statement(actions, longer))) {
                if (!part.empty())
                    now.push_back(make_statement(actions, part));
                close();
                longer = {resource};
            }
            part = std::move(longer);
        }
        now.push_back(make_statement(actions, part));
    }
    close();
    if (out.documents.size() > in.max_documents)
        out.notes.push_back("these are " + std::to_string(out.documents.size()) + " " +
                            std::string(in.name) + ", and AWS takes " +
                            std::to_string(in.max_documents) +
                            " for one role or identity: name the resources by a wildcard of your "
                            "choice, or do less with one identity");
    else if (out.documents.size() > 1)
        out.notes.push_back("split into " + std::to_string(out.documents.size()) + " " +
                            std::string(in.name) + " of at most " + std::to_string(out.limit) +
                            " characters: attach all of them");
    for (auto const size : out.sizes)
        if (size > out.limit)
            out.notes.push_back("one resource alone is beyond the " + std::to_string(out.limit) +
                                " characters that AWS takes");
    return out;
}

/// Adds a note for each action whose resource is no ARN, so that only `*` allows it.
std::map<std::string, texts> write_all(std::span<recorded const> all, bool recorded::*needed,
                                       kind in, texts& notes) {
    auto const words = in == kind::iot ? vocabulary::iot : vocabulary::iam;
    std::map<std::string, texts> by_action;
    for (auto const& r : all) {
        if (!(r.*needed))
            continue;
        context facts;
        if (!r.identity.empty())
            facts.set(std::string(identity_variable), r.identity);
        if (!r.client.empty())
            facts.set(std::string(client_variable), r.client);
        if (r.resource != "*" && !r.resource.starts_with("arn:"))
            notes.insert(r.action + " asks for `" + r.resource +
                         "`, which is no ARN: nothing narrower than \"Resource\": \"*\" allows it");
        // Version 2012-10-17 has escapes: every resource can be written.
        auto text = put_variables_back(r.resource, facts, words)->text;
        if (auto narrow = holdable(text, in); narrow != text) {
            notes.insert("IAM's documents hold no character beyond U+00FF: `" + narrow +
                         "` has `?` for each of them in `" + text +
                         "`, and allows any other character there, too");
            text = std::move(narrow);
        }
        by_action[r.action].insert(std::move(text));
    }
    return by_action;
}

} // namespace

least_privilege find_least_privilege(std::span<recorded const> all) {
    texts notes;
    auto const of_role = write_all(all, &recorded::needs_role_policy, kind::role_inline, notes);
    auto role = pack(of_role, inline_room);
    if (role.documents.size() > 1)
        role = pack(of_role, managed_room);
    role.notes.insert(role.notes.end(), notes.begin(), notes.end());
    return {std::move(role),
            pack(write_all(all, &recorded::needs_iot_policy, kind::iot, notes), iot_room)};
}

} // namespace cogniot::policy
