// One page of a list that is kept in the order of its keys.
#pragma once

#include "base/text.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cogniot::cloud::cognito_idp {

struct page {
    boost::json::array items;
    /// Opaque; absent on the last page.
    std::optional<std::string> next;
};

/// @param from   the token of the page before; a token that is not ours starts at the beginning
/// @param most   items a page, at least 1
/// @param wanted, print  which elements count, and what is answered of them
template <typename Map, typename Wanted, typename Print>
page paginate(Map const& all, std::optional<std::string_view> from, std::int64_t most,
              Wanted wanted, Print print) {
    page out;
    auto at = all.begin();
    if (from)
        if (auto const after = decode_base64url(*from))
            at = all.upper_bound(*after);
    std::string last;
    for (; at != all.end(); ++at) {
        if (!wanted(at->second))
            continue;
        if (static_cast<std::int64_t>(out.items.size()) == most) {
            out.next = encode_base64url(last);
            break;
        }
        out.items.emplace_back(print(at->second));
        last = at->first;
    }
    return out;
}

/// `{"Users": […], "PaginationToken": …}`
inline boost::json::object print_page(page const& from, std::string_view list_name,
                                      std::string_view token_name) {
    boost::json::object out{{list_name, from.items}};
    if (from.next)
        out[token_name] = *from.next;
    return out;
}

} // namespace cogniot::cloud::cognito_idp
