#include "local/event_stream.hpp"

#include "base/number.hpp"
#include "local/page.hpp"
#include "net/with_timeout.hpp"

#include <utility>

namespace cogniot::local {

struct event_stream::reader {
    cloud::logs::ring const* from;
    std::string name;
    feed_query asked;
    /// The number of the last entry that was looked at.
    std::uint64_t place = 0;
};

bool fits(cloud::logs::entry const& one, feed_query const& asked) {
    return (!asked.since || one.at() >= *asked.since) &&
           (asked.client_id.empty() || one.client_id() == asked.client_id) &&
           (asked.identity.empty() || one.identity_id() == asked.identity);
}

event_stream::event_stream(net::loop& l, event_log& log, clock const& time, stream_limits limits)
    : log_(log), clock_(time), limits_(limits),
      run_id_(std::to_string(time.now().time_since_epoch().count()) + "-"), changed_(l) {
    log_.on_new_lines([this] { changed_.notify(); });
}

event_stream::~event_stream() {
    log_.on_new_lines({});
}

std::uint64_t event_stream::place_of(std::string_view last_event_id) const {
    if (!last_event_id.starts_with(run_id_))
        return 0;
    return parse_number<std::uint64_t>(last_event_id.substr(run_id_.size())).value_or(0);
}

net::http_answer event_stream::open(cloud::logs::ring const& from, std::string_view name,
                                    feed_query asked, std::string_view last_event_id) {
    if (readers_ >= limits_.max_readers)
        return refuse_page(503,
                           std::to_string(readers_) +
                               " readers stream events already; end one, or ask without "
                               "Accept: text/event-stream",
                           clock_.now());
    reader who{&from, std::string(name), std::move(asked), place_of(last_event_id)};
    net::take_over over;
    over.run = [this, who = std::move(who)](net::stream_ptr to, net::http_request,
                                            std::string) -> net::task<void> {
        auto running = run(std::move(to), who);
        co_await std::move(running);
    };
    return over;
}

net::task<void> event_stream::run(net::stream_ptr to, reader who) {
    ++readers_;
    struct departure {
        std::size_t& count;
        ~departure() { --count; }
    } const leaving{readers_};
    auto began = co_await net::begin_event_stream(*to);
    bool is_first = true;
    while (began) {
        auto const& ring = *who.from;
        std::string batch;
        if (ring.last_dropped() > who.place) {
            // Nobody can tell whether what is gone was asked for: a new reader is told that there
            // may be more, one that was too slow begins again and is told then.
            if (!is_first)
                break;
            if (who.place != 0)
                batch = "event: missed\ndata: {\"missed\":true}\n\n";
        }
        is_first = false;
        auto const& all = ring.all();
        for (auto i = ring.first_after(who.place);
             i < all.size() && batch.size() < limits_.max_batch_bytes; ++i) {
            who.place = all[i]->number();
            if (!fits(*all[i], who.asked))
                continue;
            batch +=
                "id: " + run_id_ + std::to_string(who.place) + "\nevent: " + who.name + "\ndata: ";
            batch += all[i]->line(); // one line: JSON text escapes line feeds
            batch += "\n\n";
        }
        if (batch.empty()) {
            bool const woken = co_await changed_.wait(limits_.heartbeat);
            if (woken)
                continue;
            // Silence, or the end of the process? A wait that was cancelled looks the same.
            bool const goes_on = co_await net::sleep_for(std::chrono::milliseconds(0));
            if (!goes_on)
                break;
            batch = ":\n\n";
        }
        auto writing = net::with_timeout(limits_.write_timeout, to->write(batch));
        began = co_await std::move(writing);
    }
    to->abort();
}

} // namespace cogniot::local
