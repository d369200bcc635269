// Which operations a rule can be about: a rule about none would never strike, and nobody be told.
#include "cloud/service.hpp"
#include "local/faults/kinds.hpp"

#include <algorithm>

namespace cogniot::local {

bool is_any_operation(std::string_view pattern) {
    auto const fits = [&](cloud::service const& of, std::string_view name) {
        return matches_text(pattern, std::string(of.name) + ":" + std::string(name));
    };
    return std::ranges::any_of(cloud::all_services(), [&](cloud::service const* of) {
        // What is not built has a name, too; on AWS the rule would mean something.
        return std::ranges::any_of(of->operations,
                                   [&](auto const& one) { return fits(*of, one.name); }) ||
               std::ranges::any_of(of->not_built, [&](auto const& one) { return fits(*of, one); });
    });
}

std::string service_names() {
    std::string out;
    for (auto const* const of : cloud::all_services())
        out.append(out.empty() ? "" : ", ").append(of->name);
    return out;
}

} // namespace cogniot::local
