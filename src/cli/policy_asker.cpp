#include "cli/policy_asker.hpp"

#include "base/text.hpp"
#include "broker/advice.hpp"
#include "broker/profile.hpp"
#include "mqtt/topic.hpp"
#include "policy/arn.hpp"
#include "policy/values.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace cogniot::cli {
namespace {

using cloud::attempt;

error unusable(std::string detail) {
    return {make_error_code(boost::system::errc::invalid_argument), std::move(detail)};
}

/// What AWS IoT Core refuses before it asks any policy.
/// @source AWS IoT Core endpoints and quotas, client ID; spec iot-broker 2
result<void> check_client_id(std::string_view client_id) {
    auto const rules = broker::aws_profile();
    if (client_id.empty())
        return unusable("an empty client ID is replaced by one that AWS IoT Core makes up, so that "
                        "no policy can be asked about it; give the client ID");
    if (client_id.starts_with('$') || client_id.size() > rules.max_client_id_bytes)
        return unusable("AWS IoT Core refuses the client whatever policies say: " +
                        broker::advice::client_id(client_id, rules));
    return {};
}

result<void> check_source_ip(std::string_view text) {
    if (text.find('/') == std::string_view::npos && policy::address_range::parse(text))
        return {};
    return unusable("`" + printable(text) +
                    "` is no address; a request comes from one, 203.0.113.5 or 2001:db8::5");
}

/// @param account  that of the documents: a role acts in its own
result<void> check_role(std::string_view role, std::string_view account) {
    auto const parts = policy::split_arn(role);
    if (parts && (*parts)[2] == "iam" && (*parts)[policy::arn_resource].starts_with("role/") &&
        !role.ends_with('/') && (*parts)[4] == account)
        return {};
    return unusable("`" + printable(role) + "` is no role's ARN in account " +
                    std::string(account) + "; one looks like arn:aws:iam::" + std::string(account) +
                    ":role/NAME");
}

/// Region and account: as given, else from what else was given.
result<void> find_place(asker const& who, std::span<policy_files const> all, prepared_setup& into) {
    auto const& id = who.identity;
    auto const colon = id.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == id.size() ||
        id.find_first_of(" /*") != std::string::npos)
        return unusable("`" + printable(id) +
                        "` is no identity ID; one looks like "
                        "`ap-northeast-1:d23c8f3f-1234-4a6b-9c1e-0123456789ab`");
    into.setup.region = who.region.value_or(id.substr(0, colon));
    if (!policy::is_region(into.setup.region))
        return unusable("`" + printable(into.setup.region) +
                        "` is no region; one looks like `ap-northeast-1`");
    into.region_source = who.region ? "as given" : "from the identity ID";
    auto const account = who.account ? who.account : find_account(all);
    if (!account)
        return unusable("the documents' ARNs name no account of 12 digits more often than any "
                        "other; give the account");
    if (!policy::is_account(*account))
        return unusable("`" + printable(*account) + "` is no account: it has 12 digits");
    into.setup.account = *account;
    into.account_source = who.account ? "as given" : "from the documents' ARNs";
    return {};
}

result<void> add_thing(asker const& who, cloud::offline_setup& out) {
    if (!who.thing)
        return who.thing_type || !who.thing_attributes.empty()
                   ? result<void>(unusable("a thing's type and attributes need the thing"))
                   : result<void>();
    if (*who.thing != out.client_id)
        return unusable("the thing is `" + printable(*who.thing) + "` and the client ID `" +
                        printable(out.client_id) +
                        "`: variables of a thing have values only if the two are the same");
    cloud::iot::thing thing{.name = *who.thing, .region = out.region};
    thing.type_name = who.thing_type.value_or("");
    for (auto const& each : who.thing_attributes) {
        auto const equals = each.find('=');
        if (equals == std::string::npos || equals == 0)
            return unusable("`" + printable(each) + "`: a thing's attribute is NAME=VALUE");
        thing.attributes[each.substr(0, equals)] = each.substr(equals + 1);
    }
    out.thing = std::move(thing);
    return {};
}

} // namespace

result<prepared_setup> prepare(asker const& who, policy_files roles, policy_files iots) {
    prepared_setup out;
    std::array<policy_files, 2> const all{roles, iots};
    if (auto const found = find_place(who, all, out); !found)
        return found.error();
    auto& setup = out.setup;
    setup.role_policies = std::move(roles);
    setup.iot_policies = std::move(iots);
    setup.identity_id = who.identity;
    setup.identity_pool_id = who.identity_pool.value_or("");
    setup.authenticated = !who.guest;
    setup.client_id = who.client_id.value_or(who.identity);
    if (auto const fine = check_client_id(setup.client_id); !fine)
        return fine.error();
    if (who.source_ip)
        if (auto const fine = check_source_ip(*who.source_ip); !fine)
            return fine.error();
    setup.source_ip = who.source_ip.value_or("");
    if (who.role)
        if (auto const fine = check_role(*who.role, setup.account); !fine)
            return fine.error();
    setup.role_arn = who.role.value_or("");
    setup.now =
        std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    if (auto const added = add_thing(who, setup); !added)
        return added.error();
    return out;
}

result<attempt> prepare(try_out const& wanted) {
    constexpr std::array<std::pair<std::string_view, attempt::verb>, 4> verbs{
        {{"connect", attempt::verb::connect},
         {"publish", attempt::verb::publish},
         {"subscribe", attempt::verb::subscribe},
         {"receive", attempt::verb::receive}}};
    attempt out{
        .retain = wanted.retain, .persistent = wanted.persistent, .will_topic = wanted.will_topic};
    for (auto const& [word, what] : verbs)
        if (word == wanted.verb)
            out.what = what;
    bool const connects = out.what == attempt::verb::connect;
    if (connects && wanted.topic)
        return unusable("connect takes no topic");
    if (!connects && !wanted.topic)
        return unusable(wanted.verb + " needs a topic, `home/lamp`");
    if (!connects && (wanted.persistent || wanted.will_topic))
        return unusable("a persistent session and a will belong to connect");
    auto const& topic = connects ? wanted.will_topic : wanted.topic;
    if (!topic)
        return out;
    auto const checked = out.what == attempt::verb::subscribe
                             ? mqtt::check_filter(*topic, mqtt::aws_topic_limits)
                             : mqtt::check_topic(*topic, mqtt::aws_topic_limits);
    if (!checked)
        return unusable(checked.error().message());
    if (!connects)
        out.topic = *topic;
    return out;
}

} // namespace cogniot::cli
