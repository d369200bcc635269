#include "client/clock_and_chance.hpp"

#include "crypto/random.hpp"

namespace cogniot::client {

clock_and_chance real_clock_and_chance() {
    return {.random = &crypto::system_random(),
            .now =
                [] {
                    return std::chrono::time_point_cast<std::chrono::milliseconds>(
                        std::chrono::system_clock::now());
                },
            .sleep = [](std::chrono::milliseconds span) { return net::sleep_for(span); }};
}

} // namespace cogniot::client
