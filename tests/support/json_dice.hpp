// Draws for generated JSON: the same seed gives the same documents.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace cogniot::test {

class json_dice {
  public:
    explicit json_dice(std::uint64_t seed) : random_(seed) {}

    int below(int n) { return static_cast<int>(random_() % static_cast<std::uint64_t>(n)); }
    bool chance(int percent) { return below(100) < percent; }
    std::string pick(std::vector<std::string> const& from) {
        return from[static_cast<std::size_t>(below(static_cast<int>(from.size())))];
    }
    /// A value, or a list of one to three.
    template <typename Make>
    boost::json::value one_or_list(Make make) {
        if (chance(50))
            return boost::json::value(make());
        boost::json::array all;
        for (int n = 1 + below(3); n > 0; --n)
            all.push_back(boost::json::value(make()));
        return all;
    }

  private:
    std::mt19937_64 random_;
};

} // namespace cogniot::test
