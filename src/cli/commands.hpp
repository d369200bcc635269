// The commands' factories, one a file in this folder.
#pragma once

#include "cli/command.hpp"

#include <memory>

namespace cogniot::cli {

std::unique_ptr<command> make_demo();
std::unique_ptr<command> make_publish();
std::unique_ptr<command> make_subscribe();
std::unique_ptr<command> make_sign_in();
std::unique_ptr<command> make_credentials();
std::unique_ptr<command> make_user_add();
std::unique_ptr<command> make_device_simulate();
std::unique_ptr<command> make_doctor();
std::unique_ptr<command> make_presign();
std::unique_ptr<command> make_local();
std::unique_ptr<command> make_local_logs();
std::unique_ptr<command> make_local_faults();
std::unique_ptr<command> make_local_clock();
std::unique_ptr<command> make_local_settings();
std::unique_ptr<command> make_health();
std::unique_ptr<command> make_policy_evaluate();
std::unique_ptr<command> make_policy_check();
std::unique_ptr<command> make_policy_test();
std::unique_ptr<command> make_policy_record();
std::unique_ptr<command> make_policy_explain();

} // namespace cogniot::cli
