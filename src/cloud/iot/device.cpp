#include "cloud/iot/device.hpp"

#include "cloud/world.hpp"

#include <utility>

namespace cogniot::cloud::iot {

namespace {

device_check refuse(std::string_view reason, std::string_view details, std::string explanation,
                    std::string id) {
    return {.reason = reason,
            .details = details,
            .explanation = std::move(explanation),
            .certificate_id = std::move(id)};
}

device_check refuse_unregistered(world const& w, std::string_view region, std::string id) {
    auto words = "certificate `" + id + "` is not registered in " + std::string(region);
    for (auto const& [name, other] : w.iot.regions)
        if (other.find_certificate(id))
            words += " (it is in " + name + ", where the broker is not)";
    words += ": register it with `aws iot register-certificate-without-ca --certificate-pem "
             "file://CERTIFICATE.pem --status ACTIVE --region " +
             std::string(region) +
             "`, or make one with `aws iot create-keys-and-certificate --set-as-active`";
    return refuse("DEVICE_CERTIFICATE_NOT_REGISTERED", "Device certificate is not registered",
                  std::move(words), std::move(id));
}

device_check refuse_state(certificate const& c) {
    auto const activate = "activate it with `aws iot update-certificate --new-status ACTIVE "
                          "--certificate-id " +
                          c.details.id + " --region " + c.region + "`";
    auto const begin = "certificate `" + c.details.id + "` is " + c.status + ": ";
    if (c.status == "REVOKED")
        return refuse("DEVICE_CERTIFICATE_REVOKED", "Device certificate is revoked",
                      begin + "give the device another one, or " + activate, c.details.id);
    return refuse("DEVICE_CERTIFICATE_INACTIVE", "Device certificate is not active",
                  begin + activate, c.details.id);
}

} // namespace

device_check check_device(world const& w, std::string_view region, std::string_view certificate_der,
                          utc_time now) {
    // AWSIotLogsV2 has no reason of its own for the cases that TLS itself refuses on AWS.
    constexpr std::string_view not_authenticated = "NOT_AUTHENTICATED";
    constexpr std::string_view not_authenticated_details =
        "The credentials provided could not be authenticated";
    if (certificate_der.empty())
        return refuse(not_authenticated, not_authenticated_details,
                      "the client showed no certificate: here devices authenticate with one; give "
                      "the client its certificate and private key, or connect with MQTT over "
                      "WebSocket and Signature Version 4 on the shared port",
                      {});
    auto id = crypto::certificate_id(certificate_der);
    auto const* const registry = w.iot.find(region);
    auto const* const known = registry ? registry->find_certificate(id) : nullptr;
    if (!known)
        return refuse_unregistered(w, region, std::move(id));
    if (!known->is_active())
        return refuse_state(*known);
    auto const& validity = known->details;
    if (now < validity.not_before || now > validity.not_after)
        return refuse(not_authenticated, not_authenticated_details,
                      "certificate `" + id + "` is valid from " +
                          print_extended(validity.not_before) + " to " +
                          print_extended(validity.not_after) + ", and it is " +
                          print_extended(now) + ": give the device another one",
                      std::move(id));
    return {.who = std::make_shared<principal const>(principal{.what = principal::type::device,
                                                               .arn = known->arn,
                                                               .user_id = id,
                                                               .account = w.settings.account}),
            .certificate_id = id};
}

} // namespace cogniot::cloud::iot
