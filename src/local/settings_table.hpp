// The settings' rows: name, values, what each means, and where it is kept. For settings.cpp only.
#pragma once

#include "local/settings.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace cogniot::local {

/// One setting as a number: a count, a flag (0, 1), or the place of a word.
struct setting_row {
    std::string_view name;
    setting::group of;
    std::uint64_t least = 0;
    std::uint64_t most = 1;
    std::span<std::string_view const> words{};
    /// AWS's value of a rate; 0 for every other setting.
    std::uint64_t aws = 0;
    std::string_view meaning;
    std::uint64_t (*get)(settings const&);
    void (*put)(settings&, std::uint64_t);

    bool is_flag() const { return most == 1 && least == 0 && words.empty() && aws == 0; }
};

std::span<setting_row const> setting_rows();

} // namespace cogniot::local
