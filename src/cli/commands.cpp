// The list of commands, in the order help prints them.
#include "cli/commands.hpp"

namespace cogniot::cli {

std::vector<std::unique_ptr<command>> all_commands() {
    std::vector<std::unique_ptr<command>> all;
    all.push_back(make_demo());
    all.push_back(make_publish());
    all.push_back(make_subscribe());
    all.push_back(make_device_simulate());
    all.push_back(make_doctor());
    all.push_back(make_sign_in());
    all.push_back(make_credentials());
    all.push_back(make_user_add());
    all.push_back(make_presign());
    all.push_back(make_local());
    all.push_back(make_local_logs());
    all.push_back(make_local_faults());
    all.push_back(make_local_clock());
    all.push_back(make_local_settings());
    all.push_back(make_health());
    all.push_back(make_policy_explain());
    all.push_back(make_policy_check());
    all.push_back(make_policy_test());
    all.push_back(make_policy_record());
    all.push_back(make_policy_evaluate());
    return all;
}

} // namespace cogniot::cli
