#include "crypto/random.hpp"

#include <climits>
#include <openssl/rand.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace cogniot::crypto {
namespace {

class openssl_random final : public random_source {
  public:
    void fill(std::span<unsigned char> out) override {
        while (!out.empty()) {
            std::size_t const part = std::min<std::size_t>(out.size(), INT_MAX);
            if (RAND_bytes(out.data(), static_cast<int>(part)) != 1) {
                // Going on with predictable keys would be worse than stopping.
                std::fputs("cogniot: the system's random generator does not work\n", stderr);
                std::abort();
            }
            out = out.subspan(part);
        }
    }
};

} // namespace

random_source& system_random() {
    static openssl_random source;
    return source;
}

} // namespace cogniot::crypto
