#include "cli/policy_test_file.hpp"

#include "json/parse.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <filesystem>

namespace cogniot::cli {
namespace {

using boost::json::object;
using boost::json::value;

constexpr std::array<std::string_view, 10> keys_of_who{
    "identity", "client_id", "guest",     "role",  "identity_pool",
    "region",   "account",   "source_ip", "thing", "thing_type"};
constexpr std::array<std::string_view, 4> verbs{"connect", "publish", "subscribe", "receive"};
constexpr std::array<std::string_view, 8> other_keys_of_row{
    "name", "action", "resource", "expect", "refused_by", "retain", "persistent", "will_topic"};
constexpr std::array<std::string_view, 3> other_keys_of_file{"role_policies", "iot_policies",
                                                             "tests"};

template <typename Keys>
bool holds(Keys const& keys, std::string_view key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

class reader {
  public:
    explicit reader(local::template_source const& from) : from_(from) {}

    result<policy_test_file> read() {
        policy_test_file out{.path = from_.file};
        asker defaults;
        for (auto const& [key, member] : from_.root)
            if (!holds(keys_of_who, key) && !holds(other_keys_of_file, key))
                return wrong(key, "`" + std::string(std::string_view(key)) +
                                      "` is no setting; there are role_policies, iot_policies, "
                                      "tests, and what tests share: identity, client_id, guest, "
                                      "role, identity_pool, region, account, source_ip, thing, "
                                      "thing_type");
        if (auto const done = read_who(from_.root, "", defaults); !done)
            return done.error();
        auto roles = read_policies("role_policies", policy::kind::role_inline);
        if (!roles)
            return roles.error();
        auto iots = read_policies("iot_policies", policy::kind::iot);
        if (!iots)
            return iots.error();
        out.roles = std::move(*roles);
        out.iots = std::move(*iots);
        auto const* tests = json::find_array(from_.root, "tests");
        if (tests == nullptr || tests->empty())
            return wrong("tests", "`tests` is a list of at least one expectation");
        for (std::size_t i = 0; i < tests->size(); ++i) {
            auto row = read_row((*tests)[i], local::element_path("tests", i), defaults);
            if (!row)
                return row.error();
            out.rows.push_back(std::move(*row));
        }
        return out;
    }

  private:
    error wrong(std::string_view path, std::string what) const {
        auto const at = from_.find_place(path);
        auto where = from_.file;
        if (at)
            where += ":" + std::to_string(at->line) + ":" + std::to_string(at->column);
        return {make_error_code(boost::system::errc::invalid_argument),
                where + ": " + std::move(what)};
    }

    /// Text, also where YAML saw a number; nothing if the member is absent.
    result<std::optional<std::string>> text(object const& of, std::string_view key,
                                            std::string_view path) const {
        auto const* found = of.if_contains(key);
        if (found == nullptr)
            return std::optional<std::string>();
        if (found->is_string())
            return std::optional(std::string(found->get_string()));
        if (found->is_number() || found->is_bool())
            return std::optional(boost::json::serialize(*found));
        return wrong(local::member_path(path, key), "`" + std::string(key) + "` is a text");
    }

    result<bool> flag(object const& of, std::string_view key, std::string_view path,
                      bool otherwise) const {
        auto const* found = of.if_contains(key);
        if (found == nullptr)
            return otherwise;
        if (found->is_bool())
            return found->get_bool();
        return wrong(local::member_path(path, key), "`" + std::string(key) + "` is true or false");
    }

    result<void> read_who(object const& of, std::string_view path, asker& into) const {
        auto const take = [&](std::string_view key, auto assign) -> result<void> {
            auto found = text(of, key, path);
            if (!found)
                return found.error();
            if (*found)
                assign(std::move(**found));
            return {};
        };
        using optional_text = std::optional<std::string> asker::*;
        constexpr std::array<std::pair<std::string_view, optional_text>, 8> members{
            {{"client_id", &asker::client_id},
             {"role", &asker::role},
             {"identity_pool", &asker::identity_pool},
             {"region", &asker::region},
             {"account", &asker::account},
             {"source_ip", &asker::source_ip},
             {"thing", &asker::thing},
             {"thing_type", &asker::thing_type}}};
        for (auto const& [key, member] : members)
            if (auto done = take(key, [&](std::string t) { into.*member = std::move(t); }); !done)
                return done;
        if (auto done = take("identity", [&](std::string t) { into.identity = std::move(t); });
            !done)
            return done;
        auto const guest = flag(of, "guest", path, into.guest);
        if (!guest)
            return guest.error();
        into.guest = *guest;
        return {};
    }

    result<policy_files> read_policies(std::string_view key, policy::kind what) const {
        auto const* given = from_.root.if_contains(key);
        if (given == nullptr)
            return policy_files{};
        auto const* list = given->if_array();
        if (list == nullptr)
            return wrong(key, "`" + std::string(key) + "` is a list of files");
        auto const folder = std::filesystem::path(from_.file).parent_path();
        std::vector<std::string> paths;
        for (std::size_t i = 0; i < list->size(); ++i) {
            auto const* name = (*list)[i].if_string();
            if (name == nullptr)
                return wrong(local::element_path(key, i), "a policy is named by its file");
            paths.push_back((folder / std::string(std::string_view(*name))).string());
        }
        return read_policy_files(paths, what);
    }

    result<expectation> read_row(value const& given, std::string const& path,
                                 asker const& defaults) const {
        auto const* row = given.if_object();
        if (row == nullptr)
            return wrong(path,
                         "an expectation is a map like `{publish: home/lamp, expect: allow}`");
        for (auto const& [key, member] : *row)
            if (!holds(keys_of_who, key) && !holds(verbs, key) && !holds(other_keys_of_row, key))
                return wrong(local::member_path(path, key),
                             "`" + std::string(std::string_view(key)) +
                                 "` is nothing that an expectation says");
        expectation out{.at = from_.find_place(path).value_or(json::place{}), .who = defaults};
        if (auto const done = read_who(*row, path, out.who); !done)
            return done.error();
        if (auto const done = read_question(*row, path, out); !done)
            return done.error();
        if (auto const done = read_expected(*row, path, out); !done)
            return done.error();
        auto name = text(*row, "name", path);
        if (!name)
            return name.error();
        if (*name)
            out.name = std::move(**name);
        return out;
    }

    /// A verb with its topic, or an action with its resource.
    result<void> read_question(object const& row, std::string const& path, expectation& out) const {
        for (auto const verb : verbs) {
            if (!row.contains(verb))
                continue;
            if (!out.what.verb.empty())
                return wrong(path, "an expectation is about one of connect, publish, subscribe and "
                                   "receive");
            out.what.verb = verb;
            auto const* topic = row.if_contains(verb);
            // `connect:` and `connect: true` ask for nothing more.
            if (verb == "connect" && (topic->is_null() || *topic == value(true)))
                continue;
            auto read = text(row, verb, path);
            if (!read)
                return read.error();
            out.what.topic = std::move(*read);
        }
        auto action = text(row, "action", path);
        auto resource = text(row, "resource", path);
        auto will = text(row, "will_topic", path);
        auto const retain = flag(row, "retain", path, false);
        auto const persistent = flag(row, "persistent", path, false);
        for (auto const* read : {&action, &resource, &will})
            if (!*read)
                return read->error();
        for (auto const* read : {&retain, &persistent})
            if (!*read)
                return read->error();
        if (out.what.verb.empty() != action->has_value() ||
            action->has_value() != resource->has_value())
            return wrong(path, "an expectation asks for `connect:`, `publish: TOPIC`, `subscribe: "
                               "FILTER`, `receive: TOPIC`, or `action:` with `resource:`");
        out.what.retain = *retain;
        out.what.persistent = *persistent;
        out.what.will_topic = *will;
        out.action = action->value_or("");
        out.resource = resource->value_or("");
        if (!out.what.verb.empty())
            if (auto const checked = prepare(out.what); !checked)
                return wrong(local::member_path(path, out.what.verb), checked.error().detail);
        out.name = out.what.verb.empty()
                       ? out.action + " on " + out.resource
                       : out.what.verb + (out.what.topic ? " " + *out.what.topic : "");
        return {};
    }

    result<void> read_expected(object const& row, std::string const& path, expectation& out) const {
        auto expected = text(row, "expect", path);
        auto by = text(row, "refused_by", path);
        if (!expected || !by)
            return !expected ? expected.error() : by.error();
        constexpr std::array<std::string_view, 4> words{"allow", "deny", "implicit_deny",
                                                        "explicit_deny"};
        if (!*expected || !holds(words, **expected))
            return wrong(*expected ? local::member_path(path, "expect") : path,
                         "`expect` is allow, deny, implicit_deny or explicit_deny");
        if (*by && ((**by != "role_policy" && **by != "iot_policy") || **expected == "allow"))
            return wrong(local::member_path(path, "refused_by"),
                         "`refused_by` is role_policy or iot_policy, where a denial is expected");
        out.expected = std::move(**expected);
        out.refused_by = std::move(*by);
        return {};
    }

    local::template_source const& from_;
};

} // namespace

result<policy_test_file> read_policy_test_file(std::string const& path) {
    auto const text = read_text_file(path);
    if (!text)
        return text.error();
    auto const source = local::read_template(path, *text);
    if (!source)
        return source.error();
    return reader(*source).read();
}

} // namespace cogniot::cli
