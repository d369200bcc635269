// What a failed commit would have written goes first into the next one.
#include "local/ledger.hpp"

#include <doctest/doctest.h>

#include <map>

namespace cogniot::local {
namespace {

/// Refuses as long as it is told to, and shows what it was given.
class moody_store final : public store::store {
  public:
    result<void>
    load(std::function<void(std::string_view, std::string_view, std::string_view)>) override {
        return {};
    }
    result<void> read(std::string_view, std::string_view, std::string_view,
                      std::function<bool(std::string_view, std::string_view)> const&) override {
        return {};
    }
    result<void> commit(std::span<record const> batch) override {
        if (is_full)
            return fail(::cogniot::store::errc::full);
        batches.emplace_back(batch.begin(), batch.end());
        return {};
    }
    bool is_full = false;
    std::vector<std::vector<record>> batches;
};

} // namespace

TEST_CASE("a batch that failed is committed, in its latest state, with the next") {
    auto owned = std::make_unique<moody_store>();
    auto& disk = *owned;
    ledger kept(std::move(owned));
    std::vector<record> one{{"k", "a", "1"}};
    REQUIRE(kept.commit(one).has_value());
    disk.is_full = true;
    std::vector<record> two{{"k", "a", "2"}, {"k", "b", "2"}};
    auto const refused = kept.commit(two);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == make_error_code(store::errc::full));
    std::vector<record> three{{"k", "a", {}}};
    CHECK_FALSE(kept.commit(three).has_value());
    CHECK(kept.owed() == 2);
    disk.is_full = false;
    std::vector<record> four{{"k", "c", "4"}};
    REQUIRE(kept.commit(four).has_value());
    CHECK(kept.owed() == 0);
    REQUIRE(disk.batches.size() == 2);
    CHECK(disk.batches[1] == std::vector<record>{{"k", "a", {}}, {"k", "b", "2"}, {"k", "c", "4"}});
}

TEST_CASE("an empty batch writes what is owed, and nothing when nothing is") {
    auto owned = std::make_unique<moody_store>();
    auto& disk = *owned;
    ledger kept(std::move(owned));
    REQUIRE(kept.commit({}).has_value());
    CHECK(disk.batches.empty());
    disk.is_full = true;
    std::vector<record> one{{"k", "a", "1"}};
    CHECK_FALSE(kept.commit(one).has_value());
    CHECK_FALSE(kept.commit({}).has_value());
    disk.is_full = false;
    REQUIRE(kept.commit({}).has_value());
    CHECK(kept.owed() == 0);
    REQUIRE(disk.batches.size() == 1);
    CHECK(disk.batches[0] == one);
}

} // namespace cogniot::local
