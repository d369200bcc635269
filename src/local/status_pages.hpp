// What the local cloud tells about itself: health in LocalStack's shape, and /_cogniot/.
#pragma once

#include "local/api.hpp"
#include "local/event_stream.hpp"
#include "local/local_cloud.hpp"
#include "local/mqtt_host.hpp"

#include <optional>

namespace cogniot::local {

struct status_source {
    ready_info const& ready;
    event_log const& log;
    event_stream& stream;
    mqtt_host const& host;
    cloud::world const& world;
    utc_time started;
    bool soft = false;
};

/// Answers /_localstack/health, /healthz, /_cogniot/ and the JSON below it; nothing for other
/// paths.
std::optional<net::http_answer> answer_status(status_source const&, net::http_request const&,
                                              utc_time now);

} // namespace cogniot::local
