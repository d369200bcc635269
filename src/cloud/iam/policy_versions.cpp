// Versions of a managed policy: one of up to five is in force.
#include "base/text.hpp"
#include "cloud/iam/entity.hpp"
#include "cloud/iam/operations.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>

namespace cogniot::cloud::iam {

namespace {

constexpr std::size_t max_versions = 5;

bool is_version_id(std::string_view text) {
    return text.size() > 1 && text[0] == 'v' && text[1] != '0' &&
           std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

pattern const version_pattern{R"(v[1-9][0-9]*(\.[A-Za-z0-9-]*)?)", &is_version_id};
text_rule const version_rule{.form = &version_pattern};

managed_policy* find_policy(call& c, std::string_view arn) {
    auto const found = c.world.iam.policies.find(arn);
    return found == c.world.iam.policies.end() ? nullptr : &found->second;
}

api_error no_such_version(std::string_view arn, std::string_view version_id) {
    return no_such_entity("Policy " + std::string(arn) + " version " + std::string(version_id) +
                          " does not exist or is not attachable.");
}

json::object print_version(managed_policy const& p, policy_version const& v) {
    return {{"VersionId", v.id},
            {"IsDefaultVersion", v.id == p.default_version},
            {"CreateDate", print_extended(v.created)}};
}

void keep(call& c, managed_policy& p) {
    p.updated = c.now;
    c.world.iam.refresh_attached(p.arn);
    c.persist.push_back(print_record(p));
}

} // namespace

outcome<json::object> create_policy_version(call& c, json::object const& input) {
    input_reader in(input);
    auto const arn = in.text("PolicyArn", arn_rule);
    auto const document = in.text("PolicyDocument", document_rule);
    bool const set_default = in.find_flag("SetAsDefault").value_or(false);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto* const p = find_policy(c, arn);
    if (!p)
        return no_such_policy(arn);
    auto parsed = read_document(document, policy::kind::managed);
    if (!parsed)
        return parsed.error();
    if (p->versions.size() >= max_versions)
        return limit_exceeded("A managed policy can have up to 5 versions. Before you create a new "
                              "version, you must delete an existing version.");
    p->versions.push_back({"v" + std::to_string(p->next_version++), c.now, std::move(*parsed)});
    if (set_default)
        p->default_version = p->versions.back().id;
    keep(c, *p);
    return json::object{{"PolicyVersion", print_version(*p, p->versions.back())}};
}

outcome<json::object> get_policy_version(call& c, json::object const& input) {
    input_reader in(input);
    auto const arn = in.text("PolicyArn", arn_rule);
    auto const version_id = in.text("VersionId", version_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const* const p = c.world.iam.find_policy(arn);
    if (!p)
        return no_such_policy(arn);
    auto const* const v = p->find(version_id);
    if (!v)
        return no_such_version(arn, version_id);
    auto answer = print_version(*p, *v);
    answer["Document"] = percent_encode(v->document.text());
    return json::object{{"PolicyVersion", std::move(answer)}};
}

outcome<json::object> list_policy_versions(call& c, json::object const& input) {
    input_reader in(input);
    auto const arn = in.text("PolicyArn", arn_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const* const p = c.world.iam.find_policy(arn);
    if (!p)
        return no_such_policy(arn);
    json::array versions;
    // Newest first, as AWS answers; five at most, so that there is one page.
    for (auto v = p->versions.rbegin(); v != p->versions.rend(); ++v)
        versions.push_back(print_version(*p, *v));
    json::object answer{{"Versions", std::move(versions)}};
    finish_page(answer, false, {});
    return answer;
}

outcome<json::object> set_default_policy_version(call& c, json::object const& input) {
    input_reader in(input);
    auto const arn = in.text("PolicyArn", arn_rule);
    auto const version_id = in.text("VersionId", version_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto* const p = find_policy(c, arn);
    if (!p)
        return no_such_policy(arn);
    if (!p->find(version_id))
        return no_such_version(arn, version_id);
    p->default_version = std::string(version_id);
    keep(c, *p);
    return json::object{};
}

outcome<json::object> delete_policy_version(call& c, json::object const& input) {
    input_reader in(input);
    auto const arn = in.text("PolicyArn", arn_rule);
    auto const version_id = in.text("VersionId", version_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto* const p = find_policy(c, arn);
    if (!p)
        return no_such_policy(arn);
    if (!p->find(version_id))
        return no_such_version(arn, version_id);
    if (p->default_version == version_id)
        return conflict("Cannot delete the default version of a policy.");
    std::erase_if(p->versions, [&](policy_version const& v) { return v.id == version_id; });
    keep(c, *p);
    return json::object{};
}

} // namespace cogniot::cloud::iam
