#include "cloud/not_built.hpp"

#include <algorithm>

namespace cogniot::cloud {

namespace {
bool is_built(std::string_view name, std::span<operation const> built) {
    return std::any_of(built.begin(), built.end(),
                       [&](operation const& row) { return row.name == name; });
}
} // namespace

std::vector<std::string_view> list_not_built(std::span<std::string_view const> all,
                                             std::span<operation const> built) {
    std::vector<std::string_view> out;
    for (auto const name : all)
        if (!is_built(name, built))
            out.push_back(name);
    return out;
}

std::vector<route> list_not_built(std::span<route const> all, std::span<operation const> built) {
    std::vector<route> out;
    for (auto const& r : all)
        if (!is_built(r.name, built))
            out.push_back(r);
    return out;
}

} // namespace cogniot::cloud
