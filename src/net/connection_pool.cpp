#include "net/connection_pool.hpp"

#include "net/waiting.hpp"

#include <list>
#include <vector>

namespace cogniot::net {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

namespace {

/// Servers and NATs between forget idle connections; those that say so are noticed at once.
constexpr std::chrono::seconds max_idle{60};
/// A connection opened ahead belongs to nobody yet who could say how long to wait.
constexpr std::chrono::seconds opening_limit{15};

/// Counts a connection until it is handed on.
template <typename F>
struct on_exit {
    F run;
    ~on_exit() { run(); }
};

} // namespace

/// A connection being opened ahead of need.
struct connection_pool::opening {
    explicit opening(loop& on) : ended(on) {}
    std::optional<result<stream_ptr>> outcome;
    signal ended;
    bool is_claimed = false;
};

struct connection_pool::place {
    explicit place(loop& on) : freed(on) {}
    struct idle_connection {
        stream_ptr what;
        clock::time_point since;
    };
    std::vector<idle_connection> idle;
    std::list<std::shared_ptr<opening>> unclaimed;
    /// Idle, lent and being opened.
    std::size_t total = 0;
    signal freed;
};

connection_pool::connection_pool(loop& on, std::shared_ptr<client_tls const> trust)
    : loop_(on), trust_(std::move(trust)), openings_(on) {}
connection_pool::~connection_pool() = default;

connection_pool::lease::lease(std::shared_ptr<connection_pool> from, origin to, stream_ptr what,
                              bool was_idle)
    : from_(std::move(from)), to_(std::move(to)), what_(std::move(what)), was_idle_(was_idle) {}

connection_pool::lease::~lease() {
    if (from_ == nullptr)
        return;
    what_.reset();
    from_->free_one(to_);
}

void connection_pool::lease::give_back() {
    std::exchange(from_, nullptr)->put_idle(to_, std::move(what_));
}

connection_pool::place& connection_pool::place_of(origin const& to) {
    auto& found = places_[to];
    if (!found)
        found = std::make_unique<place>(loop_);
    return *found;
}

void connection_pool::put_idle(origin const& to, stream_ptr what) {
    auto& at = place_of(to);
    if (closed_)
        return free_one(to);
    at.idle.push_back({std::move(what), clock::now()});
    at.freed.notify();
}

void connection_pool::free_one(origin const& to) {
    auto& at = place_of(to);
    --at.total;
    at.freed.notify();
}

stream_ptr connection_pool::take_idle(place& at) {
    auto const oldest = clock::now() - max_idle;
    while (!at.idle.empty()) {
        auto newest = std::move(at.idle.back());
        at.idle.pop_back();
        if (newest.since > oldest && newest.what->is_quiet())
            return std::move(newest.what);
        --at.total;
    }
    return nullptr;
}

void connection_pool::warm(origin const& to, std::size_t ready) {
    auto& at = place_of(to);
    while (!closed_ && at.idle.size() + at.unclaimed.size() < ready && at.total < max_per_origin) {
        ++at.total;
        auto what = std::make_shared<opening>(loop_);
        at.unclaimed.push_back(what);
        openings_.spawn(
            [self = shared_from_this(), to, what] { return run_opening(self, to, what); });
    }
}

task<void> connection_pool::run_opening(std::shared_ptr<connection_pool> self, origin to,
                                        std::shared_ptr<opening> what) {
    auto opening_it = connect(to, self->trust_, opening_limit);
    auto opened = co_await std::move(opening_it);
    auto& at = self->place_of(to);
    if (what->is_claimed) {
        what->outcome.emplace(std::move(opened));
        what->ended.notify();
        co_return;
    }
    at.unclaimed.remove(what);
    if (opened)
        self->put_idle(to, std::move(*opened));
    else
        self->free_one(to); // whoever needs a connection will learn the reason itself
}

/// The right to the outcome of an opening; if its holder leaves before, the pool gets it.
struct connection_pool::opening_claim {
    std::shared_ptr<connection_pool> pool;
    origin to;
    std::shared_ptr<opening> what;
    ~opening_claim() {
        what->is_claimed = false;
        if (!what->outcome) {
            pool->place_of(to).unclaimed.push_back(what);
        } else if (what->outcome->has_value() && **what->outcome != nullptr) {
            pool->put_idle(to, std::move(**what->outcome));
        } else if (what->outcome->has_error()) {
            pool->free_one(to);
        }
    }
};

task<result<connection_pool::lease>> connection_pool::take(origin to, time_point until) {
    auto self = shared_from_this();
    auto const late = [&to] { return fail(errc::timed_out, to.host_header() + ": no connection"); };
    for (;;) {
        auto& at = place_of(to);
        if (auto idle = take_idle(at))
            co_return lease(self, to, std::move(idle), true);
        auto const left = until - clock::now();
        if (left <= clock::duration::zero())
            co_return late();
        if (!at.unclaimed.empty()) {
            opening_claim const claim{self, to, at.unclaimed.front()};
            at.unclaimed.pop_front();
            claim.what->is_claimed = true;
            bool const ended = co_await claim.what->ended.wait(left);
            if (ended && claim.what->outcome && claim.what->outcome->has_value())
                co_return lease(self, to, std::move(**claim.what->outcome), false);
            if (ended && claim.what->outcome)
                co_return claim.what->outcome->error();
        } else if (at.total < max_per_origin) {
            ++at.total;
            bool handed_on = false;
            auto const give_up = [&] {
                if (!handed_on)
                    self->free_one(to);
            };
            on_exit<decltype(give_up)> const on_leaving{give_up};
            auto connecting = connect(to, trust_, left);
            auto connected = co_await std::move(connecting);
            if (!connected)
                co_return connected.error();
            handed_on = true;
            co_return lease(self, to, std::move(*connected), false);
        } else {
            co_await at.freed.wait(left);
        }
        auto const state = co_await asio::this_coro::cancellation_state;
        if (is_cancelled(state))
            co_return fail(errc::cancelled);
    }
}

void connection_pool::close() {
    closed_ = true;
    openings_.cancel();
    for (auto& [to, at] : places_) {
        at->total -= at->idle.size();
        at->idle.clear();
    }
}

} // namespace cogniot::net
