#include "local/authenticate.hpp"

#include "base/text.hpp"
#include "cloud/sts/credentials.hpp"
#include "crypto/digest.hpp"
#include "local/dispatch.hpp"
#include "policy/arn.hpp"

#include <algorithm>
#include <stdexcept>

namespace cogniot::local {
namespace {

constexpr std::string_view wrong_signature =
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details.";
constexpr std::string_view unknown_token = "The security token included in the request is invalid.";
constexpr std::string_view expired_token = "The security token included in the request is expired";

auth_refusal read_refusal(error const& e) {
    using sigv4::errc;
    auto const is = [&](errc code) { return e.code == make_error_code(code); };
    if (is(errc::authorization_missing))
        return {auth_fault::missing};
    if (is(errc::scope_date_differs))
        return {auth_fault::wrong_scope, e.detail};
    if (is(errc::scope_malformed) && e.detail.starts_with("Credential should be scoped"))
        return {auth_fault::wrong_scope, e.detail};
    if (is(errc::host_not_signed) || is(errc::header_not_signed))
        return {auth_fault::signature_differs, e.detail};
    return {auth_fault::incomplete, e.detail};
}

std::string skew_message(sigv4::presented const& shown, utc_time now, std::chrono::seconds skew) {
    // AWS's own 5 minutes are `5 min.`; a setting may have less.
    auto const how_much = skew % std::chrono::minutes(1) == std::chrono::seconds(0)
                              ? std::to_string(skew / std::chrono::minutes(1)) + " min.)"
                              : std::to_string(skew.count()) + " sec.)";
    if (shown.at > now)
        return "Signature not yet current: " + shown.at_text + " is still later than " +
               print_basic(now + skew) + " (" + print_basic(now) + " + " + how_much;
    return "Signature expired: " + shown.at_text + " is now earlier than " +
           print_basic(now - skew) + " (" + print_basic(now) + " - " + how_much;
}

auth_refusal verify_refusal(error const& e, sigv4::presented const& shown, utc_time now,
                            std::chrono::seconds skew) {
    using sigv4::errc;
    auto const is = [&](errc code) { return e.code == make_error_code(code); };
    if (is(errc::expired) || is(errc::not_yet_valid))
        return {auth_fault::outside_time, skew_message(shown, now, skew), e.detail};
    if (is(errc::signature_differs) && !e.detail.empty())
        return {auth_fault::token_was_signed, std::string(wrong_signature), e.detail};
    return {auth_fault::signature_differs, std::string(wrong_signature), e.message()};
}

} // namespace

void throw_exception_from_error(auth_refusal const& r, boost::source_location const&) {
    throw std::runtime_error(r.message);
}

sigv4::request to_signed_request(net::http_request const& from) {
    return {from.method, std::string(from.path()), std::string(from.query()), from.headers.fields(),
            from.body};
}

std::string scope_service(sigv4::request const& request) {
    // Dispatch happens before verification: even a broken credential says which service's errors
    // the client understands.
    auto const service_in = [](std::string_view credential) -> std::string {
        auto const parts = split(credential, '/');
        return parts.size() >= 4 ? std::string(parts[3]) : std::string{};
    };
    for (auto const& [name, value] : request.headers) {
        if (!equals_ignoring_case(name, "authorization"))
            continue;
        auto const at = value.find("Credential=");
        if (at == std::string::npos)
            return {};
        auto const rest = std::string_view(value).substr(at + 11);
        return service_in(rest.substr(0, rest.find_first_of(", ")));
    }
    for (auto const part : split(request.query, '&'))
        if (part.starts_with("X-Amz-Credential="))
            if (auto const decoded = percent_decode(part.substr(17)))
                return service_in(*decoded);
    return {};
}

boost::system::result<authenticated, auth_refusal>
authenticate(cloud::world const& world, sigv4::request const& request, std::string_view service,
             sigv4::verify_options const& options, utc_time now) {
    auto const shown = sigv4::read_presented(request);
    if (!shown)
        return read_refusal(shown.error());
    auto const refuse = [&](auth_refusal r) {
        r.access_key_id = shown->access_key_id;
        return r;
    };
    auto const* meant = find_service(service);
    if (shown->in.service != service &&
        (meant == nullptr || !is_scope_of(*meant, shown->in.service)))
        return refuse(
            {auth_fault::wrong_scope,
             "Credential should be scoped to correct service: '" + std::string(service) + "'."});
    // Regions share one broker: a client that chose its region would choose which policies name it.
    bool const is_elsewhere = service == "iotdata" && shown->in.region != world.settings.region;
    if (is_elsewhere || !policy::is_region(shown->in.region))
        return refuse({auth_fault::wrong_scope,
                       "Credential should be scoped to a valid region, not '" +
                           printable(shown->in.region, 60) + "'. ",
                       is_elsewhere ? "this local cloud's broker is in " + world.settings.region +
                                          ": sign for it, or start with --region"
                                    : std::string{}});

    auto const found = cloud::sts::find_credentials(world, shown->access_key_id);
    if (!found)
        return refuse({auth_fault::unknown_key, std::string(unknown_token),
                       "no credentials with this access key ID were issued here, or they expired "
                       "long ago"});
    if (auto verified = sigv4::verify(request, *shown, found->secret_access_key, now, options);
        !verified)
        return refuse(verify_refusal(verified.error(), *shown, now, options.skew));

    if (!crypto::equal_in_constant_time(found->session_token.reveal(), shown->session_token))
        return refuse({auth_fault::token_invalid, std::string(unknown_token),
                       shown->session_token.empty() ? "the session token is missing"
                       : !found->expiry             ? "a long-term key has no session token"
                                                    : "the session token is not the one that was "
                                                      "issued with this access key"});
    if (found->expiry && now >= *found->expiry)
        return refuse({auth_fault::token_expired, std::string(expired_token),
                       "expired at " + print_extended(*found->expiry)});
    return authenticated{found->who, shown->in.region};
}

cloud::api_error to_api_error(auth_refusal const& r, cloud::wire form, bool is_data_plane) {
    struct row {
        auth_fault why;
        std::string_view query, query_message, json, json_message;
        int query_status;
    };
    static constexpr row rows[] = {
        {auth_fault::missing, "MissingAuthenticationToken",
         "Request is missing Authentication Token", "MissingAuthenticationTokenException",
         "Missing Authentication Token", 403},
        {auth_fault::incomplete, "IncompleteSignature", "", "IncompleteSignatureException", "",
         400},
        {auth_fault::unknown_key, "InvalidClientTokenId", "", "UnrecognizedClientException", "",
         403},
        {auth_fault::token_invalid, "InvalidClientTokenId", "", "UnrecognizedClientException", "",
         403},
        {auth_fault::token_expired, "ExpiredToken", "", "ExpiredTokenException", "", 403},
        {auth_fault::signature_differs, "SignatureDoesNotMatch", "", "InvalidSignatureException",
         "", 403},
    };
    auto const* found = std::ranges::find(rows, r.why, &row::why);
    if (found == std::end(rows)) // signed token, time and scope are faults of the signature
        found = std::end(rows) - 1;
    bool const is_query = form == cloud::wire::query_xml;
    auto message = is_query ? std::string(found->query_message) : std::string(found->json_message);
    if (message.empty())
        message = r.message;
    if (is_data_plane)
        return {"ForbiddenException", 403, std::move(message)};
    if (is_query)
        return {std::string(found->query), found->query_status, std::move(message)};
    int const status = form == cloud::wire::json_1_1 ? 400 : found->query_status;
    return {std::string(found->json), status, std::move(message)};
}

} // namespace cogniot::local
