#include "cli/device_log.hpp"

#include "base/utc_time.hpp"
#include "json/parse.hpp"

#include <chrono>
#include <ostream>

namespace cogniot::cli {
namespace {

/// `2026-11-22T03:04:05.678Z`
std::string now_in_milliseconds() {
    auto text = print_log(
        std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()));
    text[text.find(' ')] = 'T';
    return text + "Z";
}

std::string_view name_of(client::device_news::kind what) {
    using kind = client::device_news::kind;
    switch (what) {
    case kind::got:
        return "got";
    case kind::no_shadow:
        return "no shadow";
    case kind::delta:
        return "delta";
    case kind::stale:
        return "stale";
    case kind::applied:
        return "applied";
    case kind::reported:
        return "reported";
    case kind::rejected:
        return "rejected";
    }
    return "?";
}

json::object members_of(client::device_news const& n) {
    json::object out;
    if (n.version != 0)
        out["version"] = n.version;
    using kind = client::device_news::kind;
    if (n.what == kind::rejected) {
        out["code"] = n.code;
        out["message"] = n.text;
    } else if (n.what != kind::no_shadow) {
        out["state"] = n.state;
    }
    return out;
}

std::string_view name_of(client::link_report::kind what) {
    using kind = client::link_report::kind;
    switch (what) {
    case kind::connecting:
        return "connecting";
    case kind::connected:
        return "connected";
    case kind::interrupted:
        return "interrupted";
    case kind::subscription_lost:
        return "subscription lost";
    case kind::ended:
        return "ended";
    }
    return "?";
}

} // namespace

client::device_observer device_log::observe(std::string const& thing) {
    return {.on_news =
                [this, thing](client::device_news const& n) {
                    write(thing, name_of(n.what), members_of(n));
                },
            .on_link =
                [this, thing](client::link_report const& r) {
                    using kind = client::link_report::kind;
                    if (r.what == kind::connecting)
                        return;
                    write(thing, name_of(r.what),
                          r.what == kind::connected ? json::object{}
                                                    : json::object{{"why", r.why.message()}});
                },
            .on_drop = [this, thing] { write(thing, "dropped"); },
            .on_trouble =
                [this, thing](error const& why) {
                    write(thing, "trouble", {{"why", why.message()}});
                }};
}

void device_log::provisioned(std::string const& thing, std::string const& certificate_arn,
                             std::string const& certificate_file) {
    write(thing, "provisioned", {{"certificate", certificate_arn}, {"file", certificate_file}});
}

void device_log::write(std::string_view thing, std::string_view event,
                       json::object const& members) {
    if (is_stopped_)
        return;
    json::object line{{"at", now_in_milliseconds()}, {"thing", thing}, {"event", event}};
    for (auto const& [name, value] : members)
        line[name] = value;
    out_ << json::print(line) << "\n" << std::flush;
}

} // namespace cogniot::cli
