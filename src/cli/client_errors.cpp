#include "cli/client_errors.hpp"

#include "client/errors.hpp"
#include "json/parse.hpp"
#include "mqtt/codec.hpp"
#include "net/task.hpp"

namespace cogniot::cli {
namespace {

exit_code of_client(client::errc e) {
    using enum client::errc;
    switch (e) {
    case setting_missing:
    case setting_unusable:
    case config_file_unreadable:
    case policy_not_found:
        return exit_code::usage;
    case password_refused:
    case secret_hash_refused:
    case user_not_confirmed:
    case password_reset_required:
    case user_disabled:
    case sign_in_locked:
    case flow_not_enabled:
    case challenge_answer_refused:
    case challenge_unanswered:
    case refresh_refused:
    case sign_in_refused:
        return exit_code::sign_in_refused;
    case identity_refused:
    case identity_not_found:
    case backend_credentials_missing:
    case backend_credentials_refused:
    case signature_refused:
    case clock_skewed:
        return exit_code::credentials_refused;
    case call_not_authorised:
    case connect_denied:
    case publish_denied:
    case subscribe_denied:
        return exit_code::not_authorised;
    case no_answer_in_time:
    case deadline_passed:
        return exit_code::timed_out;
    case throttled:
    case service_unavailable:
    case client_id_taken_over:
    case broker_refused_connect:
    case hung_up:
    case ping_unanswered:
    case stopped:
        return exit_code::network;
    case call_refused:
    case answer_not_understood:
    case broker_broke_protocol:
    case outgoing_queue_full:
        return exit_code::failed;
    }
    return exit_code::failed;
}

exit_code of_net(net::errc e) {
    switch (e) {
    case net::errc::timed_out:
        return exit_code::timed_out;
    case net::errc::address_not_usable:
        return exit_code::usage;
    default:
        return exit_code::network;
    }
}

template <typename Errc>
bool is_from(error const& e, Errc any) {
    return e.code.category() == make_error_code(any).category();
}

} // namespace

exit_code exit_code_of(error const& e) {
    if (is_from(e, client::errc::stopped))
        return of_client(static_cast<client::errc>(e.code.value()));
    if (is_from(e, net::errc::cancelled))
        return of_net(static_cast<net::errc>(e.code.value()));
    // Topics and payloads are checked before anything is sent.
    if (is_from(e, mqtt::errc::topic_empty) || is_from(e, json::errc::not_json))
        return exit_code::usage;
    return exit_code::failed;
}

} // namespace cogniot::cli
