// The walk: each step looks, has its facts judged and hands what it learned to the next. It goes on
// past a step that failed as long as later ones can tell something.
#pragma once

#include "client/doctor/asked.hpp"
#include "client/doctor/report.hpp"
#include "client/flow.hpp"
#include "net/connect.hpp"
#include "net/task.hpp"

#include <functional>
#include <memory>

namespace cogniot::client::doctor {

/// Who is examined, and with what. All references outlive the examination.
struct patient {
    net::loop& on;
    std::shared_ptr<net::client_tls const> trust;
    /// Made without an IoT policy: the doctor attaches nothing by itself.
    user_flow& flow;
    user_password user;
    doctor::asked asked;
    /// Called after each step, so that people see it grow; may be empty.
    std::function<void(finding const&)> on_finding{};
};

/// Walks all steps. Never fails: what goes wrong is a finding.
net::task<report> examine(patient);

/// The report when there is nobody to examine: settings are missing or cannot be used.
report report_unusable_settings(error const&);

} // namespace cogniot::client::doctor
