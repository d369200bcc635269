// Commits batches, and remembers what a batch that failed would have written.
//
// State in memory is ahead of the disk after a failed commit. What is owed goes first into the next
// batch, so that the data is whole again as soon as the disk takes it.
#pragma once

#include "store/store.hpp"

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cogniot::local {

class ledger {
  public:
    explicit ledger(std::unique_ptr<store::store> to) : store_(std::move(to)) {}

    store::store& store() { return *store_; }
    /// Durable, with everything owed before it, or an error and all of it owed. Whoever is about to
    /// tell the outside something commits first, with an empty batch too: what memory says may rest
    /// on a change that is still owed.
    result<void> commit(std::span<record const> batch);
    std::size_t owed() const { return owed_.size(); }

  private:
    void owe(std::span<record const>);

    std::unique_ptr<store::store> store_;
    /// The latest value of each key that could not be written.
    std::map<std::pair<std::string, std::string>, std::optional<std::string>> owed_;
};

} // namespace cogniot::local
