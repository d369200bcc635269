// Tests repeat themselves: the same seed gives the same test.
#pragma once

#include "base/seeded_random.hpp"

namespace cogniot::test {

using cogniot::seeded_random;

} // namespace cogniot::test
