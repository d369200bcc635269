// A random_source that repeats itself: the same seed, the same numbers. For tests and simulations,
// never for secrets.
#pragma once

#include "base/random_source.hpp"

#include <cstdint>
#include <random>

namespace cogniot {

class seeded_random final : public random_source {
  public:
    explicit seeded_random(std::uint64_t seed = 1) : engine_(seed) {}
    void fill(std::span<unsigned char> out) override {
        for (auto& byte : out)
            byte = static_cast<unsigned char>(engine_() & 0xFF);
    }

  private:
    std::mt19937_64 engine_;
};

} // namespace cogniot
