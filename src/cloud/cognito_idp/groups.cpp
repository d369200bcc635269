#include "cloud/cognito_idp/entity.hpp"
#include "cloud/cognito_idp/operations.hpp"
#include "cloud/cognito_idp/paging.hpp"
#include "cloud/cognito_idp/print_user.hpp"
#include "cloud/cognito_idp/records.hpp"

#include <boost/json.hpp>

namespace cogniot::cloud::cognito_idp {

namespace {

using boost::json::object;

constexpr text_rule description_rule{.max = 2048};
constexpr integer_rule precedence_rule{.min = 0};

object print_group(user_pool const& pool, group const& g) {
    object out{{"GroupName", g.name}, {"UserPoolId", pool.id}};
    if (g.description)
        out["Description"] = *g.description;
    if (g.role_arn)
        out["RoleArn"] = *g.role_arn;
    if (g.precedence)
        out["Precedence"] = *g.precedence;
    out["LastModifiedDate"] = print_time(g.modified);
    out["CreationDate"] = print_time(g.created);
    return out;
}

api_error missing_group() {
    return refuse("ResourceNotFoundException", "Group not found.");
}

struct addressed_group {
    user_pool* pool;
    cognito_idp::group* group;
};

/// Reads UserPoolId and GroupName; the other members have been read before.
outcome<addressed_group> find_addressed_group(call& c, input_reader& in) {
    auto const name = in.text("GroupName", rules::group_name);
    auto const pool_id = in.text("UserPoolId", rules::pool_id);
    if (auto refusal = in.refusal(constraint_violated))
        return *refusal;
    auto const pool = find_pool(c, pool_id);
    if (!pool)
        return pool.error();
    auto const found = (*pool)->groups.find(name);
    if (found == (*pool)->groups.end())
        return missing_group();
    return addressed_group{.pool = *pool, .group = &found->second};
}

/// What CreateGroup and UpdateGroup may set; absent members leave what is there.
void read_settings(input_reader& in, group& g) {
    if (auto const description = in.find_text("Description", description_rule))
        g.description = *description;
    if (auto const role = in.find_text("RoleArn", rules::arn))
        g.role_arn = *role;
    if (auto const precedence = in.find_integer("Precedence", precedence_rule))
        g.precedence = *precedence;
}

enum class membership { add, remove };

outcome<object> change_membership(call& c, object const& input, membership how) {
    input_reader in(input);
    auto const name = in.text("GroupName", rules::group_name);
    auto const found = find_addressed_user(c, in);
    if (!found)
        return found.error();
    if (!found->pool->groups.contains(name))
        return missing_group();
    if (how == membership::add)
        found->user->groups.emplace(name);
    else
        found->user->groups.erase(std::string(name));
    c.persist.push_back(print_record(*found->pool, *found->user));
    return object{};
}

} // namespace

outcome<object> create_group(call& c, object const& input) {
    input_reader in(input);
    group g{.name = std::string(in.text("GroupName", rules::group_name))};
    auto const pool_id = in.text("UserPoolId", rules::pool_id);
    read_settings(in, g);
    if (auto refusal = in.refusal(constraint_violated))
        return *refusal;
    auto const pool = find_pool(c, pool_id);
    if (!pool)
        return pool.error();
    if ((*pool)->groups.contains(g.name))
        return refuse("GroupExistsException", "A group with the name already exists.");
    g.created = g.modified = c.now;
    c.persist.push_back(print_record(**pool, g));
    object out{{"Group", print_group(**pool, g)}};
    (*pool)->groups.emplace(g.name, std::move(g));
    return out;
}

outcome<object> get_group(call& c, object const& input) {
    input_reader in(input);
    auto const found = find_addressed_group(c, in);
    if (!found)
        return found.error();
    return object{{"Group", print_group(*found->pool, *found->group)}};
}

outcome<object> update_group(call& c, object const& input) {
    input_reader in(input);
    group changes;
    read_settings(in, changes);
    auto const found = find_addressed_group(c, in);
    if (!found)
        return found.error();
    auto& g = *found->group;
    input_reader again(input);
    read_settings(again, g);
    g.modified = c.now;
    c.persist.push_back(print_record(*found->pool, g));
    return object{{"Group", print_group(*found->pool, g)}};
}

outcome<object> delete_group(call& c, object const& input) {
    input_reader in(input);
    auto const found = find_addressed_group(c, in);
    if (!found)
        return found.error();
    auto& pool = *found->pool;
    auto const name = found->group->name;
    for (auto& [key, who] : pool.users)
        if (who.groups.erase(name) > 0)
            c.persist.push_back(print_record(pool, who));
    c.persist.push_back(forget(print_record(pool, *found->group)));
    pool.groups.erase(pool.groups.find(name));
    return object{};
}

outcome<object> list_groups(call& c, object const& input) {
    input_reader in(input);
    auto const pool_id = in.text("UserPoolId", rules::pool_id);
    auto const most = in.find_integer("Limit", {.min = 0, .max = 60}).value_or(0);
    auto const from = in.find_text("NextToken", rules::page);
    if (auto refusal = in.refusal(constraint_violated))
        return *refusal;
    auto const pool = find_pool(c, pool_id);
    if (!pool)
        return pool.error();
    auto const page =
        paginate((*pool)->groups, from, most == 0 ? 60 : most, [](group const&) { return true; },
                 [&](group const& g) { return print_group(**pool, g); });
    return print_page(page, "Groups", "NextToken");
}

outcome<object> admin_add_user_to_group(call& c, object const& input) {
    return change_membership(c, input, membership::add);
}

outcome<object> admin_remove_user_from_group(call& c, object const& input) {
    return change_membership(c, input, membership::remove);
}

outcome<object> admin_list_groups_for_user(call& c, object const& input) {
    input_reader in(input);
    auto const most = in.find_integer("Limit", {.min = 0, .max = 60}).value_or(0);
    auto const from = in.find_text("NextToken", rules::page);
    auto const found = find_addressed_user(c, in);
    if (!found)
        return found.error();
    auto const page = paginate(
        found->pool->groups, from, most == 0 ? 60 : most,
        [&](group const& g) { return found->user->groups.contains(g.name); },
        [&](group const& g) { return print_group(*found->pool, g); });
    return print_page(page, "Groups", "NextToken");
}

outcome<object> list_users_in_group(call& c, object const& input) {
    input_reader in(input);
    auto const most = in.find_integer("Limit", {.min = 0, .max = 60}).value_or(0);
    auto const from = in.find_text("NextToken", rules::page);
    auto const found = find_addressed_group(c, in);
    if (!found)
        return found.error();
    auto const page = paginate(
        found->pool->users, from, most == 0 ? 60 : most,
        [&](user const& who) { return who.groups.contains(found->group->name); },
        [](user const& who) { return print_user(who); });
    return print_page(page, "Users", "NextToken");
}

} // namespace cogniot::cloud::cognito_idp
