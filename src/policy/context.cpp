#include "base/text.hpp"
#include "policy/decide.hpp"

#include <algorithm>
#include <utility>

namespace cogniot::policy {

context::entry const* context::find_entry(std::string_view key) const {
    // It changes what is mutable alone.
    if (auto const make = std::exchange(make_, nullptr))
        make(const_cast<context&>(*this));
    auto const found = std::find_if(entries_.begin(), entries_.end(), [&](entry const& e) {
        // Keys of one family (`…:sub`, `…:aud`) are alike but for their ends.
        return e.key.size() == key.size() &&
               (key.empty() || equals_ignoring_case(std::string_view(e.key).substr(key.size() - 1),
                                                    key.substr(key.size() - 1))) &&
               (e.key == key || equals_ignoring_case(e.key, key));
    });
    return found == entries_.end() ? nullptr : &*found;
}

context::entry& context::make_entry(std::string key) {
    if (auto const* known = find_entry(key))
        return const_cast<entry&>(*known);
    return entries_.emplace_back(entry{std::move(key), {}, false});
}

void context::set(std::string key, std::string value) {
    auto& e = make_entry(std::move(key));
    e.values.clear();
    e.values.push_back(std::move(value));
    e.list = false;
}

void context::set_list(std::string key, std::vector<std::string> values) {
    auto& e = make_entry(std::move(key));
    e.values = std::move(values);
    e.list = true;
}

std::vector<std::string> const* context::find(std::string_view key) const {
    auto const* e = find_entry(key);
    return e == nullptr ? nullptr : &e->values;
}

bool context::is_list(std::string_view key) const {
    auto const* e = find_entry(key);
    return e != nullptr && e->list;
}

std::optional<std::string_view> context::find_single(std::string_view key) const {
    auto const* e = find_entry(key);
    if (e == nullptr || e->list || e->values.empty())
        return {};
    return std::string_view(e->values.front());
}

} // namespace cogniot::policy
