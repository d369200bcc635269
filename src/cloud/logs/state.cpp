#include "cloud/logs/state.hpp"

namespace cogniot::cloud::logs {

void state::add(entry_ptr what) {
    if (what->group() != iot_group && !has_group(what->region(), what->group()))
        destinations.emplace(std::pair(std::string(what->region()), std::string(what->group())),
                             what->at());
    entries.push(std::move(what));
}

bool state::has_group(std::string_view region, std::string_view name) const {
    return name == iot_group ||
           destinations.contains(std::pair(std::string(region), std::string(name)));
}

} // namespace cogniot::cloud::logs
