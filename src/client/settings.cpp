#include "client/settings.hpp"

#include "base/ascii.hpp"
#include "base/number.hpp"
#include "base/read_file.hpp"
#include "base/text.hpp"
#include "client/errors.hpp"
#include "client/link_values.hpp"

#include <algorithm>

namespace cogniot::client {
namespace {

setting_name const& name_of(std::optional<std::string> setting_values::*field) {
    auto const& all = setting_names();
    return *std::find_if(all.begin(), all.end(),
                         [&](setting_name const& n) { return n.field == field; });
}

error missing(std::optional<std::string> setting_values::*field, std::string_view hint = {}) {
    auto const& name = name_of(field);
    return fail(errc::setting_missing, "`" + name.flag() + "` (or " + std::string(name.variable) +
                                           ", or `" + std::string(name.key) +
                                           "` in the config file) is not set" + std::string(hint));
}

error unusable(std::optional<std::string> setting_values::*field, std::string_view value,
               std::string const& why) {
    return fail(errc::setting_unusable,
                name_of(field).flag() + " `" + printable(value) + "`: " + why);
}

bool is_word(std::string_view text, std::string_view also) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return is_letter_or_digit(c) || also.find(c) != std::string_view::npos;
    });
}

bool is_user_pool_id(std::string_view id) {
    auto const at = id.find('_');
    return at != std::string_view::npos && id.size() <= 55 && is_word(id.substr(0, at), "-") &&
           is_word(id.substr(at + 1), "");
}

bool is_identity_pool_id(std::string_view id) {
    auto const at = id.find(':');
    return at != std::string_view::npos && id.size() <= 55 && is_word(id.substr(0, at), "-_") &&
           id.substr(at + 1).find_first_not_of("0123456789abcdef-") == std::string_view::npos &&
           id.size() > at + 1;
}

result<net::origin> read_iot_endpoint(std::string_view text) {
    auto const wrong = [&](std::string const& why) {
        return unusable(&setting_values::iot_endpoint, text, why);
    };
    if (text.find("://") != std::string_view::npos) {
        auto const rest = text.substr(text.find("://") + 3);
        return wrong("a URL stands where a host is due; give `" +
                     printable(rest.substr(0, rest.find('/'))) + "`");
    }
    if (text.find('/') != std::string_view::npos)
        return wrong("a host has no path");
    auto const parsed = net::parse_base_url("https://" + std::string(text));
    if (!parsed)
        return wrong("not HOST or HOST:PORT: " + parsed.error().detail);
    auto out = parsed->at;
    if (out.host.find(".credentials.iot.") != std::string::npos)
        return wrong("this is the credential provider's endpoint; MQTT wants the one of "
                     "`aws iot describe-endpoint --endpoint-type iot:Data-ATS`");
    return out;
}

result<secret> read_client_secret(setting_values const& given) {
    if (given.app_client_secret && given.app_client_secret_file)
        return unusable(&setting_values::app_client_secret_file, *given.app_client_secret_file,
                        "the secret itself is given too, in the same place; give one of them");
    if (given.app_client_secret)
        return secret(*given.app_client_secret);
    if (!given.app_client_secret_file)
        return secret();
    auto const text = read_file(*given.app_client_secret_file);
    if (!text)
        return unusable(&setting_values::app_client_secret_file, *given.app_client_secret_file,
                        text.error().message());
    return secret(std::string(trim(*text)));
}

result<bool> read_yes_no(std::optional<std::string> setting_values::*field, std::string_view text) {
    for (auto const* yes : {"true", "yes", "on", "1"})
        if (equals_ignoring_case(text, yes))
            return true;
    for (auto const* no : {"false", "no", "off", "0"})
        if (equals_ignoring_case(text, no))
            return false;
    return unusable(field, text, "say true or false");
}

/// `localhost` and its kind: never AWS, so a local cloud.
bool is_this_machine(std::string_view host) {
    return host == "localhost" || host.ends_with(".localhost") || host == "::1" ||
           (host.starts_with("127.") &&
            host.find_first_not_of("0123456789.") == std::string_view::npos);
}

} // namespace

