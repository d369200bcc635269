// OpenSSL's random generator as a random_source. Any thread.
#pragma once

#include "base/random_source.hpp"

namespace cogniot::crypto {

/// The process's cryptographic generator. Ends the process if the system cannot deliver.
random_source& system_random();

} // namespace cogniot::crypto
