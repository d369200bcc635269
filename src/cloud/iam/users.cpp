// GetUser, for the one user there is: the account's root.
#include "cloud/iam/entity.hpp"
#include "cloud/iam/operations.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <boost/json/object.hpp>

namespace cogniot::cloud::iam {

outcome<json::object> get_user(call& c, json::object const& input) {
    input_reader in(input);
    auto const name = in.find_text("UserName", policy_name_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    if (name)
        return no_such_entity("The user with name " + std::string(*name) + " cannot be found.");
    if (c.who.what != principal::type::root)
        return api_error{.code = "ValidationError",
                         .status = 400,
                         .message = "Must specify userName when calling with non-User credentials"};
    // The root user was never created here; the epoch stands for that.
    return json::object{{"User", json::object{{"UserId", c.world.settings.account},
                                              {"Arn", c.who.arn},
                                              {"CreateDate", print_extended(utc_time{})}}}};
}

} // namespace cogniot::cloud::iam
