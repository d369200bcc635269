// The one place that sends API calls to AWS: signs when asked, reads errors, tries again, and
// learns how far this machine's clock is off. One thread (the loop's).
#pragma once

#include "client/aws_call.hpp"
#include "client/clock_and_chance.hpp"
#include "client/clock_skew.hpp"
#include "client/credentials_source.hpp"
#include "client/retry.hpp"
#include "client/settings.hpp"
#include "net/http_client.hpp"

#include <boost/json.hpp>

#include <chrono>
#include <functional>
#include <optional>

namespace cogniot::client {

/// What came back: `refused`, or the answer's members in `body`.
struct aws_answer {
    std::optional<aws_error> refused{};
    boost::json::object body{};
    int status = 0;
    unsigned attempts = 1;
};

class aws_caller {
  public:
    /// Which client carries a call: one for all, or one a service (the article's own way).
    using carriers = std::function<net::http_client&(service)>;

    /// @param backend  asked only for calls that are signed; may be empty if there are none
    aws_caller(aws_settings settings, carriers over, credentials_source backend,
               clock_and_chance around);

    /// Sends a call, three times at most by default (AWS's standard retry mode), and once more with
    /// other keys if the backend's own are not accepted.
    /// @return an answer, be it a refusal. @errors those of the network, of the backend's
    ///         credentials, and answer_not_understood
    net::task<result<aws_answer>> call(aws_call what);

    /// Where a service's API is.
    net::base_url const& endpoint(service) const;
    aws_settings const& settings() const { return settings_; }
    /// Shared with the MQTT link: presigned URLs carry the same clock.
    clock_skew& skew() { return skew_; }
    utc_time now() const { return around_.now(); }
    clock_and_chance const& around() const { return around_; }
    credentials_source const& backend() const { return backend_; }

    /// For one attempt, connecting included.
    static constexpr std::chrono::seconds attempt_timeout{15};

  private:
    net::task<result<net::http_request>> make_request(aws_call const& what, retry_plan const& plan);
    net::task<result<sigv4::credentials>> find_signer(aws_call const& what);
    net::task<result<net::http_response>> send_once(aws_call const& what, retry_plan const& plan);
    static failure classify_network(error const&);

    aws_settings settings_;
    carriers over_;
    credentials_source backend_;
    clock_and_chance around_;
    clock_skew skew_;
    retry_quota quota_;
};

} // namespace cogniot::client
