#include "client/mqtt_link.hpp"

#include "client/errors.hpp"
#include "mqtt/codec.hpp"

#include <array>
#include <deque>
#include <unordered_map>

namespace cogniot::client {

using steady = std::chrono::steady_clock;

namespace {

/// More than any packet AWS IoT sends (128 KB and its header); other brokers may send more.
constexpr std::size_t max_packet_bytes = 16 << 20;

} // namespace

/// One stream with its two directions. Kept by the coroutines that read and write it.
struct stream_in_use {
    explicit stream_in_use(net::loop& on, net::stream_ptr s) : stream(std::move(s)), wake(on) {}
    net::stream_ptr stream;
    net::signal wake;
    std::string outbox;
    enum class ending { none, politely, done } end = ending::none;
};

struct mqtt_link::inside : std::enable_shared_from_this<inside> {
    inside(net::loop& on, link_settings s, transport_opener o, random_source& random,
           link_handlers h)
        : loop(on), machine(std::move(s), random), opener(std::move(o)), told(std::move(h)),
          group(on), timer_wake(on), changed(on), closed(on) {}

    net::loop& loop;
    link_machine machine;
    transport_opener opener;
    link_handlers told;
    net::task_group group;
    /// The machine's deadline may have changed.
    net::signal timer_wake;
    /// Connected or ended.
    net::signal changed;
    /// A stream was closed for good.
    net::signal closed;

    std::shared_ptr<stream_in_use> current;
    /// Counts transports; a late opener recognises that nobody waits for it any more.
    std::uint64_t generation = 0;
    /// When the sleeping timer coroutine wakes at the latest; nothing = there is none.
    std::optional<instant> asleep_until;
    unsigned open_streams = 0;

    request_token last_token = 0;
    std::unordered_map<request_token, std::function<void(publish_outcome const&)>> publishes;
    std::unordered_map<request_token, std::function<void(std::vector<filter_outcome>)>> requests;

    /// Effects are performed after apply() has returned, in order; what they cause comes behind
    /// them.
    std::deque<link_effect> todo;
    bool performing = false;

    void tell(link_event const& event) {
        link_effects effects;
        machine.apply(event, steady::now(), effects);
        for (auto& e : effects)
            todo.push_back(std::move(e));
        if (performing)
            return;
        performing = true;
        while (!todo.empty()) {
            auto const next = std::move(todo.front());
            todo.pop_front();
            std::visit([this](auto const& what) { perform(what); }, next);
        }
        performing = false;
        keep_time();
    }

    void perform(effect::open_transport const& o) {
        auto self = shared_from_this();
        group.spawn(
            [self, mine = ++generation, after = o.after] { return run_opener(self, mine, after); });
    }

    void perform(effect::send const& s) {
        if (!current)
            return;
        current->outbox += s.bytes;
        current->wake.notify();
    }

    void perform(effect::close_transport const& c) {
        ++generation; // an opener that is under way is not waited for
        if (!current)
            return;
        current->end = c.politely ? stream_in_use::ending::politely : stream_in_use::ending::done;
        if (!c.politely)
            current->stream->abort();
        current->wake.notify();
        current.reset();
    }

    void perform(effect::deliver const& d) {
        auto const how = told.on_message ? told.on_message(d.what) : reception::taken;
        if (how == reception::left)
            tell(happened::stop_asked{});
        else if (d.what.level == mqtt::qos::at_least_once)
            tell(happened::message_taken{d.what.id});
    }

    void perform(effect::finish_publish const& f) {
        auto waiting = publishes.extract(f.token);
        if (!waiting.empty() && waiting.mapped())
            waiting.mapped()(f.outcome);
    }

    void perform(effect::finish_filters const& f) {
        auto waiting = requests.extract(f.token);
        if (!waiting.empty() && waiting.mapped())
            waiting.mapped()(f.outcomes);
    }

    void perform(effect::report const& r) {
        if (told.on_report)
            told.on_report(r.what);
        changed.notify();
    }

