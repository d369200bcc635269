#include "support/counted_heap.hpp"

#include <cstdlib>
#include <new>

namespace {
thread_local std::size_t count = 0;
}

void* operator new(std::size_t size) {
    ++count;
    if (void* const got = std::malloc(size))
        return got;
    throw std::bad_alloc();
}
// std::stable_sort asks so for its buffer, which is freed below like all others.
void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
    ++count;
    return std::malloc(size);
}
void operator delete(void* what) noexcept {
    std::free(what);
}
void operator delete(void* what, std::size_t) noexcept {
    std::free(what);
}

namespace cogniot::test {

std::size_t allocations() {
    return count;
}

} // namespace cogniot::test
