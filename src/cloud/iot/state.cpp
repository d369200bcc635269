#include "cloud/iot/state.hpp"

#include "cloud/stored.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <utility>

namespace cogniot::cloud::iot {

namespace {

constexpr std::string_view policy_kind = "iot_policy";
constexpr std::string_view target_kind = "iot_target";
constexpr std::string_view thing_kind = "iot_thing";
constexpr std::string_view logging_kind = "iot_logging";

std::string key_of(std::string_view region, std::string_view name) {
    return std::string(region) + "/" + std::string(name);
}

template <typename Map>
auto const* find_in(Map const& map, std::string_view key) {
    auto const at = map.find(key);
    return at == map.end() ? nullptr : &at->second;
}

void restore_policy(state& to, stored_object& from) {
    versioned_policy p{.name = from.text("name"),
                       .region = from.text("region"),
                       .arn = from.text("arn"),
                       .created = from.time("created"),
                       .modified = from.time("modified"),
                       .generation = from.text("generation"),
                       .default_version = static_cast<unsigned>(from.number("default_version")),
                       .next_version = static_cast<unsigned>(from.number("next_version")),
                       .versions = {}};
    for (auto& v : from.objects("versions")) {
        auto const number = static_cast<unsigned>(v.number("number"));
        auto const created = v.time("created");
        if (auto document = v.document("document", policy::kind::iot))
            p.versions.push_back({number, created, std::move(*document)});
        if (v.fault())
            from.note(*v.fault());
    }
    if (!p.in_force())
        from.note(fail(json::errc::field_missing, "the default version is not among `versions`"));
    if (from.fault())
        return;
    auto& region = to.at(p.region);
    auto const name = p.name;
    region.policies.insert_or_assign(name, std::move(p));
    region.refresh_attached(name);
}

void restore_target(state& to, stored_object& from) {
    target t{
        .id = from.text("id"), .region = from.text("region"), .policies = from.texts("policies")};
    if (from.fault())
        return;
    auto& region = to.at(t.region);
    auto const id = t.id;
    region.refresh(region.targets.insert_or_assign(id, std::move(t)).first->second);
}

void restore_thing(state& to, stored_object& from) {
    thing t{.name = from.text("name"),
            .region = from.text("region"),
            .id = from.text("id"),
            .arn = from.text("arn"),
            .type_name = from.text_if_any("type_name"),
            .billing_group = from.text_if_any("billing_group"),
            .attributes = from.pairs("attributes"),
            .version = from.number("version")};
    auto const principals = from.has("principals")
                                ? from.pairs("principals")
                                : std::map<std::string, std::string, std::less<>>{};
    if (from.fault())
        return;
    auto& region = to.at(t.region);
    auto const name = t.name;
    auto& restored = region.things.insert_or_assign(name, std::move(t)).first->second;
    for (auto const& [principal, type] : principals)
        region.attach(restored, principal, type);
}

void restore_device_certificate(state& to, stored_object& from) {
    auto c = restore_certificate(from);
    if (from.fault())
        return;
    auto& region = to.at(c.region);
    auto const id = c.details.id;
    region.certificates.insert_or_assign(id, std::move(c));
}

void restore_region_logging(state& to, stored_object& from) {
    auto read = restore_logging(from);
    if (from.fault())
        return;
    auto& region = to.at(read.region);
    region.logging = std::move(read);
}

} // namespace

policy_version const* versioned_policy::find(std::string_view version_id) const {
    auto const at = std::find_if(versions.begin(), versions.end(), [&](policy_version const& v) {
        return std::to_string(v.number) == version_id;
    });
    return at == versions.end() ? nullptr : &*at;
}

policy_version const* versioned_policy::in_force() const {
    auto const at = std::find_if(versions.begin(), versions.end(), [&](policy_version const& v) {
        return v.number == default_version;
    });
    return at == versions.end() ? nullptr : &*at;
}

versioned_policy const* registry::find_policy(std::string_view name) const {
    return find_in(policies, name);
}
target const* registry::find_target(std::string_view id) const {
    return find_in(targets, id);
}
thing const* registry::find_thing(std::string_view name) const {
    return find_in(things, name);
}

certificate const* registry::find_certificate(std::string_view id) const {
    return find_in(certificates, id);
}

certificate const* registry::find_certificate_by_arn(std::string_view arn) const {
    auto const slash = arn.rfind('/');
    auto const* const found =
        slash == std::string_view::npos ? nullptr : find_certificate(arn.substr(slash + 1));
    return found && found->arn == arn ? found : nullptr;
}

thing const* registry::find_thing_of(std::string_view principal, std::string_view client_id) const {
    auto const* const only = find_exclusive_thing(principal);
    return only ? only : find_thing(client_id);
}

thing const* registry::find_exclusive_thing(std::string_view principal) const {
    auto const* const name = find_in(exclusive_things, principal);
    return name ? find_thing(*name) : nullptr;
}

void registry::attach(thing& to, std::string_view principal, std::string_view type) {
    to.principals.insert_or_assign(std::string(principal), std::string(type));
    if (type == exclusive_thing)
        exclusive_things.insert_or_assign(std::string(principal), to.name);
}

void registry::detach(thing& from, std::string_view principal) {
    auto const at = from.principals.find(principal);
    if (at == from.principals.end())
        return;
    if (at->second == exclusive_thing)
        exclusive_things.erase(at->first);
    from.principals.erase(at);
}

void registry::refresh(target& t) const {
    t.labels.clear();
    t.documents.clear();
    std::vector<policy::document const*> compiled;
    for (auto const& name : t.policies) {
        auto const* const p = find_policy(name);
        // Not there yet while records are restored: the policy's own record refreshes this target.
        if (!p)
            continue;
        t.labels.push_back("IoT policy " + name);
        compiled.push_back(&p->in_force()->document);
    }
    // INVARIANT: names are views into `labels`, which does not change any more from here.
    for (std::size_t i = 0; i < compiled.size(); ++i)
        t.documents.push_back({t.labels[i], compiled[i]});
}

void registry::refresh_attached(std::string_view policy_name) {
    for (auto& [id, t] : targets)
        if (std::find(t.policies.begin(), t.policies.end(), policy_name) != t.policies.end())
            refresh(t);
}

registry const* state::find(std::string_view region) const {
    return find_in(regions, region);
}

registry& state::at(std::string_view region) {
    auto const found = regions.find(region);
    return found == regions.end() ? regions[std::string(region)] : found->second;
}

result<bool> state::restore(std::string_view kind, std::string_view key, std::string_view value) {
    auto* const restore_one = kind == policy_kind        ? restore_policy
                              : kind == target_kind      ? restore_target
                              : kind == thing_kind       ? restore_thing
                              : kind == certificate_kind ? restore_device_certificate
                              : kind == logging_kind     ? restore_region_logging
                                                         : nullptr;
    if (!restore_one)
        return false;
    auto read = stored_object::parse(kind, key, value);
    if (!read)
        return read.error();
    restore_one(*this, *read);
    if (read->fault())
        return *read->fault();
    return true;
}

record print_record(versioned_policy const& p) {
    json::array versions;
    for (auto const& v : p.versions)
        versions.push_back(json::object{{"number", v.number},
                                        {"created", stored_time(v.created)},
                                        {"document", v.document.text()}});
    return {std::string(policy_kind), key_of(p.region, p.name),
            json::print(json::object{{"name", p.name},
                                     {"region", p.region},
                                     {"arn", p.arn},
                                     {"created", stored_time(p.created)},
                                     {"modified", stored_time(p.modified)},
                                     {"generation", p.generation},
                                     {"default_version", p.default_version},
                                     {"next_version", p.next_version},
                                     {"versions", std::move(versions)}})};
}

record print_record(target const& t) {
    record out{std::string(target_kind), key_of(t.region, t.id), std::nullopt};
    if (!t.policies.empty())
        out.value = json::print(json::object{
            {"id", t.id}, {"region", t.region}, {"policies", stored_texts(t.policies)}});
    return out;
}

record print_record(thing const& t) {
    return {std::string(thing_kind), key_of(t.region, t.name),
            json::print(json::object{{"name", t.name},
                                     {"region", t.region},
                                     {"id", t.id},
                                     {"arn", t.arn},
                                     {"type_name", t.type_name},
                                     {"billing_group", t.billing_group},
                                     {"attributes", stored_pairs(t.attributes)},
                                     {"version", t.version},
                                     {"principals", stored_pairs(t.principals)}})};
}

record forget(versioned_policy const& p) {
    return {std::string(policy_kind), key_of(p.region, p.name), std::nullopt};
}

record forget(thing const& t) {
    return {std::string(thing_kind), key_of(t.region, t.name), std::nullopt};
}

} // namespace cogniot::cloud::iot
