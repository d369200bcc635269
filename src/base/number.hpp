// Numbers as people and protocols write them in decimal.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace cogniot {

/// The number that the whole text is; nothing if it is none, goes on behind one, or does not fit.
template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number{};
    auto const* const end = text.data() + text.size();
    auto const [stopped, fault] = std::from_chars(text.data(), end, number);
    if (fault != std::errc{} || stopped != end)
        return {};
    return number;
}

} // namespace cogniot
