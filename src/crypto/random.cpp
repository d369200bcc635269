#include "crypto/random.hpp"

#include <climits>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace cogniot::crypto {
namespace {

void draw(std::span<unsigned char> out) {
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

/// OpenSSL's generator costs 3 us a call, whatever is asked for: short answers come out of a stock
/// of each thread. What has left it is wiped. INVARIANT: the process does not fork.
class openssl_random final : public random_source {
  public:
    void fill(std::span<unsigned char> out) override {
        static thread_local std::array<unsigned char, 512> stock;
        static thread_local std::size_t used = stock.size();
        if (out.size() > stock.size() / 8)
            return draw(out);
        if (stock.size() - used < out.size()) {
            draw(stock);
            used = 0;
        }
        auto const taken = std::span(stock).subspan(used, out.size());
        std::ranges::copy(taken, out.begin());
        OPENSSL_cleanse(taken.data(), taken.size());
        used += out.size();
    }
};

} // namespace

random_source& system_random() {
    static openssl_random source;
    return source;
}

} // namespace cogniot::crypto
