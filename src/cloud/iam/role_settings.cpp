// UpdateRole, TagRole, UntagRole: what of a role is neither trust nor permission.
#include "cloud/iam/entity.hpp"
#include "cloud/iam/operations.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <boost/json/object.hpp>

#include <algorithm>

namespace cogniot::cloud::iam {

outcome<json::object> update_role(call& c, json::object const& input) {
    input_reader in(input);
    auto const name = in.text("RoleName", role_name_rule);
    auto const description = in.find_text("Description", description_rule);
    // Without a value AWS applies the default of one hour.
    auto const max_session = in.find_integer("MaxSessionDuration", {.min = 3600, .max = 43200});
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto* const r = find_role(c, name);
    if (!r)
        return no_such_role(name);
    if (description)
        r->description = std::string(*description);
    r->max_session = std::chrono::seconds(max_session.value_or(3600));
    keep(c, *r);
    return json::object{};
}

outcome<json::object> tag_role(call& c, json::object const& input) {
    input_reader in(input);
    auto const name = in.text("RoleName", role_name_rule);
    auto const added = read_tags(in);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto* const r = find_role(c, name);
    if (!r)
        return no_such_role(name);
    auto tags = r->tags;
    for (auto const& one : added) {
        auto const same = std::ranges::find(tags, one.key, &tag::key);
        if (same == tags.end())
            tags.push_back(one);
        else
            same->value = one.value;
    }
    if (tags.size() > max_tags)
        return limit_exceeded("The number of tags has reached the maximum limit.");
    r->tags = std::move(tags);
    keep(c, *r);
    return json::object{};
}

outcome<json::object> untag_role(call& c, json::object const& input) {
    input_reader in(input);
    auto const name = in.text("RoleName", role_name_rule);
    auto const keys = in.texts("TagKeys", {.min = 1, .max = 128}, {.max = max_tags});
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto* const r = find_role(c, name);
    if (!r)
        return no_such_role(name);
    std::erase_if(r->tags,
                  [&](tag const& one) { return std::ranges::find(keys, one.key) != keys.end(); });
    keep(c, *r);
    return json::object{};
}

} // namespace cogniot::cloud::iam
