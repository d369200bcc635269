#include "local/status_pages.hpp"

#include "local/dispatch.hpp"
#include "local/feed_query.hpp"

#include <boost/json.hpp>

#include <string>
#include <string_view>

namespace cogniot::local {
namespace {

using boost::json::array;
using boost::json::object;

constexpr std::string_view page = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>cogniot local cloud</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#222}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}
code{font:13px ui-monospace,monospace}h2{margin-top:2rem;font-size:1.1rem}.none{color:#777}
@media(prefers-color-scheme:dark){body{background:#161616;color:#ddd}td,th{border-color:#333}}
</style></head><body>
<h1>cogniot local cloud</h1>
<table id="info"></table>
<h2>Refusals, newest first</h2><div id="denials"></div>
<h2>MQTT connections</h2><div id="connections"></div>
<script>
const text=(tag,value)=>{const e=document.createElement(tag);e.textContent=value;return e};
const table=(rows,columns)=>{if(!rows.length){const p=text('p','none');p.className='none';return p}
 const t=document.createElement('table'),h=document.createElement('tr');
 columns.forEach(c=>h.append(text('th',c)));t.append(h);
 rows.forEach(r=>{const tr=document.createElement('tr');columns.forEach(c=>tr.append(text('td',r[c]??'')));t.append(tr)});return t};
const show=(id,node)=>{const at=document.getElementById(id);at.replaceChildren(node)};
async function refresh(){
 const get=async p=>(await fetch(p)).json();
 const info=await get('info');const t=document.getElementById('info');t.replaceChildren();
 for(const [k,v] of Object.entries(info)){const tr=document.createElement('tr');tr.append(text('th',k),text('td',typeof v==='object'?JSON.stringify(v):v));t.append(tr)}
 const d=await get('denials');show('denials',table(d.denials.reverse(),['timestamp','eventType','clientId','topicName','reason','explanation']));
 const c=await get('connections');show('connections',table(c.connections,['clientId','identityId','principalId','transport','sourceIp','connectedSince']));
}
refresh();setInterval(refresh,2000);
</script></body></html>
)";

net::http_response answer(std::string_view type, std::string body, utc_time now) {
    net::http_response made;
    made.headers.add("Content-Type", std::string(type));
    made.headers.add("Cache-Control", "no-store");
    made.headers.add("Date", print_http(now));
    made.body = std::move(body);
    return made;
}

net::http_response answer_json(object const& body, utc_time now) {
    return answer("application/json", boost::json::serialize(body), now);
}

/// The rings hold finished JSON: they are joined, not parsed again.
net::http_response answer_ring(std::string_view name, std::deque<std::string> const& ring,
                               utc_time now) {
    std::string body = "{\"" + std::string(name) + "\":[";
    for (auto const& line : ring) {
        if (body.back() != '[')
            body += ',';
        body += line;
    }
    return answer("application/json", body + "]}", now);
}

net::http_response answer_decisions(event_log const& log, std::string_view query, utc_time now) {
    auto const asked = parse_feed_query(query, now);
    if (!asked) {
        auto refused = answer_json({{"error", asked.error().message()}}, now);
        refused.status = 400;
        return refused;
    }
    return answer_json(log.decisions().print(*asked), now);
}

object health() {
    object services;
    for (auto const* s : known_services())
        // What a service cannot do yet is answered with 501 and a name; these can do their job.
        services[s->name] = s->operations.empty() ? "disabled" : "available";
    return {
        {"services", std::move(services)}, {"edition", "cogniot"}, {"version", COGNIOT_VERSION}};
}

object info(status_source const& from, utc_time now) {
    auto const& ready = from.ready;
    return {{"version", COGNIOT_VERSION},
            {"endpoint", ready.endpoint},
            {"http_endpoint", ready.http_endpoint},
            {"mqtts", ready.mqtts},
            {"insecure_mqtt", ready.insecure_mqtt ? boost::json::value(*ready.insecure_mqtt)
                                                  : boost::json::value(nullptr)},
            {"ca_file", ready.ca_file},
            {"region", ready.region},
            {"account", ready.account},
            {"soft", from.soft},
            {"clock", print_extended(now)},
            {"started", print_extended(from.started)},
            {"user_pools", from.world.cognito_idp.pools.size()},
            {"identity_pools", from.world.cognito_identity.pools.size()},
            {"connections", from.host.connection_count()},
            {"refusals", from.log.denial_count()}};
}

} // namespace

std::optional<net::http_response> answer_status(status_source const& from,
                                                net::http_request const& request, utc_time now) {
    if (request.method != "GET" && request.method != "HEAD")
        return {};
    auto const path = request.path();
    if (path == "/_localstack/health")
        return answer_json(health(), now);
    if (path == "/healthz")
        return answer_json({{"status", "ok"}}, now);
    if (path == "/_cogniot/" || path == "/_cogniot")
        return answer("text/html; charset=utf-8", std::string(page), now);
    if (path == "/_cogniot/info")
        return answer_json(info(from, now), now);
    if (path == "/_cogniot/decisions")
        return answer_decisions(from.log, request.query(), now);
    if (path == "/_cogniot/denials")
        return answer_ring("denials", from.log.denials(), now);
    if (path == "/_cogniot/log")
        return answer_ring("events", from.log.recent(), now);
    if (path == "/_cogniot/connections")
        return answer_json({{"connections", from.host.describe_connections()}}, now);
    return {};
}

} // namespace cogniot::local
