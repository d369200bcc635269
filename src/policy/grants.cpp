#include "policy/grants.hpp"

#include "policy/arn.hpp"
#include "policy/dead_resource.hpp"

namespace cogniot::policy {
namespace {

std::vector<std::string> actions_for(std::string_view resource,
                                     std::vector<std::string> const& actions) {
    std::vector<std::string> out;
    for (auto const& action : actions)
        if (find_dead(resource, {&action, 1}, vocabulary::none) != dead::wrong_type)
            out.push_back(action);
    return out;
}

} // namespace

bool has_wildcard(std::string_view text) {
    return text.find_first_of("*?") != std::string_view::npos;
}

bool has_variable_text(std::string_view text) {
    return text.find("${") != std::string_view::npos;
}

bool is_bare(std::string_view resource) {
    auto const parts = split_arn(resource);
    if (!parts)
        return resource == "*";
    auto const rest = (*parts)[arn_resource];
    auto const slash = rest.find('/');
    auto const after = slash == std::string_view::npos ? rest : rest.substr(slash + 1);
    return after.find_first_not_of('*') == std::string_view::npos ||
           has_wildcard(rest.substr(0, slash));
}

std::vector<grant> grants_of(std::vector<std::string> const& actions,
                             std::vector<std::string> const& resources) {
    std::vector<grant> out;
    for (auto const& resource : resources)
        if (auto of_it = actions_for(resource, actions); !of_it.empty())
            out.push_back({std::move(of_it), {resource}});
    return out;
}

} // namespace cogniot::policy
