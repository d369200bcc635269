// GetCallerIdentity and GetSessionToken.
#include "cloud/input.hpp"
#include "cloud/sts/credentials.hpp"
#include "cloud/sts/operations.hpp"
#include "cloud/sts/session.hpp"
#include "json/parse.hpp"

#include <boost/json/object.hpp>

namespace cogniot::cloud::sts {

outcome<json::object> get_caller_identity(call& c, json::object const&) {
    return json::object{{"UserId", c.who.user_id}, {"Account", c.who.account}, {"Arn", c.who.arn}};
}

outcome<json::object> get_session_token(call& c, json::object const& input) {
    input_reader in(input);
    auto const wanted = in.find_integer("DurationSeconds", {.min = 900, .max = 129600});
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    if (c.who.what != principal::type::root || c.who.access_key_id.starts_with("ASIA"))
        return access_denied("Cannot call GetSessionToken with session credentials");
    // The root user's sessions last an hour at most.
    auto const lifetime = std::chrono::seconds(std::min<std::int64_t>(wanted.value_or(3600), 3600));
    return json::object{{"Credentials", print_credentials(issue(c, c.who, lifetime))}};
}

} // namespace cogniot::cloud::sts
