// Which operations a rule can be about: a rule about none would never strike, and nobody be told.
#include "local/faults/kinds.hpp"

#include <algorithm>

namespace cogniot::local {

bool is_any_operation(std::string_view pattern, cloud::service const& of) {
    auto const fits = [&](std::string_view name) {
        return matches_text(pattern, std::string(of.name) + ":" + std::string(name));
    };
    // What is not built has a name, too; on AWS the rule would mean something.
    return std::ranges::any_of(of.operations, fits, &cloud::operation::name) ||
           std::ranges::any_of(of.not_built, fits);
}

bool is_any_operation(std::string_view pattern) {
    return std::ranges::any_of(cloud::all_services(), [&](cloud::service const* of) {
        return is_any_operation(pattern, *of);
    });
}

std::string service_names() {
    std::string out;
    for (auto const* const of : cloud::all_services())
        out.append(out.empty() ? "" : ", ").append(of->name);
    return out;
}

} // namespace cogniot::local
