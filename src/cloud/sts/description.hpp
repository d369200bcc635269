// The sts service as the wire layer sees it: one row an operation.
#pragma once

#include "cloud/service.hpp"

namespace cogniot::cloud::sts {

/// Lives as long as the process.
service const& description();

} // namespace cogniot::cloud::sts
