#include "local/local_cloud.hpp"

#include "base/error_category.hpp"
#include "base/read_file.hpp"
#include "cloud/sts/credentials.hpp"
#include "cloud/world.hpp"
#include "crypto/random.hpp"
#include "json/parse.hpp"
#include "local/certificates.hpp"
#include "local/device_admission.hpp"
#include "local/http_front.hpp"
#include "local/key_maker.hpp"
#include "local/ledger.hpp"
#include "local/mqtt_host.hpp"
#include "local/settings.hpp"
#include "local/template/errors.hpp"
#include "local/template/stack.hpp"
#include "local/temporary_directory.hpp"
#include "net/server.hpp"

#include <boost/json.hpp>

#include <utility>

namespace cogniot::local {
namespace {

bool is_loopback(std::string_view ip) {
    return ip == "::1" || ip.starts_with("127.");
}

} // namespace

std::string_view describe(errc e) {
    switch (e) {
    case errc::insecure_mqtt_not_loopback:
        return "plain MQTT without authentication is for loopback addresses only";
    case errc::authority_not_whole:
        return "the certificate authority is not whole";
    }
    return "unknown local cloud error";
}

error_code make_error_code(errc e) {
    return enum_code("local", e);
}

/// Members in the order of their making; destroyed from the bottom.
// INVARIANT: the world's log groups hold lines that print themselves with the help of `log`, which
// ends before the world does. Nobody reads them any more then: readers are `front`, `stream` and
// `connections`, further down, and the end of a line prints nothing.
struct local_cloud::inside {
    inside(net::loop& l, options o)
        : loop(l), chosen(std::move(o)), time(chosen.clock_offset),
          log(world, chosen.level, crypto::system_random()), connections(l), timers(l) {}

    net::loop& loop;
    options chosen;
    clock time;
    cloud::world world;
    event_log log;
    temporary_directory scratch;
    key_maker keys;
    stacks known_stacks;
    fault_plan faults;
    ready_info ready;
    std::vector<template_report> reports;
    std::optional<ledger> records;
    std::optional<mqtt_host> host;
    std::optional<api_context> api;
    std::optional<event_stream> stream;
    std::optional<http_front> front;
    /// Of the shared port, where certificates are asked for by ALPN, and of the devices' own.
    std::shared_ptr<net::server_tls const> shared_tls, device_tls;
    std::unique_ptr<net::listener> shared_listener, mqtts_listener, insecure_listener;
    net::task_group connections;
    net::task_group timers;

