#include "client/backend_credentials.hpp"

#include "client/backend_credentials_fetch.hpp"
#include "client/errors.hpp"

#include <algorithm>

namespace cogniot::client {
namespace {

using namespace std::chrono_literals;

std::string list(std::vector<std::string> const& items) {
    std::string out;
    for (std::string const& item : items)
        out += (out.empty() ? "" : "; ") + item;
    return out;
}

/// Clears a flag and wakes whoever waits for it, however the coroutine ends.
class fetching {
  public:
    fetching(bool& flag, net::signal& done) : flag_(flag), done_(done) { flag_ = true; }
    ~fetching() {
        flag_ = false;
        done_.notify();
    }
    fetching(fetching const&) = delete;
    fetching& operator=(fetching const&) = delete;

  private:
    bool& flag_;
    net::signal& done_;
};

/// The failures that mean "this machine is no EC2 instance".
bool is_unreachable(error_code code) {
    for (auto const each :
         {net::errc::timed_out, net::errc::host_not_found, net::errc::connection_refused,
          net::errc::connection_lost, net::errc::host_unreachable, net::errc::not_http})
        if (code == make_error_code(each))
            return true;
    return false;
}

} // namespace

backend_credentials::tools backend_credentials::process_tools() {
    return {.around = process_surroundings(),
            .now =
                [] {
                    return std::chrono::floor<std::chrono::milliseconds>(
                        std::chrono::system_clock::now());
                },
            .run_process = run_shell_command};
}

backend_credentials::backend_credentials(net::loop& loop, net::http_client& http,
                                         aws_config const& config, tools given)
    : loop_(loop), http_(http), config_(config), tools_(std::move(given)), fetched_(loop) {}

bool backend_credentials::is_fresh(utc_time now) const {
    return kept_ && (!kept_->renew_at || now < *kept_->renew_at);
}

net::task<result<found_credentials>> backend_credentials::get() {
    while (is_fetching_) {
        bool const is_awake = co_await fetched_.wait();
        if (!is_awake)
            co_return fail(net::errc::cancelled);
    }
    utc_time const now = tools_.now();
    if (is_fresh(now))
        co_return kept_->found;

    fetching const guard(is_fetching_, fetched_);
    auto found = co_await fetch();
    if (!found) {
        bool const old_will_do =
            kept_ && kept_->found.expires && now + 1min < *kept_->found.expires;
        if (!old_will_do)
            co_return found.error();
        kept_->renew_at = std::min(now + 1min, *kept_->found.expires);
        co_return kept_->found;
    }
    kept_ = kept_credentials{.found = *found, .fetched_at = now, .renew_at = {}};
    if (found->expires)
        kept_->renew_at =
            *found->expires - std::min<utc_time::duration>(15min, (*found->expires - now) / 4);
    co_return std::move(*found);
}

net::task<result<found_credentials>> backend_credentials::fetch() {
    auto plan = plan_credentials(config_, tools_.around);
    if (!plan)
        co_return plan.error();
    std::vector<std::string> tried = std::move(plan->passed_over);
    if (plan->source) {
        bool const is_last_resort = std::holds_alternative<instance_metadata>(plan->source->how);
        auto found =
            co_await fetch_credentials({loop_, http_, config_, tools_}, *std::move(plan->source));
        if (found && found->expires && *found->expires <= tools_.now())
            co_return fail(errc::backend_credentials_refused, found->source +
                                                                  ": the credentials expired at " +
                                                                  print_extended(*found->expires));
        if (found || !is_last_resort || !is_unreachable(found.error().code))
            co_return found;
        tried.push_back(found.error().message());
    }
    co_return fail(errc::backend_credentials_missing, "tried " + list(tried));
}

} // namespace cogniot::client
