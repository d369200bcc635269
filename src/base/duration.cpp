#include "base/duration.hpp"

#include <charconv>
#include <cstdint>

namespace cogniot {
namespace {

/// A thousand years: whoever asks for more means everything, and nothing overflows.
constexpr std::int64_t most_seconds = 31'557'600'000;

std::int64_t seconds_of(char unit) {
    switch (unit) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3'600;
    case 'd':
        return 86'400;
    case 'w':
        return 604'800;
    default:
        return 0;
    }
}

} // namespace

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
    auto const unit = text.empty() ? 0 : seconds_of(text.back());
    std::int64_t number = 0;
    if (unit == 0)
        return {};
    auto const* const end = text.data() + text.size() - 1;
    auto const [stopped, fault] = std::from_chars(text.data(), end, number);
    if (fault != std::errc{} || stopped != end || number < 0)
        return {};
    return std::chrono::seconds(number > most_seconds / unit ? most_seconds : number * unit);
}

std::string print_duration(std::chrono::seconds how_long) {
    struct unit {
        std::int64_t seconds;
        std::string_view name;
    };
    constexpr unit hour{3'600, " hour"};
    constexpr unit minute{60, " minute"};
    constexpr unit second{1, " second"};
    auto const total = how_long.count();
    auto const& in = total == 0                    ? second
                     : total % hour.seconds == 0   ? hour
                     : total % minute.seconds == 0 ? minute
                                                   : second;
    auto const number = total / in.seconds;
    return std::to_string(number).append(in.name).append(number == 1 ? "" : "s");
}

} // namespace cogniot