    /// Sees to it that a coroutine sleeps until the machine's deadline while there is one.
    void keep_time() {
        auto const due = machine.deadline();
        if (!due)
            return;
        if (asleep_until) {
            // A deadline that moved away is noticed when the old one comes.
            if (*due < *asleep_until)
                timer_wake.notify();
            return;
        }
        asleep_until = due;
        auto self = shared_from_this();
        group.spawn([self] { return run_timer(self); });
    }

    static net::task<void> run_timer(std::shared_ptr<inside> self) {
        while ((self->asleep_until = self->machine.deadline())) {
            auto const left = *self->asleep_until - steady::now();
            if (left <= duration::zero()) {
                self->tell(happened::timer_fired{});
                continue;
            }
            auto waiting = self->timer_wake.wait(left);
            bool const woken = co_await std::move(waiting);
            if (!woken && steady::now() < *self->asleep_until)
                break; // cancelled
        }
        self->asleep_until.reset();
    }

    static net::task<void> run_opener(std::shared_ptr<inside> self, std::uint64_t mine,
                                      error after) {
        auto opening = self->opener(std::move(after));
        auto opened = co_await std::move(opening);
        if (mine != self->generation) {
            if (opened.stream)
                opened.stream->abort();
            co_return;
        }
        if (!opened.stream) {
            self->tell(opened.failure ? *opened.failure : happened::transport_failed{});
            co_return;
        }
        auto use = std::make_shared<stream_in_use>(self->loop, std::move(opened.stream));
        self->current = use;
        ++self->open_streams;
        self->group.spawn([self, use] { return run_writer(self, use); });
        self->group.spawn([self, use] { return run_reader(self, use); });
        self->tell(happened::transport_opened{});
    }

    static net::task<void> run_writer(std::shared_ptr<inside> self,
                                      std::shared_ptr<stream_in_use> use) {
        for (;;) {
            if (use->end == stream_in_use::ending::done)
                break;
            if (!use->outbox.empty()) {
                std::string const bytes = std::exchange(use->outbox, {});
                auto writing = use->stream->write(bytes);
                auto const written = co_await std::move(writing);
                if (!written)
                    break; // the reader learns of it and tells
                continue;
            }
            if (use->end == stream_in_use::ending::politely) {
                auto leaving = use->stream->shutdown();
                co_await std::move(leaving);
                break;
            }
            auto waiting = use->wake.wait();
            bool const is_awake = co_await std::move(waiting);
            if (!is_awake)
                break;
        }
        use->end = stream_in_use::ending::done;
        use->stream->abort();
        --self->open_streams;
        self->closed.notify();
    }

    static net::task<void> run_reader(std::shared_ptr<inside> self,
                                      std::shared_ptr<stream_in_use> use) {
        mqtt::decoder in(mqtt::decoder::role::reads_from_server, max_packet_bytes);
        in.set_version(mqtt::version::v311);
        std::array<char, 16 * 1024> buffer{};
        using kind = happened::transport_closed::kind;
        error why = fail(errc::hung_up);
        auto how = kind::by_broker;
        while (self->current == use) {
            auto reading = use->stream->read_some(buffer);
            auto const got = co_await std::move(reading);
            if (self->current != use)
                break;
            if (!got || *got == 0) {
                if (!got) {
                    why.detail = got.error().message();
                    if (got.error().code == net::make_error_code(net::errc::connection_lost))
                        how = kind::by_network;
                }
                break;
            }
            in.append({buffer.data(), *got});
            bool broken = false;
            while (self->current == use) {
                auto const next = in.next();
                if (!next) {
                    why = fail(errc::broker_broke_protocol, next.error().message());
                    broken = true;
                    break;
                }
                if (!*next)
                    break;
                self->tell(&**next);
            }
            if (broken)
                break;
        }
        if (self->current != use)
            co_return; // we closed it ourselves
        self->current.reset();
        use->end = stream_in_use::ending::done;
        use->wake.notify();
        self->tell(happened::transport_closed{std::move(why), how});
    }
};

mqtt_link::mqtt_link(net::loop& on, link_settings settings, transport_opener opener,
                     random_source& random, link_handlers h)
    : in_(std::make_shared<inside>(on, std::move(settings), std::move(opener), random,
                                   std::move(h))) {}

mqtt_link::~mqtt_link() {
    in_->told = {};
    in_->publishes.clear();
    in_->requests.clear();
    if (in_->current)
        in_->current->stream->abort();
    in_->group.cancel();
}

bool mqtt_link::is_connected() const {
    return in_->machine.at() == link_machine::state::connected;
}

std::optional<error> mqtt_link::end_reason() const {
    if (in_->machine.at() != link_machine::state::ended)
        return {};
    return in_->machine.end_reason();
}

net::task<result<void>> mqtt_link::connect() {
    auto in = in_;
    in->tell(happened::started{});
    while (in->machine.at() != link_machine::state::connected) {
        if (in->machine.at() == link_machine::state::ended)
            co_return in->machine.end_reason();
        auto waiting = in->changed.wait();
        bool const is_awake = co_await std::move(waiting);
        if (!is_awake)
            co_return fail(net::errc::cancelled);
    }
    co_return result<void>();
}

void mqtt_link::publish(message what, std::optional<duration> within,
                        std::function<void(publish_outcome const&)> done) {
    happened::publish_asked asked{.token = ++in_->last_token, .what = std::move(what)};
    if (within)
        asked.deadline = steady::now() + *within;
    in_->publishes.emplace(asked.token, std::move(done));
    in_->tell(asked);
}

namespace {

/// A value that one coroutine waits for and another brings.
template <typename T>
struct promised {
    explicit promised(net::loop& on) : ready(on) {}
    std::optional<T> value;
    net::signal ready;

