// The mixing function of splitmix64: every number has another result, and near ones far ones.
// @source Steele, Lea, Flood: "Fast splittable pseudorandom number generators" (2014)
#pragma once

#include <cstdint>

namespace cogniot {

constexpr std::uint64_t splitmix64(std::uint64_t x) {
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

} // namespace cogniot
