#include "local/device_admission.hpp"

#include "base/text.hpp"
#include "cloud/iot/device.hpp"

#include <utility>

namespace cogniot::local {

std::shared_ptr<cloud::principal const> admit_device(api_context& in, net::stream const& peer,
                                                     std::string_view protocol, utc_time now) {
    auto const checked =
        cloud::iot::check_device(in.world, in.world.settings.region, peer.peer_certificate(), now);
    if (checked.who)
        return checked.who;
    auto const from = peer.remote();
    auto const target = peer.local();
    in.log.begin_request();
    in.log.write({.type = "Connection.AuthNError",
                  .success = false,
                  .principal_id = checked.certificate_id,
                  .source_ip = from.ip},
                 now, [&](log_fields& line) {
                     line.text("protocol", protocol).text("authenticationType", "AWS_X509");
                     if (!checked.certificate_id.empty())
                         line.text("principalId", checked.certificate_id);
                     line.text("sourceIp", from.ip)
                         .number("sourcePort", from.port)
                         .text("targetIp", target.ip)
                         .number("targetPort", target.port)
                         .text("serverNameIndication", printable(peer.server_name(), 255))
                         .text("reason", checked.reason)
                         .text("details", checked.details)
                         .explanation(checked.explanation);
                 });
    in.log.flush();
    return nullptr;
}

} // namespace cogniot::local
