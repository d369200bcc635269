// What simulated devices did, as JSON lines on standard output, one event each:
//     {"at":"2026-11-22T03:04:05.678Z","thing":"d1","event":"delta","version":7,"state":{…}}
#pragma once

#include "client/simulated_device.hpp"

#include <boost/json/object.hpp>

#include <iosfwd>
#include <string>
#include <string_view>

namespace cogniot::cli {

class device_log {
  public:
    explicit device_log(std::ostream& out) : out_(out) {}

    /// The log outlives the device.
    client::device_observer observe(std::string const& thing);
    void provisioned(std::string const& thing, std::string const& certificate_arn,
                     std::string const& certificate_file);
    /// Nothing is told from here on: what ends now was meant to end.
    void stop() { is_stopped_ = true; }

  private:
    void write(std::string_view thing, std::string_view event,
               boost::json::object const& members = {});

    std::ostream& out_;
    bool is_stopped_ = false;
};

} // namespace cogniot::cli
