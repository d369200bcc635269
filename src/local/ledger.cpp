#include "local/ledger.hpp"

namespace cogniot::local {

result<void> ledger::commit(std::span<record const> batch) {
    if (owed_.empty()) {
        if (batch.empty())
            return {};
        auto done = store_->commit(batch);
        if (!done)
            for (auto const& one : batch)
                owed_.insert_or_assign({one.kind, one.key}, one.value);
        return done;
    }
    for (auto const& one : batch)
        owed_.insert_or_assign({one.kind, one.key}, one.value);
    std::vector<record> everything;
    everything.reserve(owed_.size());
    for (auto const& [name, value] : owed_)
        everything.push_back({name.first, name.second, value});
    auto done = store_->commit(everything);
    if (done)
        owed_.clear();
    return done;
}

} // namespace cogniot::local
