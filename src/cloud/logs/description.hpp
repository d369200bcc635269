// CloudWatch Logs as the wire forms see it: a table of operations.
#pragma once

#include "cloud/service.hpp"

namespace cogniot::cloud::logs {

service const& description();

} // namespace cogniot::cloud::logs
