// What the checks of a policy share: the statements, and how a complaint is made.
#pragma once

#include "policy/compiled.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::policy {

using fault = std::optional<complaint>;

/// A document while it is checked. Keeps references: lives no longer than its arguments.
struct checked_document {
    json::located const& root;
    std::string_view text;
    /// Filled by check_syntax().
    std::vector<json::located const*> statements{};

    complaint at_byte(std::size_t offset, errc what, std::string advice,
                      std::string quoted = {}) const {
        return {what, false, std::move(quoted), json::find_place(text, offset), std::move(advice)};
    }
    complaint at(json::located const& node, errc what, std::string advice,
                 std::string quoted = {}) const {
        return at_byte(node.begin, what, std::move(advice), std::move(quoted));
    }
    complaint mistyped(json::located const& node, std::string_view name,
                       std::string_view wanted) const {
        return at(node, errc::syntax,
                  "`" + std::string(name) + "` is " + std::string(wanted) + ", not " +
                      std::string(json::describe(node.what)));
    }

    /// The one text, or each of a list.
    static std::vector<json::located const*> list(json::located const& node) {
        std::vector<json::located const*> all;
        if (!node.is_array())
            all.push_back(&node);
        for (auto const& item : node.items)
            all.push_back(&item);
        return all;
    }
};

/// Elements, their types, and what excludes each other. Fills `statements`.
fault check_syntax(checked_document&);
/// What only trust policies must and must not say; actions are there.
fault check_trust(checked_document const&);

} // namespace cogniot::policy
