// Counts what a test program takes from the heap: programs that link cogniot_counted_heap have
// their `operator new` replaced.
#pragma once

#include <cstddef>

namespace cogniot::test {

/// Allocations of this thread so far.
std::size_t allocations();

} // namespace cogniot::test
