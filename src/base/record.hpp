// One durable fact: (kind, key) -> value. What the pure layers ask the store to keep.
//
// A batch of records is committed in one transaction before anything that depends on it is sent
// ("nothing acknowledged is lost" is decided there, see docs/design.md).
#pragma once

#include <optional>
#include <string>

namespace cogniot {

struct record {
    /// A family of keys, e.g. `user_pool`, `session`, `retained`. [a-z_]{1,32}
    std::string kind;
    /// Unique within the kind.
    std::string key;
    /// The new value, or nothing to forget the key.
    std::optional<std::string> value;

    friend bool operator==(record const&, record const&) = default;
};

} // namespace cogniot
