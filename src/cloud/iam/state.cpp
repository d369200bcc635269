#include "cloud/iam/state.hpp"

#include "base/ascii.hpp"
#include "base/text.hpp"
#include "cloud/iam/aws_managed.hpp"
#include "cloud/stored.hpp"
#include "policy/arn.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <utility>

namespace cogniot::cloud::iam {

namespace {

constexpr std::string_view role_kind = "iam_role";
constexpr std::string_view policy_kind = "iam_policy";

json::array stored_tags(std::vector<tag> const& tags) {
    json::array out;
    for (auto const& t : tags)
        out.push_back(json::object{{"key", t.key}, {"value", t.value}});
    return out;
}

std::vector<tag> read_tags(stored_object& from) {
    std::vector<tag> out;
    for (auto& t : from.objects("tags")) {
        out.push_back({t.text("key"), t.text("value")});
        if (t.fault())
            from.note(*t.fault());
    }
    return out;
}

result<bool> restore_role(state& to, std::string_view key, std::string_view value) {
    auto read = stored_object::parse(role_kind, key, value);
    if (!read)
        return read.error();
    auto& from = *read;
    auto trust = from.document("trust", policy::kind::trust);
    if (from.fault())
        return *from.fault();
    role r{.name = from.text("name"),
           .id = from.text("id"),
           .path = from.text("path"),
           .arn = from.text("arn"),
           .description = from.text_if_any("description"),
           .max_session = std::chrono::seconds(from.number("max_session_s")),
           .created = from.time("created"),
           .trust = std::move(*trust),
           .attached = from.texts("attached"),
           .tags = read_tags(from)};
    for (auto& p : from.objects("inline")) {
        auto name = p.text("name");
        if (auto document = p.document("document", policy::kind::role_inline))
            r.inline_policies.emplace(std::move(name), std::move(*document));
        if (p.fault())
            from.note(*p.fault());
    }
    if (from.fault())
        return *from.fault();
    auto const at = to.roles.insert_or_assign(r.name, std::move(r)).first;
    to.refresh(at->second);
    return true;
}

result<bool> restore_policy(state& to, std::string_view key, std::string_view value) {
    auto read = stored_object::parse(policy_kind, key, value);
    if (!read)
        return read.error();
    auto& from = *read;
    managed_policy p{.name = from.text("name"),
                     .id = from.text("id"),
                     .path = from.text("path"),
                     .arn = from.text("arn"),
                     .description = from.text_if_any("description"),
                     .created = from.time("created"),
                     .updated = from.time("updated"),
                     .default_version = from.text("default_version"),
                     .next_version = static_cast<unsigned>(from.number("next_version")),
                     .versions = {},
                     .tags = read_tags(from)};
    for (auto& v : from.objects("versions")) {
        auto id = v.text("id");
        auto const created = v.time("created");
        if (auto document = v.document("document", policy::kind::managed))
            p.versions.push_back({std::move(id), created, std::move(*document)});
        if (v.fault())
            from.note(*v.fault());
    }
    if (!p.in_force())
        from.note(fail(json::errc::field_missing, "the default version is not among `versions`"));
    if (from.fault())
        return *from.fault();
    auto const arn = p.arn;
    to.policies.insert_or_assign(arn, std::move(p));
    to.refresh_attached(arn);
    return true;
}

} // namespace

bool less_ignoring_case::operator()(std::string_view a, std::string_view b) const {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                        [](char x, char y) { return to_lower(x) < to_lower(y); });
}

policy_version const* managed_policy::find(std::string_view version_id) const {
    auto const at = std::find_if(versions.begin(), versions.end(),
                                 [&](policy_version const& v) { return v.id == version_id; });
    return at == versions.end() ? nullptr : &*at;
}

policy_version const* managed_policy::in_force() const {
    return find(default_version);
}

role const* state::find_role(std::string_view name) const {
    auto const at = roles.find(name);
    return at == roles.end() ? nullptr : &at->second;
}

role const* state::find_role_by_arn(std::string_view arn) const {
    auto const slash = arn.rfind('/');
    if (slash == std::string_view::npos)
        return nullptr;
    auto const* const found = find_role(arn.substr(slash + 1));
    return found && found->arn == arn ? found : nullptr;
}

managed_policy const* state::find_policy(std::string_view arn) const {
    auto const at = policies.find(arn);
    return at == policies.end() ? find_aws_managed_policy(arn) : &at->second;
}

unsigned state::attachment_count(std::string_view policy_arn) const {
    return static_cast<unsigned>(std::count_if(roles.begin(), roles.end(), [&](auto const& entry) {
        auto const& attached = entry.second.attached;
        return std::find(attached.begin(), attached.end(), policy_arn) != attached.end();
    }));
}

void state::refresh(role& r) const {
    r.labels.clear();
    r.documents.clear();
    std::vector<policy::document const*> compiled;
    std::vector<bool> are_fixed;
    for (auto const& [name, document] : r.inline_policies) {
        r.labels.push_back("role policy " + name);
        compiled.push_back(&document);
        are_fixed.push_back(policy::is_aws_managed_policy(name));
    }
    for (auto const& arn : r.attached) {
        auto const* const p = find_policy(arn);
        // Not there yet while records are restored: the policy's own record refreshes this role.
        if (!p)
            continue;
        r.labels.push_back("managed policy " + p->name);
        compiled.push_back(&p->in_force()->document);
        are_fixed.push_back(policy::is_aws_managed_policy(arn));
    }
    // INVARIANT: names are views into `labels`, which does not change any more from here.
    for (std::size_t i = 0; i < compiled.size(); ++i)
        r.documents.push_back({r.labels[i], compiled[i], are_fixed[i]});
}

void state::refresh_attached(std::string_view policy_arn) {
    for (auto& [name, r] : roles)
        if (std::find(r.attached.begin(), r.attached.end(), policy_arn) != r.attached.end())
            refresh(r);
}

result<bool> state::restore(std::string_view kind, std::string_view key, std::string_view value) {
    if (kind == role_kind)
        return restore_role(*this, key, value);
    if (kind == policy_kind)
        return restore_policy(*this, key, value);
    return false;
}

record print_record(role const& r) {
    json::array inline_policies;
    for (auto const& [name, document] : r.inline_policies)
        inline_policies.push_back(json::object{{"name", name}, {"document", document.text()}});
    return {std::string(role_kind), to_lower(r.name),
            json::print(json::object{{"name", r.name},
                                     {"id", r.id},
                                     {"path", r.path},
                                     {"arn", r.arn},
                                     {"description", r.description},
                                     {"max_session_s", r.max_session.count()},
                                     {"created", stored_time(r.created)},
                                     {"trust", r.trust.text()},
                                     {"inline", std::move(inline_policies)},
                                     {"attached", stored_texts(r.attached)},
                                     {"tags", stored_tags(r.tags)}})};
}

record print_record(managed_policy const& p) {
    json::array versions;
    for (auto const& v : p.versions)
        versions.push_back(json::object{
            {"id", v.id}, {"created", stored_time(v.created)}, {"document", v.document.text()}});
    return {std::string(policy_kind), p.arn,
            json::print(json::object{{"name", p.name},
                                     {"id", p.id},
                                     {"path", p.path},
                                     {"arn", p.arn},
                                     {"description", p.description},
                                     {"created", stored_time(p.created)},
                                     {"updated", stored_time(p.updated)},
                                     {"default_version", p.default_version},
                                     {"next_version", p.next_version},
                                     {"versions", std::move(versions)},
                                     {"tags", stored_tags(p.tags)}})};
}

} // namespace cogniot::cloud::iam
