#include "client/simulated_device.hpp"

#include "client/errors.hpp"
#include "client/transports.hpp"

#include <utility>

namespace cogniot::client {

namespace {

/// The shadow service answers at once or not at all; then it is asked again.
constexpr std::chrono::seconds ask_again_after{10};

link_settings settings_of(simulated_device_settings const& from) {
    return {.client_id = from.thing,
            .where = from.broker.host_header(),
            .failures_allowed_at_first = 3};
}

} // namespace

struct simulated_device::inside : std::enable_shared_from_this<inside> {
    inside(net::loop& on, simulated_device_settings s, random_source& chance, device_observer o)
        : settings(std::move(s)), random(chance), told(std::move(o)),
          twin(settings.thing, random_uuid(chance)),
          link(on, settings_of(settings), open_plain_mqtt(settings.broker, settings.trust), chance,
               {.on_message =
                    [this](received_message const& m) {
                        is_answered = true;
                        act(twin.received(m));
                        return reception::taken;
                    },
                .on_report = [this](link_report const& r) { note(r); }}),
          work(on), asked(on), ended(on) {}

    simulated_device_settings settings;
    random_source& random;
    device_observer told;
    device_twin twin;
    mqtt_link link;
    net::task_group work;
    /// The shadow is to be asked for.
    net::signal asked;
    net::signal ended;
    bool is_answered = true;
    bool is_stopping = false;

    void act(device_twin::outcome what) {
        if (told.on_news)
            for (auto const& one : what.news)
                told.on_news(one);
        if (what.report)
            publish(std::move(*what.report));
        if (what.change)
            work.spawn([this, change = std::move(*what.change)] { return apply(change); });
    }

    void publish(message what) {
        link.publish(std::move(what), {}, [this](publish_outcome const& how) {
            if (how.how != publish_outcome::kind::delivered && !is_stopping && told.on_trouble)
                told.on_trouble(how.why);
        });
    }

    void note(link_report const& r) {
        if (told.on_link)
            told.on_link(r);
        if (r.what == link_report::kind::connected)
            asked.notify();
        if (r.what == link_report::kind::ended)
            ended.notify();
    }

    net::task<void> apply(desired_change change) {
        auto const most = static_cast<std::uint64_t>(settings.jitter.count());
        std::chrono::milliseconds const pause{most == 0 ? 0 : random_below(random, most + 1)};
        if (pause.count() > 0) {
            bool const slept = co_await net::sleep_for(pause);
            if (!slept)
                co_return;
        }
        act(twin.apply(change));
    }

    /// After each connect, and again while there is no answer.
    net::task<void> run_asking() {
        for (;;) {
            auto waiting = is_answered ? asked.wait() : asked.wait(ask_again_after);
            bool const is_told = co_await std::move(waiting);
            if (is_stopping || link.end_reason())
                co_return;
            if (!is_told && is_answered)
                co_return; // cancelled
            if (!link.is_connected())
                continue;
            is_answered = false;
            publish(twin.ask());
        }
    }

    /// Times between drops are spread evenly from nothing to twice the average.
    net::task<void> run_dropping() {
        auto const most = static_cast<std::uint64_t>(settings.drop_every.count()) * 2;
        for (;;) {
            bool const slept =
                co_await net::sleep_for(std::chrono::milliseconds(random_below(random, most + 1)));
            if (!slept || is_stopping)
                co_return;
            if (!link.is_connected())
                continue;
            if (told.on_drop)
                told.on_drop();
            link.cut();
        }
    }

    net::task<void> subscribe() {
        auto subscribing = link.subscribe(twin.filters());
        auto const outcomes = co_await std::move(subscribing);
        for (auto const& one : outcomes)
            if (!one.granted && !is_stopping && told.on_trouble)
                told.on_trouble(one.why);
    }
};

simulated_device::simulated_device(net::loop& on, simulated_device_settings settings,
                                   random_source& chance, device_observer observer)
    : in_(std::make_shared<inside>(on, std::move(settings), chance, std::move(observer))) {}
simulated_device::~simulated_device() = default;

net::task<result<void>> simulated_device::run() {
    auto in = in_;
    // Asked for first, so that the broker has the subscriptions before it is asked for the shadow.
    in->work.spawn([in] { return in->subscribe(); });
    in->work.spawn([in] { return in->run_asking(); });
    if (in->settings.drop_every.count() > 0)
        in->work.spawn([in] { return in->run_dropping(); });
    auto connecting = in->link.connect();
    (void)co_await std::move(connecting);
    while (!in->link.end_reason() && !in->is_stopping) {
        auto waiting = in->ended.wait();
        bool const is_awake = co_await std::move(waiting);
        if (!is_awake)
            break;
    }
    auto const why = in->link.end_reason();
    bool const was_meant = std::exchange(in->is_stopping, true);
    in->work.cancel();
    auto joining = in->work.join();
    co_await std::move(joining);
    if (why && !was_meant)
        co_return *why;
    co_return result<void>();
}

net::task<void> simulated_device::stop() {
    auto in = in_;
    in->is_stopping = true;
    auto closing = in->link.close();
    co_await std::move(closing);
    in->ended.notify();
}

} // namespace cogniot::client
