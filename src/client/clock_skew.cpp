#include "client/clock_skew.hpp"

namespace cogniot::client {

std::string print_span(std::chrono::seconds span) {
    auto const total = span.count();
    if (total < 120)
        return std::to_string(total) + " s";
    if (total < 7200)
        return std::to_string(total / 60) + " min " + std::to_string(total % 60) + " s";
    if (total < 2 * 86400)
        return std::to_string(total / 3600) + " h " + std::to_string(total % 3600 / 60) + " min";
    return std::to_string(total / 86400) + " days";
}

void clock_skew::observe(std::string_view date_header, utc_time sent, utc_time received) {
    auto const server = parse_http(date_header);
    if (!server)
        return;
    // The Date was taken somewhere between sending and receiving, and then cut to whole seconds.
    measured_ = *server + std::chrono::milliseconds(500) - (sent + (received - sent) / 2);
    auto const size = std::chrono::abs(*measured_);
    correction_ = size >= threshold ? *measured_ : std::chrono::milliseconds(0);
}

std::string clock_skew::report() const {
    if (!measured_ || std::chrono::abs(*measured_) < threshold)
        return {};
    auto const size = std::chrono::round<std::chrono::seconds>(std::chrono::abs(*measured_));
    return "this machine's clock is " + print_span(size) +
           (measured_->count() > 0 ? " behind" : " ahead of") + " AWS's";
}

} // namespace cogniot::client
