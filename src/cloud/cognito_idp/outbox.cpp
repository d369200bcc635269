#include "cloud/cognito_idp/outbox.hpp"

#include "cloud/world.hpp"

#include <utility>

namespace cogniot::cloud::cognito_idp {

namespace {
constexpr std::size_t most_messages = 100;
}

void send_message(call& c, user_pool const& pool, user const& who, std::string_view medium,
                  std::string_view destination, secret code) {
    auto& outbox = c.world.cognito_idp.outbox;
    outbox.push_back({.at = c.now,
                      .pool_id = pool.id,
                      .username = who.username,
                      .medium = std::string(medium),
                      .destination = std::string(destination),
                      .code = std::move(code)});
    if (outbox.size() > most_messages)
        outbox.pop_front();
}

std::string mask_phone_number(std::string_view number) {
    constexpr std::size_t shown = 4;
    std::string out(number);
    for (std::size_t i = 1; i + shown < out.size(); ++i)
        out[i] = '*';
    return out;
}

} // namespace cogniot::cloud::cognito_idp
