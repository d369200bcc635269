#include "client/setting_values.hpp"

#include "base/edit_distance.hpp"
#include "base/read_file.hpp"
#include "base/text.hpp"
#include "client/errors.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

namespace cogniot::client {
namespace {

std::string place(std::string const& file, YAML::Mark const& at) {
    if (at.is_null())
        return file + ": ";
    return file + ":" + std::to_string(at.line + 1) + ":" + std::to_string(at.column + 1) + ": ";
}

/// The key that was probably meant, or nothing.
std::string_view nearest_key(std::string_view wrong) {
    std::string_view best;
    std::size_t best_distance = 4;
    for (auto const& name : setting_names())
        if (auto const d = edit_distance(wrong, name.key); d < best_distance) {
            best = name.key;
            best_distance = d;
        }
    return best;
}

result<setting_values> read_mapping(YAML::Node const& root, std::string const& file) {
    setting_values out;
    if (root.IsNull())
        return out; // an empty file sets nothing
    if (!root.IsMap())
        return fail(errc::setting_unusable,
                    place(file, root.Mark()) + "the file must be a mapping, `key: value` a line");
    std::set<std::string> seen;
    for (auto const& pair : root) {
        std::string const key = pair.first.IsScalar() ? pair.first.Scalar() : "";
        std::string const where = place(file, pair.first.Mark());
        auto const& names = setting_names();
        auto const name = std::find_if(names.begin(), names.end(),
                                       [&](setting_name const& n) { return n.key == key; });
        if (name == names.end()) {
            auto const meant = nearest_key(key);
            return fail(errc::setting_unusable,
                        where + "unknown key `" + printable(key) + "`" +
                            (meant.empty() ? "" : "; did you mean `" + std::string(meant) + "`?"));
        }
        if (!seen.insert(key).second)
            return fail(errc::setting_unusable, where + "`" + key + "` is set twice");
        if (pair.second.IsNull())
            continue;
        if (!pair.second.IsScalar())
            return fail(errc::setting_unusable,
                        place(file, pair.second.Mark()) + "`" + key + "` must be one text");
        out.*(name->field) = pair.second.Scalar();
    }
    return out;
}

} // namespace

std::string setting_name::flag() const {
    std::string out = "--" + std::string(key);
    std::replace(out.begin(), out.end(), '_', '-');
    return out;
}

std::vector<setting_name> const& setting_names() {
    static std::vector<setting_name> const names{
        {&setting_values::user_pool_id, "user_pool_id", "COGNIOT_USER_POOL_ID"},
        {&setting_values::app_client_id, "app_client_id", "COGNIOT_APP_CLIENT_ID"},
        {&setting_values::app_client_secret, "app_client_secret", "COGNIOT_APP_CLIENT_SECRET"},
        {&setting_values::app_client_secret_file, "app_client_secret_file",
         "COGNIOT_APP_CLIENT_SECRET_FILE"},
        {&setting_values::identity_pool_id, "identity_pool_id", "COGNIOT_IDENTITY_POOL_ID"},
        {&setting_values::iot_endpoint, "iot_endpoint", "COGNIOT_IOT_ENDPOINT"},
        {&setting_values::iot_policy, "iot_policy", "COGNIOT_IOT_POLICY"},
        {&setting_values::attach_policy, "attach_policy", "COGNIOT_ATTACH_POLICY"},
        {&setting_values::client_id, "client_id", "COGNIOT_CLIENT_ID"},
        {&setting_values::username, "username", "COGNIOT_USERNAME"},
        {&setting_values::publishes_per_second, "publishes_per_second",
         "COGNIOT_PUBLISHES_PER_SECOND"},
        {&setting_values::early_publish, "early_publish", "COGNIOT_EARLY_PUBLISH"},
        {&setting_values::region, "region", ""},
        {&setting_values::profile, "profile", ""},
        {&setting_values::endpoint_url, "endpoint_url", ""},
        {&setting_values::ca_bundle, "ca_bundle", ""}};
    return names;
}

setting_values read_variables(environment const& env) {
    setting_values out;
    for (auto const& name : setting_names())
        if (!name.variable.empty())
            if (auto value = env(name.variable); value && !value->empty())
                out.*(name.field) = std::move(value);
    return out;
}

result<setting_values> read_config_text(std::string_view yaml, std::string const& file_name) {
    // yaml-cpp reports by exception; this is the one place that meets them.
    try {
        return read_mapping(YAML::Load(std::string(yaml)), file_name);
    } catch (YAML::Exception const& e) {
        return fail(errc::setting_unusable, place(file_name, e.mark) + e.msg);
    }
}

result<setting_values> read_config_file(std::string const& path) {
    auto const text = read_file(path);
    if (!text)
        return fail(errc::config_file_unreadable,
                    "`" + printable(path) + "`: " + text.error().message());
    return read_config_text(*text, path);
}

setting_values overlay(setting_values first, setting_values const& second) {
    // Two ways to say one thing: what a higher layer says hides both ways of the layers below.
    bool const has_secret = first.app_client_secret || first.app_client_secret_file;
    for (auto const& name : setting_names())
        if (!(first.*(name.field)))
            if (!(has_secret && (name.field == &setting_values::app_client_secret ||
                                 name.field == &setting_values::app_client_secret_file)))
                first.*(name.field) = second.*(name.field);
    return first;
}

} // namespace cogniot::client
