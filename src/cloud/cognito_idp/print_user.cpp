#include "cloud/cognito_idp/print_user.hpp"

#include "cloud/cognito_idp/entity.hpp"
#include "cloud/cognito_idp/user_attributes.hpp"

#include <boost/json.hpp>

namespace cogniot::cloud::cognito_idp {

boost::json::object print_user(user const& who) {
    return {{"Username", who.username},
            {"Attributes", print_attributes(who)},
            {"UserCreateDate", print_time(who.created)},
            {"UserLastModifiedDate", print_time(who.modified)},
            {"Enabled", who.enabled},
            {"UserStatus", print(who.status)}};
}

void add_mfa_settings(boost::json::object& answer, user const& who) {
    if (who.mfa_preferred)
        answer["PreferredMfaSetting"] = print(*who.mfa_preferred);
    if (who.mfa_enabled.empty())
        return;
    boost::json::array names;
    for (auto const method : who.mfa_enabled)
        names.emplace_back(print(method));
    answer["UserMFASettingList"] = std::move(names);
}

} // namespace cogniot::cloud::cognito_idp
