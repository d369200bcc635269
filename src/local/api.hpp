// A call of an AWS API from HTTP request to HTTP response: dispatch, signature, policy, operation.
//
// Pure but for the world it changes: no socket, no clock, no store. The caller commits `persist`
// before it sends the response.
#pragma once

#include "base/random_source.hpp"
#include "base/record.hpp"
#include "cloud/authorise.hpp"
#include "cloud/service.hpp"
#include "cloud/world.hpp"
#include "local/event_log.hpp"
#include "local/faults/plan.hpp"
#include "local/upgrade_rules.hpp"
#include "net/http.hpp"
#include "sigv4/signing_keys.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace cogniot::local {

/// Where a request came from.
struct request_source {
    std::string ip;
    std::uint16_t port = 0;
    cloud::transport how = cloud::transport::plain;
    /// The name the client connected to, for policies (iot:DomainName): Host without its port.
    std::string domain_name{};
    /// The connection is AWS IoT's data plane for devices with certificates, and nothing else.
    /// Signatures do not count there.
    bool by_certificate = false;
    /// Who the certificate of such a connection belongs to; null if nobody may come in with it.
    std::shared_ptr<cloud::principal const> certificate_owner{};
};

struct api_context {
    cloud::world& world;
    random_source& random;
    event_log& log;
    /// Log refusals of policies but let the call through.
    bool soft = false;
    fault_plan& faults;
    /// The broker, for AWS IoT's data plane.
    cloud::iot_data::messaging* messages = nullptr;
    upgrade_rules upgrade{};
    sigv4::signing_keys keys{};
};

struct api_answer;

/// A call that is answered when something else has happened. The request and the context it was
/// made of live as long.
class later_answer {
  public:
    virtual ~later_answer() = default;
    virtual cloud::confirmation_id waits_for() const = 0;
    /// To be called once, with what it waited for.
    virtual api_answer finish(cloud::outcome<void> const&, utc_time now) = 0;
};

struct api_answer {
    net::http_response response;
    std::vector<record> persist;
    /// How long to hold it back: a fault.
    std::chrono::milliseconds delay{};
    /// There is no response yet; what is to persist is to be committed all the same.
    std::shared_ptr<later_answer> later{};
};

api_answer answer_api(api_context&, net::http_request const&, request_source const&, utc_time now);

/// What to answer when the batch of a call, or what is owed from before it, could not be committed.
net::http_response answer_not_stored(net::http_request const&, error const&, std::string request_id,
                                     utc_time now);

} // namespace cogniot::local
