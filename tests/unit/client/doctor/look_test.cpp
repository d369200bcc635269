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
                 reason::not_permitted},
             row{"credentials expired",
                 {.status = 400, .code = "ExpiredTokenException"},
                 reason::not_permitted},
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
        CHECK(u.says.size() > 10);
    }
    CHECK(explain_failure(call, fail(errc::backend_credentials_missing)).permission ==
          "iam:GetRole");
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
    CHECK(not_seen(step::trust, {}, code, "").how == verdict::not_available);
}
