#include "client/backend_credentials_plan.hpp"

#include "base/text.hpp"
#include "client/backend_credentials_steps.hpp"
#include "client/errors.hpp"

namespace cogniot::client {

result<credential_plan> plan_credentials(aws_config const& config, surroundings const& around) {
    credential_plan out;
    auto const take = [&](result<planned_step> step) -> result<bool> {
        if (!step)
            return step.error();
        if (auto* source = std::get_if<credential_source>(&*step)) {
            out.source = std::move(*source);
            return true;
        }
        out.passed_over.push_back(std::get<not_configured>(*step).why);
        return false;
    };
    if (config.is_profile_explicit()) {
        out.passed_over.push_back("environment: passed over, because a flag names the profile");
    } else {
        auto const taken = take(from_environment(around));
        if (!taken)
            return taken.error();
        if (*taken)
            return out;
    }
    for (auto const step :
         {&from_profile_role, &from_web_identity_variables, &from_profile_web_identity,
          &from_profile_keys, &from_profile_process, &from_container, &from_instance_metadata}) {
        auto const taken = take(step(config, around));
        if (!taken)
            return taken.error();
        if (*taken)
            break;
    }
    return out;
}

} // namespace cogniot::client
