#include "client/errors.hpp"

#include "base/error_category.hpp"

namespace cogniot::client {

std::string_view describe(errc e) {
    switch (e) {
    case errc::setting_missing:
        return "setting missing";
    case errc::setting_unusable:
        return "setting not usable";
    case errc::config_file_unreadable:
        return "configuration file not readable";
    case errc::password_refused:
        return "wrong password or unknown user";
    case errc::secret_hash_refused:
        return "app client secret missing or wrong";
    case errc::user_not_confirmed:
        return "user not confirmed";
    case errc::password_reset_required:
        return "password must be reset";
    case errc::user_disabled:
        return "user disabled";
    case errc::sign_in_locked:
        return "locked after too many wrong passwords";
    case errc::flow_not_enabled:
        return "sign-in flow not enabled for the app client";
    case errc::challenge_answer_refused:
        return "answer to the challenge refused";
    case errc::challenge_unanswered:
        return "challenge not answered";
    case errc::refresh_refused:
        return "refresh token refused";
    case errc::sign_in_refused:
        return "sign-in refused";
    case errc::identity_refused:
        return "identity pool refused";
    case errc::identity_not_found:
        return "identity not found";
    case errc::backend_credentials_missing:
        return "no backend credentials found";
    case errc::backend_credentials_refused:
        return "backend credentials refused";
    case errc::signature_refused:
        return "signature refused";
    case errc::clock_skewed:
        return "clock too far off";
    case errc::call_not_authorised:
        return "API call not authorised";
    case errc::policy_not_found:
        return "IoT policy not found";
    case errc::connect_denied:
        return "connect denied";
    case errc::publish_denied:
        return "publish denied";
    case errc::subscribe_denied:
        return "subscribe denied";
    case errc::client_id_taken_over:
        return "client ID taken over";
    case errc::throttled:
        return "throttled";
    case errc::service_unavailable:
        return "service unavailable";
    case errc::call_refused:
        return "API call refused";
    case errc::answer_not_understood:
        return "answer not understood";
    case errc::broker_refused_connect:
        return "broker refused CONNECT";
    case errc::broker_broke_protocol:
        return "broker broke the MQTT protocol";
    case errc::hung_up:
        return "broker hung up";
    case errc::ping_unanswered:
        return "broker did not answer a ping";
    case errc::no_answer_in_time:
        return "broker did not answer in time";
    case errc::deadline_passed:
        return "deadline passed";
    case errc::outgoing_queue_full:
        return "outgoing queue full";
    case errc::stopped:
        return "stopped";
    }
    return "unknown client error";
}

error_code make_error_code(errc e) {
    return enum_code("client", e);
}

} // namespace cogniot::client