    result<void> open_state();
    result<void> load();
    result<void> apply_templates();
    result<void> listen();
    void serve();
    net::task<void> run_forgetting();
    std::filesystem::path directory() const { return chosen.data ? *chosen.data : scratch.path(); }
};

result<void> local_cloud::inside::open_state() {
    if (chosen.log_file)
        if (auto opened = log.open_file(*chosen.log_file); !opened)
            return opened;
    // A list is no longer than a plan may be.
    faults.add_all(std::move(chosen.faults), time.now());
    std::unique_ptr<store::store> opened;
    if (chosen.data) {
        auto sqlite = store::open_sqlite(*chosen.data, chosen.sync);
        if (!sqlite)
            return sqlite.error();
        opened = std::move(*sqlite);
    } else {
        auto made = temporary_directory::make();
        if (!made)
            return made.error();
        scratch = std::move(*made);
        opened = store::open_nothing();
    }
    records.emplace(std::move(opened));
    world.settings.account = chosen.account;
    world.settings.region = chosen.region;
    world.settings.make_signing_key = [this] { return keys.take(); };
    world.logs.started = time.now();
    world.logs.stream = random_uuid(crypto::system_random()) + "_" + chosen.account + "_0";
    host.emplace(loop, time, log, *records, world, crypto::system_random(), chosen.settings,
                 chosen.soft, chosen.cores - 1);
    return load();
}

result<void> local_cloud::inside::load() {
    std::optional<error> damaged;
    auto const each = [&](std::string_view kind, std::string_view key, std::string_view value) {
        if (damaged)
            return;
        auto const take = [&](result<bool> const& taken) {
            if (!taken)
                damaged = taken.error();
            return !taken || *taken;
        };
        // Kinds that nobody knows belong to a newer version of the same schema: left alone.
        (void)(take(world.restore(kind, key, value)) || take(host->restore(kind, key, value)) ||
               take(known_stacks.restore(kind, key, value)));
    };
    auto loaded = records->store().load(each);
    if (loaded && damaged)
        return *damaged;
    if (loaded)
        host->restored();
    return loaded;
}

result<void> local_cloud::inside::listen() {
    if (chosen.insecure_mqtt && !is_loopback(chosen.insecure_mqtt->ip))
        return fail(errc::insecure_mqtt_not_loopback, "`" + chosen.insecure_mqtt->ip + "`");
    // TLS clients check validity by the system's time, whatever our own clock is set to.
    auto identity = prepare_certificates(directory(), clock{}.now());
    if (!identity)
        return identity.error();
    world.settings.device_authority = identity->authority;
    using net::certificate_request;
    auto const make_tls = [&](std::vector<net::alpn_protocol> alpn, certificate_request ask,
                              std::shared_ptr<net::server_tls const>& into) -> result<void> {
        auto made = net::server_tls::make(identity->server.certificate_pem,
                                          identity->server.private_key_pem, std::move(alpn), ask);
        if (!made)
            return made.error();
        into = *made;
        return {};
    };
    if (auto done = make_tls({{mqtt_by_certificate, certificate_request::always},
                              {http_by_certificate, certificate_request::always},
                              {"http/1.1"}},
                             certificate_request::never, shared_tls);
        !done)
        return done;
    if (auto done = make_tls({{mqtt_by_certificate, certificate_request::always}},
                             certificate_request::always, device_tls);
        !done)
        return done;
    auto const open = [&](std::optional<listen_address> const& at,
                          std::unique_ptr<net::listener>& into) -> result<void> {
        if (!at)
            return {};
        auto opened = net::listener::open(loop, at->ip, at->port);
        if (!opened)
            return opened.error();
        into = std::move(*opened);
        return {};
    };
    if (auto done = open(chosen.listen, shared_listener); !done)
        return done;
    if (auto done = open(chosen.mqtts, mqtts_listener); !done)
        return done;
    if (auto done = open(chosen.insecure_mqtt, insecure_listener); !done)
        return done;

    auto const port = std::to_string(shared_listener->local().port);
    ready.endpoint = "https://localhost:" + port;
    // A listener on every address is reached on loopback, too; one on a single address only there.
    auto const& ip = chosen.listen.ip;
    bool const is_any = ip == "0.0.0.0" || ip == "::";
    auto const host_text = is_any                              ? "127.0.0.1"
                           : ip.find(':') != std::string::npos ? "[" + ip + "]"
                                                               : ip;
    ready.http_endpoint = "http://" + host_text + ":" + port;
    ready.console = ready.http_endpoint + "/_cogniot/";
    if (mqtts_listener)
        ready.mqtts = "localhost:" + std::to_string(mqtts_listener->local().port);
    if (insecure_listener) {
        auto const at = insecure_listener->local();
        ready.insecure_mqtt = (at.ip.find(':') != std::string::npos ? "[" + at.ip + "]" : at.ip) +
                              ":" + std::to_string(at.port);
    }
    ready.ca_file = identity->ca_file.string();
    ready.region = chosen.region;
    ready.account = chosen.account;
    ready.access_key_id = world.settings.root_access_key_id;
    ready.secret_access_key = world.settings.root_secret_access_key;
    world.settings.iot_endpoint = "localhost:" + port;
    return {};
}

result<void> local_cloud::inside::apply_templates() {
    auto const root = cloud::sts::make_root(world);
    for (auto const& file : chosen.templates) {
        auto const text = read_file(file);
        if (!text)
            return fail(template_errc::file_not_readable,
                        "`" + file.string() + "`: " + text.error().message());
        std::vector<record> persist;
        cloud::call as_root{world,   time.now(), root, chosen.region, crypto::system_random(),
                            persist, "127.0.0.1"};
        auto applied = apply_template(as_root, known_stacks, file.string(), *text);
        if (!applied)
            return applied.error();
        if (auto done = records->commit(persist); !done)
            return done;
        template_report report{file, applied->name};
        for (auto const& change : applied->changes)
            if (change.what != stack_result::change::kind::unchanged)
                ++report.changed;
        report.warnings = std::move(applied->warnings);
        report.outputs = std::move(applied->outputs);
        reports.push_back(std::move(report));
    }
    return {};
}

/// Credentials that expired long ago leave memory and disk.
net::task<void> local_cloud::inside::run_forgetting() {
    constexpr std::chrono::minutes interval{10};
    for (;;) {
        bool const slept = co_await net::sleep_for(interval);
        if (!slept)
            co_return;
        std::vector<record> gone;
        cloud::sts::forget_expired(world.sts, time.now(), gone);
        // A failed commit keeps them owed; they are written with the next batch.
        if (!gone.empty())
            (void)records->commit(gone);
    }
}

void local_cloud::inside::serve() {
    api.emplace(api_context{world, crypto::system_random(), log, chosen.soft, faults, &*host,
                            chosen.settings.upgrade});
    stream.emplace(loop, log, time);
    front.emplace(*api, *records, *host, keys, time, chosen.settings.broker,
                  status_source{ready, log, *stream, *host, world, time.now(), chosen.soft});
    front->after_change();
    host->faults_changed(faults);
    timers.spawn([this] { return host->run_timers(); });
    timers.spawn([this] { return run_forgetting(); });
    connections.spawn([this] {
        return shared_listener->run_accepting(
            connections, net::tls_use::by_first_byte, shared_tls, net::server_limits{},
            [this](net::stream_ptr peer) { return front->run_connection(std::move(peer)); });
    });
    if (mqtts_listener)
        connections.spawn([this] {
            return mqtts_listener->run_accepting(
                connections, net::tls_use::always, device_tls, net::server_limits{},
                [this](net::stream_ptr peer) { return front->run_device(std::move(peer)); });
        });
    if (insecure_listener)
        connections.spawn([this] {
            return insecure_listener->run_accepting(
                connections, net::tls_use::never, nullptr, net::server_limits{},
                [this](net::stream_ptr peer) {
                    static auto const everybody = std::make_shared<local_tool const>();
                    return host->run_connection(std::move(peer), broker::standard_profile(),
                                                everybody, mqtt_host::transport::tcp, {});
                });
        });
}

result<std::unique_ptr<local_cloud>> local_cloud::start(net::loop& l, options chosen) {
    auto made = std::make_unique<inside>(l, std::move(chosen));
    if (auto done = made->open_state(); !done)
        return done.error();
    if (auto done = made->listen(); !done)
        return done.error();
    if (auto done = made->apply_templates(); !done)
        return done.error();
    made->serve();
    return std::unique_ptr<local_cloud>(new local_cloud(std::move(made)));
}

local_cloud::local_cloud(std::unique_ptr<inside> in) : in_(std::move(in)) {}
local_cloud::~local_cloud() = default;

ready_info const& local_cloud::ready() const {
    return in_->ready;
}
std::vector<template_report> const& local_cloud::templates() const {
    return in_->reports;
}
cloud::world& local_cloud::world() {
    return in_->world;
}

net::task<void> local_cloud::stop() {
    for (auto* one : {&in_->shared_listener, &in_->mqtts_listener, &in_->insecure_listener})
        if (*one)
            (*one)->close();
    auto ending = in_->host->stop();
    co_await std::move(ending);
    in_->timers.cancel();
    in_->connections.cancel();
    auto joining = in_->timers.join();
    co_await std::move(joining);
    auto all = in_->connections.join();
    co_await std::move(all);
    in_->log.flush();
}

} // namespace cogniot::local
