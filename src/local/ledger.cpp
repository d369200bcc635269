#include "local/ledger.hpp"

#include "base/forget_below.hpp"

namespace cogniot::local {

result<void> ledger::commit(std::span<record const> batch) {
    if (owed_.empty()) {
        if (batch.empty())
            return {};
        auto done = store_->commit(batch);
        if (!done)
            owe(batch);
        return done;
    }
    owe(batch);
    std::vector<record> everything;
    everything.reserve(owed_.size());
    for (auto const& [name, value] : owed_)
        if (name.first == forget_below_kind)
            everything.push_back({name.first, name.second, value});
    for (auto const& [name, value] : owed_)
        if (name.first != forget_below_kind)
            everything.push_back({name.first, name.second, value});
    auto done = store_->commit(everything);
    if (done)
        owed_.clear();
    return done;
}

void ledger::owe(std::span<record const> batch) {
    for (auto const& one : batch) {
        // It is written before all others; what it forgets is not owed any more.
        if (auto const range = read_forget_below(one)) {
            auto const [kind, prefix] = *range;
            auto const from = owed_.lower_bound({std::string(kind), std::string(prefix)});
            owed_.erase(from, owed_.lower_bound({std::string(kind), end_of_prefix(prefix)}));
        }
        owed_.insert_or_assign({one.kind, one.key}, one.value);
    }
}

} // namespace cogniot::local
