#include "net/http.hpp"

#include "base/text.hpp"

namespace cogniot::net {

void http_headers::set(std::string name, std::string value) {
    std::erase_if(fields_, [&](auto const& f) { return equals_ignoring_case(f.first, name); });
    fields_.emplace_back(std::move(name), std::move(value));
}

std::optional<std::string_view> http_headers::find(std::string_view name) const {
    for (auto const& [key, value] : fields_)
        if (equals_ignoring_case(key, name))
            return value;
    return {};
}

namespace {

/// An absolute-form target (RFC 9112 section 3.2.2) without its scheme and authority.
std::string_view without_authority(std::string_view target) {
    if (target.starts_with('/'))
        return target;
    auto const scheme_end = target.find("://");
    if (scheme_end == std::string_view::npos || target.find_first_of("/?") < scheme_end)
        return target;
    auto const rest = target.substr(scheme_end + 3);
    auto const path = rest.find_first_of("/?");
    return path == std::string_view::npos ? "/" : rest.substr(path);
}

} // namespace

std::string_view http_request::path() const {
    auto const all = without_authority(target);
    auto const found = all.substr(0, all.find('?'));
    return found.empty() ? "/" : found;
}

std::string_view http_request::query() const {
    auto const all = without_authority(target);
    auto const mark = all.find('?');
    return mark == std::string_view::npos ? std::string_view() : all.substr(mark + 1);
}

} // namespace cogniot::net
