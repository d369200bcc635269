#include "cloud/logs/ring.hpp"

#include <algorithm>
#include <utility>

namespace cogniot::cloud::logs {

text_entry::text_entry(entry_facts const& of) : entry(of.number, of.at) {
    std::array const parts{of.line, of.region, of.group, of.client_id, of.identity_id};
    std::size_t size = 0;
    for (auto const one : parts)
        size += one.size();
    text_.reserve(size);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        text_ += parts[i];
        ends_[i] = static_cast<std::uint32_t>(text_.size());
    }
}

std::string_view text_entry::part(std::size_t which) const {
    std::size_t const from = which == 0 ? 0 : ends_[which - 1];
    return std::string_view(text_).substr(from, ends_[which] - from);
}

/// The next to make room are older than what caches hold, and to let go of one touches all of it:
/// it is fetched while others are written.
void ring::fetch_oldest() const {
    constexpr std::size_t ahead = 4, line = 64, most_bytes = 256;
    if (entries_.size() <= ahead)
        return;
    auto const* const oldest = reinterpret_cast<char const*>(entries_[ahead].get());
    for (std::size_t at = 0; at < most_bytes; at += line)
        __builtin_prefetch(oldest + at);
}

void ring::push(entry_ptr what) {
    last_number_ = what->number();
    bytes_ += what->bytes();
    entries_.push_back(std::move(what));
    while (entries_.size() > 1 &&
           (entries_.size() > limits_.max_entries || bytes_ > limits_.max_bytes)) {
        last_dropped_ = entries_.front()->number();
        bytes_ -= entries_.front()->bytes();
        entries_.pop_front();
        fetch_oldest();
    }
}

std::size_t ring::first_after(std::uint64_t number) const {
    auto const at = std::ranges::upper_bound(entries_, number, {},
                                             [](entry_ptr const& one) { return one->number(); });
    return static_cast<std::size_t>(at - entries_.begin());
}

} // namespace cogniot::cloud::logs
