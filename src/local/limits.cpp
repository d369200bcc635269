#include "local/limits.hpp"

#include "base/error_category.hpp"
#include "base/read_file.hpp"
#include "base/text.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cstdint>
#include <string>

namespace cogniot::local {
namespace {

using broker::profile;

/// One limit: its name and where its number goes.
struct row {
    std::string_view name;
    std::uint64_t most;
    void (*put)(profile&, std::uint64_t);
};

template <auto member>
void put(profile& to, std::uint64_t number) {
    to.*member = static_cast<std::remove_reference_t<decltype(to.*member)>>(number);
}

constexpr std::uint64_t most_16 = 0xFFFF;
constexpr std::uint64_t most_32 = 0xFFFF'FFFF;

constexpr row rows[] = {
    {"connects_per_client_id", most_32, &put<&profile::connects_per_client_id>},
    {"publishes_per_second", most_32, &put<&profile::publishes_per_second>},
    {"max_client_id_bytes", most_16, &put<&profile::max_client_id_bytes>},
    {"max_filters_per_subscribe", most_16, &put<&profile::max_filters_per_subscribe>},
    {"max_in_flight", most_16, &put<&profile::max_in_flight>},
    {"max_payload_bytes", 128 * 1024, &put<&profile::max_payload_bytes>},
    {"max_queued_messages", most_32, &put<&profile::max_queued_messages>},
    {"max_subscriptions", most_32, &put<&profile::max_subscriptions>},
    {"replay_per_second", most_32, &put<&profile::replay_per_second>},
    {"session_expiry_seconds", 604'800, &put<&profile::session_expiry_seconds>},
};

std::string names() {
    std::string out;
    for (auto const& r : rows)
        out.append(out.empty() ? "" : ", ").append(r.name);
    return out;
}

} // namespace

std::string_view describe(limits_errc e) {
    switch (e) {
    case limits_errc::unknown_limit:
        return "there is no such limit";
    case limits_errc::not_a_count:
        return "a limit is a whole number within its range";
    }
    return "unknown limits error";
}

error_code make_error_code(limits_errc e) {
    return enum_code("limits", e);
}

result<profile> parse_limits(std::string_view text) {
    auto const read = json::parse_object(text, {.max_bytes = 64 * 1024, .max_depth = 4});
    if (!read)
        return read.error();
    profile limits = broker::aws_profile();
    for (auto const& [name, value] : *read) {
        auto const* const found = std::ranges::find(rows, std::string_view(name), &row::name);
        if (found == std::end(rows))
            return fail(limits_errc::unknown_limit,
                        "`" + printable(name, 80) + "`; there are " + names());
        boost::system::error_code wrong;
        auto const number = value.to_number<std::uint64_t>(wrong);
        if (wrong || number > found->most)
            return fail(limits_errc::not_a_count, "`" + std::string(found->name) + "` is 0 to " +
                                                      std::to_string(found->most) + ", not " +
                                                      printable(json::print(value), 80));
        found->put(limits, number);
    }
    return limits;
}

result<profile> read_limits(std::filesystem::path const& path) {
    auto const text = read_file(path);
    if (!text)
        return error{text.error().code, "`" + path.string() + "`"};
    auto limits = parse_limits(*text);
    if (!limits)
        return error{limits.error().code, path.string() + ": " + limits.error().detail};
    return limits;
}

} // namespace cogniot::local