    void bring(T v) {
        value.emplace(std::move(v));
        ready.notify();
    }
    net::task<T> wait(T if_cancelled) {
        while (!value) {
            auto waiting = ready.wait();
            bool const is_awake = co_await std::move(waiting);
            if (!is_awake && !value)
                co_return if_cancelled;
        }
        co_return std::move(*value);
    }
};

} // namespace

net::task<publish_outcome> mqtt_link::publish(message what, std::optional<duration> within) {
    auto outcome = std::make_shared<promised<publish_outcome>>(in_->loop);
    publish(std::move(what), within,
            [outcome](publish_outcome const& how) { outcome->bring(how); });
    auto waiting = outcome->wait({.why = fail(errc::stopped)});
    co_return co_await std::move(waiting);
}

net::task<std::vector<filter_outcome>> mqtt_link::subscribe(std::vector<topic_request> filters,
                                                            std::optional<duration> within) {
    happened::subscribe_asked asked{.token = ++in_->last_token, .filters = std::move(filters)};
    if (within)
        asked.deadline = steady::now() + *within;
    auto outcome = std::make_shared<promised<std::vector<filter_outcome>>>(in_->loop);
    in_->requests.emplace(asked.token, [outcome](std::vector<filter_outcome> all) {
        outcome->bring(std::move(all));
    });
    in_->tell(asked);
    auto waiting = outcome->wait({});
    co_return co_await std::move(waiting);
}

net::task<std::vector<filter_outcome>> mqtt_link::unsubscribe(std::vector<std::string> filters,
                                                              std::optional<duration> within) {
    happened::unsubscribe_asked asked{.token = ++in_->last_token, .filters = std::move(filters)};
    if (within)
        asked.deadline = steady::now() + *within;
    auto outcome = std::make_shared<promised<std::vector<filter_outcome>>>(in_->loop);
    in_->requests.emplace(asked.token, [outcome](std::vector<filter_outcome> all) {
        outcome->bring(std::move(all));
    });
    in_->tell(asked);
    auto waiting = outcome->wait({});
    co_return co_await std::move(waiting);
}

void mqtt_link::cut() {
    in_->tell(happened::cut_asked{});
}

net::task<void> mqtt_link::close() {
    auto in = in_;
    in->tell(happened::stop_asked{});
    while (in->open_streams > 0) {
        auto waiting = in->closed.wait(std::chrono::seconds(2));
        bool const is_awake = co_await std::move(waiting);
        if (!is_awake)
            break;
    }
    in->group.cancel();
}

} // namespace cogniot::client
