#include "client/doctor/look.hpp"
#include "client/errors.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::client;
using namespace cogniot::client::doctor;

TEST_CASE("why a look failed: not permitted names the permission, absent is a cause, the rest is "
          "unknown (spec cognito-iam-sigv4 5.8, 6.1, 7.1)") {
    using reason = unseen::reason;
    struct row {
        char const* id;
        aws_error refused;
        reason why;
        /// No permission would help.
        bool has_bad_credentials = false;
    };
    auto const call = make_get_role("r");
    for (auto const& r : {
             row{"IAM", {.status = 403, .code = "AccessDenied"}, reason::not_permitted},
             row{"IoT, Cognito",
                 {.status = 403, .code = "AccessDeniedException"},
                 reason::not_permitted},
             row{"Cognito's older form",
                 {.status = 400,
                 .code = "NotAuthorizedException",
                 .message = "User: arn is not authorized to perform: x:Y"},
                 reason::not_permitted},
             row{"credentials unknown",
                 {.status = 403, .code = "InvalidClientTokenId"},
                 reason::not_available,
                 true},
             row{"credentials expired",
                 {.status = 400, .code = "ExpiredTokenException"},
                 reason::not_available,
                 true},
             row{"a wrong secret access key",
                 {.status = 403, .code = "InvalidSignatureException"},
                 reason::not_available,
                 true},
             row{"no such role", {.status = 404, .code = "NoSuchEntity"}, reason::absent},
             row{"no such pool",
                 {.status = 400, .code = "ResourceNotFoundException"},
                 reason::absent},
             row{"not built", {.status = 501, .code = "NotImplemented"}, reason::not_available},
             row{"too fast", {.status = 400, .code = "ThrottlingException"}, reason::not_available},
         }) {
        CAPTURE(r.id);
        auto const u = explain_refusal(call, r.refused);
        CHECK(u.why == r.why);
        CHECK((u.permission == "iam:GetRole") == (r.why == reason::not_permitted));
        CHECK(u.has_bad_credentials == r.has_bad_credentials);
        CHECK(u.says.size() > 10);
    }
    CHECK(explain_failure(call, fail(errc::backend_credentials_missing)).permission ==
          "iam:GetRole");
    auto const refused = explain_failure(call, fail(errc::backend_credentials_refused, "process"));
    CHECK(refused.why == reason::not_available);
    CHECK(refused.has_bad_credentials);
    CHECK(refused.permission.empty());
    CHECK(explain_failure(call, fail(net::errc::timed_out)).why == reason::not_available);
}

TEST_CASE("only what is absent fails a step") {
    auto const code = make_error_code(errc::identity_refused);
    CHECK(not_seen(step::trust, {.why = unseen::reason::absent}, code, "make one").how ==
          verdict::failed);
    auto const denied = not_seen(
        step::trust, {.why = unseen::reason::not_permitted, .permission = "iam:GetRole"}, code, "");
    CHECK(denied.how == verdict::not_permitted);
    CHECK(denied.permission == "iam:GetRole");
    auto const refused = not_seen(step::trust, {.has_bad_credentials = true}, code, "");
    CHECK(refused.how == verdict::not_available);
    CHECK(refused.has_bad_credentials);
    CHECK(not_seen(step::trust, {}, code, "").how == verdict::not_available);
}