result<job_settings> check_settings(setting_values const& given, reach how_far) {
    job_settings out;
    if (how_far == reach::look)
        return out;
    out.user_pool_id = given.user_pool_id.value_or("");
    if (!out.user_pool_id.empty() && !is_user_pool_id(out.user_pool_id))
        return unusable(&setting_values::user_pool_id, out.user_pool_id,
                        is_identity_pool_id(out.user_pool_id)
                            ? "this is an identity pool's ID; a user pool's is `REGION_xxxxxxxxx`"
                            : "a user pool's ID is `REGION_xxxxxxxxx`");
    if (how_far == reach::administer)
        return given.user_pool_id ? result<job_settings>(out)
                                  : missing(&setting_values::user_pool_id);
    if (!given.app_client_id)
        return missing(&setting_values::app_client_id);
    if (!is_word(*given.app_client_id, "_+"))
        return unusable(&setting_values::app_client_id, *given.app_client_id,
                        "an app client's ID has letters and digits only");
    out.app.id = *given.app_client_id;
    auto client_secret = read_client_secret(given);
    if (!client_secret)
        return client_secret.error();
    out.app.client_secret = std::move(*client_secret);
    if (how_far == reach::sign_in)
        return out;

    if (!given.identity_pool_id)
        return missing(&setting_values::identity_pool_id);
    out.identity_pool_id = *given.identity_pool_id;
    if (!is_identity_pool_id(out.identity_pool_id))
        return unusable(&setting_values::identity_pool_id, out.identity_pool_id,
                        is_user_pool_id(out.identity_pool_id)
                            ? "this is a user pool's ID; an identity pool's is `REGION:UUID`"
                            : "an identity pool's ID is `REGION:UUID`");
    if (how_far == reach::credentials)
        return out;

    if (!given.iot_endpoint)
        return missing(&setting_values::iot_endpoint,
                       "; `aws iot describe-endpoint --endpoint-type iot:Data-ATS` shows it");
    auto endpoint = read_iot_endpoint(*given.iot_endpoint);
    if (!endpoint)
        return endpoint.error();
    out.iot_endpoint = std::move(*endpoint);
    auto const attach =
        read_yes_no(&setting_values::attach_policy, given.attach_policy.value_or("true"));
    if (!attach)
        return attach.error();
    if (*attach)
        out.iot_policy = given.iot_policy.value_or("");
    if (out.iot_policy.size() > 128 ||
        (!out.iot_policy.empty() && !is_word(out.iot_policy, "_+=,.@-")))
        return unusable(&setting_values::iot_policy, out.iot_policy,
                        "a policy's name has 1 to 128 of letters, digits and _+=,.@-");
    out.client_id = given.client_id.value_or("");
    if (out.client_id.size() > 128)
        return unusable(&setting_values::client_id, out.client_id,
                        "AWS IoT takes client IDs of at most 128 bytes");
    if (out.client_id.starts_with('$'))
        return unusable(&setting_values::client_id, out.client_id,
                        "a client ID must not start with $");
    if (!is_utf8(out.client_id) || out.client_id.find('\0') != std::string::npos)
        return unusable(&setting_values::client_id, out.client_id, "not UTF-8 text");
    auto const early =
        read_yes_no(&setting_values::early_publish, given.early_publish.value_or("false"));
    if (!early)
        return early.error();
    out.publishes_early = *early;
    auto const pace = read_publishes_per_second(given);
    if (!pace)
        return pace.error();
    out.publishes_per_second = pace->value_or(
        is_this_machine(out.iot_endpoint.host) ? 0 : link_settings{}.publishes_per_second);
    return out;
}

result<std::optional<unsigned>> read_publishes_per_second(setting_values const& given) {
    if (!given.publishes_per_second)
        return std::optional<unsigned>();
    auto const& text = *given.publishes_per_second;
    auto const count = parse_number<unsigned>(text);
    if (!count || *count > 1'000'000)
        return unusable(&setting_values::publishes_per_second, text,
                        "a whole number from 0 (no limit) to 1000000 is expected");
    return count;
}

std::string region_of_pool(std::string_view pool_id) {
    auto const end = pool_id.find_first_of("_:");
    return end == std::string_view::npos ? "" : std::string(pool_id.substr(0, end));
}

std::string region_of_iot_endpoint(std::string_view host) {
    auto const labels = split(host, '.');
    if (labels.size() < 5 || labels[1] != "iot" || labels[3] != "amazonaws")
        return {};
    return std::string(labels[2]);
}

std::string region_of(setting_values const& given) {
    for (auto const* id : {&given.user_pool_id, &given.identity_pool_id})
        if (*id)
            if (auto region = region_of_pool(**id); !region.empty())
                return region;
    return region_of_iot_endpoint(given.iot_endpoint.value_or(""));
}

} // namespace cogniot::client
