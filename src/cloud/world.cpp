#include "cloud/world.hpp"

namespace cogniot::cloud {

result<bool> world::restore(std::string_view kind, std::string_view key, std::string_view value) {
    auto const belongs_to = [&](auto& service_state) {
        return service_state.restore(kind, key, value);
    };
    // Each service knows its own kinds; the first that takes the record, or fails on it, decides.
    if (auto taken = belongs_to(cognito_idp); !taken || *taken)
        return taken;
    if (auto taken = belongs_to(cognito_identity); !taken || *taken)
        return taken;
    if (auto taken = belongs_to(iam); !taken || *taken)
        return taken;
    if (auto taken = belongs_to(sts); !taken || *taken)
        return taken;
    return belongs_to(iot);
}

} // namespace cogniot::cloud
