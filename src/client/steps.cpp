#include "client/steps.hpp"

#include "client/errors.hpp"
#include "client/identity_pool.hpp"

namespace cogniot::client {
namespace {

/// A refusal that says nothing about the caller: too fast, or broken over there.
std::optional<error> service_trouble(aws_error const& refused, std::string const& operation) {
    switch (classify(refused)) {
    case failure::throttled:
        return fail(errc::throttled, operation + ": " + refused.text());
    case failure::transient:
    case failure::timed_out:
        return fail(errc::service_unavailable, operation + ": " + refused.text());
    default:
        return {};
    }
}

} // namespace

net::task<result<sign_in_outcome>> sign_in(aws_caller& aws, app_client app, user_password user) {
    auto calling = aws.call(make_initiate_auth(app, user));
    auto answer = co_await std::move(calling);
    if (!answer)
        co_return answer.error();
    if (answer->refused) {
        if (auto trouble = service_trouble(*answer->refused, "InitiateAuth"))
            co_return *trouble;
        co_return sign_in_error(*answer->refused, app);
    }
    co_return read_sign_in(answer->body, user.user_name, aws.now());
}

net::task<result<sign_in_outcome>> respond_to(aws_caller& aws, app_client app, challenge to,
                                              challenge_answer with) {
    auto calling = aws.call(make_respond(app, to, with));
    auto answer = co_await std::move(calling);
    if (!answer)
        co_return answer.error();
    if (answer->refused) {
        if (auto trouble = service_trouble(*answer->refused, "RespondToAuthChallenge"))
            co_return *trouble;
        co_return challenge_error(*answer->refused, to);
    }
    co_return read_sign_in(answer->body, to.user_name, aws.now());
}

net::task<result<tokens>> refresh(aws_caller& aws, app_client app, tokens old) {
    auto calling = aws.call(make_refresh(app, old));
    auto answer = co_await std::move(calling);
    if (!answer)
        co_return answer.error();
    if (answer->refused) {
        if (auto trouble = service_trouble(*answer->refused, "InitiateAuth (refresh)"))
            co_return *trouble;
        co_return refresh_error(*answer->refused);
    }
    co_return read_refresh(answer->body, old, aws.now());
}

net::task<result<identity_id>> get_id(aws_caller& aws, std::string identity_pool_id, tokens of) {
    auto calling = aws.call(make_get_id(identity_pool_id, of));
    auto answer = co_await std::move(calling);
    if (!answer)
        co_return answer.error();
    if (answer->refused) {
        if (auto trouble = service_trouble(*answer->refused, "GetId"))
            co_return *trouble;
        co_return identity_error(*answer->refused);
    }
    co_return read_get_id(answer->body);
}

net::task<result<user_credentials>> get_credentials(aws_caller& aws, identity_id id, tokens of) {
    auto calling = aws.call(make_get_credentials(id, of));
    auto answer = co_await std::move(calling);
    if (!answer)
        co_return answer.error();
    if (answer->refused) {
        if (auto trouble = service_trouble(*answer->refused, "GetCredentialsForIdentity"))
            co_return *trouble;
        co_return credentials_error(*answer->refused);
    }
    co_return read_credentials(answer->body, id);
}

net::task<result<void>> attach_policy(aws_caller& aws, std::string policy_name, identity_id to) {
    auto const call = make_attach_policy(policy_name, to);
    auto calling = aws.call(call);
    auto answer = co_await std::move(calling);
    if (!answer)
        co_return answer.error();
    if (answer->refused) {
        // Ten policies a target is a limit for good, though its code reads like a throttle.
        if (answer->status != 410)
            if (auto trouble = service_trouble(*answer->refused, "AttachPolicy"))
                co_return *trouble;
        co_return backend_call_error(*answer->refused, call, aws.skew().report());
    }
    co_return result<void>();
}

net::task<result<bool>> add_user(aws_caller& aws, std::string user_pool_id, user_password user,
                                 std::map<std::string, std::string> attributes) {
    auto const create = make_admin_create_user(user_pool_id, user.user_name, attributes);
    auto creating = aws.call(create);
    auto created = co_await std::move(creating);
    if (!created)
        co_return created.error();
    bool const exists = created->refused && created->refused->code == "UsernameExistsException";
    if (created->refused && !exists)
        co_return backend_call_error(*created->refused, create, aws.skew().report());
    auto const set = make_admin_set_password(user_pool_id, user);
    auto setting = aws.call(set);
    auto done = co_await std::move(setting);
    if (!done)
        co_return done.error();
    if (done->refused) {
        auto e = backend_call_error(*done->refused, set, aws.skew().report());
        if (!exists)
            e.detail += "; the user was created, its password is not set yet";
        co_return e;
    }
    co_return !exists;
}

} // namespace cogniot::client
