#include "client/flow.hpp"

#include "base/text.hpp"
#include "client/errors.hpp"

#include <algorithm>
#include <cassert>

namespace cogniot::client {
namespace {

using steady = std::chrono::steady_clock;

/// Times a step and keeps what it says until it is told.
struct stopwatch {
    steady::time_point since = steady::now();
    std::chrono::microseconds took() const {
        return std::chrono::duration_cast<std::chrono::microseconds>(steady::now() - since);
    }
};

std::string where(net::base_url const& to) {
    return (to.at.tls ? "https://" : "http://") + to.at.host_header() + to.path;
}

std::string show(tokens const& t) {
    return "IdToken " + masked(t.id_token.reveal()) + ", RefreshToken " +
           masked(t.refresh_token.reveal()) + ", sub " + printable(t.sub);
}

std::string show(user_credentials const& c) {
    return "AccessKeyId " + printable(c.access_key_id) + ", SecretKey ***, SessionToken " +
           masked(c.session_token.reveal()) + ", until " + print_extended(c.expires);
}

} // namespace

user_flow::user_flow(parts p) : parts_(std::move(p)) {
    if (parts_.cache == nullptr) {
        own_cache_ = std::make_unique<identity_cache>();
        parts_.cache = own_cache_.get();
    }
    auto const carrier = [this](std::string_view name) -> net::http_client& {
        // Like the article's code, where each service has a client and so a connection of its own.
        auto& made = carriers_[parts_.how == order::sequential ? std::string(name) : "all"];
        if (!made)
            made = std::make_unique<net::http_client>(parts_.on, parts_.trust);
        return *made;
    };
    aws_ = std::make_unique<aws_caller>(
        parts_.aws, [carrier](service s) -> net::http_client& { return carrier(service_name(s)); },
        parts_.backend, parts_.around);
    carrier("mqtt");
}

user_flow::~user_flow() = default;

net::http_client& user_flow::mqtt_carrier() {
    return *carriers_.at(parts_.how == order::sequential ? "mqtt" : "all");
}

void user_flow::tell(step_report r) {
    if (parts_.observer)
        parts_.observer(r);
}

void user_flow::warm() {
    if (parts_.how == order::sequential)
        return;
    // How many connections to each origin are in use at the same time, at most: the identity pool
    // and the control plane are asked beside each other, everything else in turn.
    std::map<net::origin, std::size_t> beside;
    ++beside[aws_->endpoint(service::cognito_identity).at];
    if (!parts_.job.iot_policy.empty())
        ++beside[aws_->endpoint(service::iot).at];
    std::map<net::origin, std::size_t> need = beside;
    for (auto const& origin : {aws_->endpoint(service::cognito_idp).at, parts_.job.iot_endpoint})
        if (!origin.host.empty())
            need[origin] = std::max<std::size_t>(need[origin], 1);
    for (auto const& [origin, count] : need)
        mqtt_carrier().warm(origin, count);
}

// Step 1

net::task<result<tokens>> user_flow::sign_in(user_password user) {
    user_ = user;
    stopwatch watch;
    step_report said{.name = "sign in",
                     .sent = where(aws_->endpoint(service::cognito_idp)) +
                             " InitiateAuth USER_PASSWORD_AUTH, USERNAME " +
                             printable(user.user_name) + ", PASSWORD ***" +
                             (parts_.job.app.client_secret.empty() ? "" : ", SECRET_HASH ***")};
    auto asking = client::sign_in(*aws_, parts_.job.app, user);
    auto outcome = co_await std::move(asking);
    // A pool asks a few questions at most: new password, then a code.
    for (int questions = 0; outcome && std::holds_alternative<challenge>(*outcome); ++questions) {
        auto const asked = std::get<challenge>(*outcome);
        said.came_back += "challenge " + printable(asked.name) + ", ";
        if (!parts_.answerer || questions == 8) {
            outcome =
                fail(errc::challenge_unanswered, "the user pool asks for " + printable(asked.name));
            break;
        }
        auto answering = parts_.answerer(asked);
        auto answer = co_await std::move(answering);
        if (!answer) {
            outcome = answer.error();
            break;
        }
        auto responding = respond_to(*aws_, parts_.job.app, asked, std::move(*answer));
        outcome = co_await std::move(responding);
    }
    said.took = watch.took();
    if (!outcome) {
        said.has_failed = true;
        said.came_back += outcome.error().message();
        tell(std::move(said));
        co_return outcome.error();
    }
    tokens_ = std::get<tokens>(std::move(*outcome));
    said.came_back += show(tokens_);
    tell(std::move(said));
    auto const& pool = parts_.job.user_pool_id;
    auto const& provider = tokens_.provider;
    if (!pool.empty() && !provider.ends_with("/" + pool))
        co_return fail(errc::setting_unusable, "--user-pool-id `" + pool +
                                                   "`: the app client belongs to `" +
                                                   printable(provider) + "`");
    co_return tokens_;
}

net::task<result<void>> user_flow::renew_tokens() {
    if (!tokens_.refresh_token.empty()) {
        auto asking = client::refresh(*aws_, parts_.job.app, tokens_);
        auto renewed = co_await std::move(asking);
        if (renewed) {
            tokens_ = std::move(*renewed);
            co_return result<void>();
        }
        if (renewed.error().code != make_error_code(errc::refresh_refused) ||
            user_.password.empty())
            co_return renewed.error();
    }
    auto signing = sign_in(user_);
    auto again = co_await std::move(signing);
    if (!again)
        co_return again.error();
    co_return result<void>();
}

// Steps 2 and 3

identity_key user_flow::cache_key() const {
    return {.endpoint = aws_->endpoint(service::cognito_identity).at.host_header(),
            .identity_pool_id = parts_.job.identity_pool_id,
            .provider = tokens_.provider,
            .sub = tokens_.sub};
}

net::task<result<identity_id>> user_flow::find_identity() {
    stopwatch watch;
    if (auto const known = parts_.cache->find(cache_key())) {
        identity_was_remembered_ = true;
        tell({.name = "identity",
              .sent = "nothing: remembered",
              .came_back = known->id.text,
              .took = watch.took()});
        co_return known->id;
    }
    identity_was_remembered_ = false;
    step_report said{.name = "identity",
                     .sent = where(aws_->endpoint(service::cognito_identity)) + " GetId " +
                             parts_.job.identity_pool_id + ", Logins " +
                             printable(tokens_.provider)};
    auto asking = get_id(*aws_, parts_.job.identity_pool_id, tokens_);
    auto id = co_await std::move(asking);
    said.took = watch.took();
    said.has_failed = !id.has_value();
    said.came_back = id ? "IdentityId " + printable(id->text) : id.error().message();
    tell(std::move(said));
    if (id)
        parts_.cache->keep(cache_key(), {.id = *id, .policies = {}});
    co_return id;
}

net::task<result<user_credentials>> user_flow::ask_credentials(identity_id id) {
    stopwatch watch;
    step_report said{.name = "credentials",
                     .sent = where(aws_->endpoint(service::cognito_identity)) +
                             " GetCredentialsForIdentity " + id.text};
    auto asking = get_credentials(*aws_, id, tokens_);
    auto got = co_await std::move(asking);
    said.took = watch.took();
    said.has_failed = !got.has_value();
    said.came_back = got ? show(*got) : got.error().message();
    tell(std::move(said));
    co_return got;
}

bool user_flow::wants_policy(identity_id const& id) const {
    if (parts_.job.iot_policy.empty())
        return false;
    auto const known = parts_.cache->find(cache_key());
    return !known || known->id != id || !known->policies.contains(parts_.job.iot_policy);
}

void user_flow::remember_policy(identity_id const& id) {
    auto known = parts_.cache->find(cache_key());
    if (!known || known->id != id)
        known = remembered_identity{.id = id, .policies = {}};
    known->policies.insert(parts_.job.iot_policy);
    parts_.cache->keep(cache_key(), *known);
}

net::task<result<void>> user_flow::ask_policy(identity_id id) {
    stopwatch watch;
    auto const& policy = parts_.job.iot_policy;
    step_report said{.name = "policy",
                     .sent = where(aws_->endpoint(service::iot)) + " AttachPolicy " + policy +
                             " to " + id.text};
    auto asking = attach_policy(*aws_, policy, id);
    auto done = co_await std::move(asking);
    said.took = watch.took();
    said.has_failed = !done.has_value();
    said.came_back = done ? "attached" : done.error().message();
    tell(std::move(said));
    if (done)
        remember_policy(id);
    co_return done;
}

net::task<result<void>> user_flow::find_credentials(identity_id id, reach how_far) {
    bool const attach = how_far == reach::publish && wants_policy(id);
    policy_was_remembered_ = how_far == reach::publish && !attach && !parts_.job.iot_policy.empty();
    if (how_far == reach::publish && !attach)
        tell({.name = "policy",
              .sent = "nothing: " + std::string(parts_.job.iot_policy.empty()
                                                    ? "no policy to attach"
                                                    : parts_.job.iot_policy + " is remembered"),
              .came_back = "-"});
    std::optional<result<user_credentials>> got;
    std::optional<result<void>> attached;
    auto const get = [&]() -> net::task<void> {
        auto asking = ask_credentials(id);
        got.emplace(co_await std::move(asking));
    };
    auto const put = [&]() -> net::task<void> {
        auto asking = ask_policy(id);
        attached.emplace(co_await std::move(asking));
    };
    if (attach && parts_.how == order::overlapped) {
        net::task_group both(parts_.on);
        both.spawn(get);
        both.spawn(put);
        auto joining = both.join();
        co_await std::move(joining);
    } else {
        auto getting = get();
        co_await std::move(getting);
        if (attach) {
            auto putting = put();
            co_await std::move(putting);
        }
    }
    if (!got)
        co_return fail(net::errc::cancelled);
    if (!*got)
        co_return got->error();
    if (attached && !*attached)
        co_return attached->error();
    credentials_ = std::move(**got);
    have_credentials_ = true;
    if (credentials_.identity != id) {
        // Cognito merged two identities: the one that came back counts from now on.
        parts_.cache->keep(cache_key(), {.id = credentials_.identity, .policies = {}});
        if (how_far == reach::publish && wants_policy(credentials_.identity)) {
            auto again = ask_policy(credentials_.identity);
            auto done = co_await std::move(again);
            if (!done)
                co_return done.error();
        }
    }
    co_return result<void>();
}

net::task<result<void>> user_flow::bring_up(user_password user, reach how_far) {
    warm();
    // The chain behind the backend's credentials may take round trips of its own: they begin now.
    net::task_group ahead(parts_.on);
    if (how_far == reach::publish && !parts_.job.iot_policy.empty() && parts_.backend.find &&
        parts_.how == order::overlapped)
        ahead.spawn([this]() -> net::task<void> {
            auto finding = parts_.backend.find();
            (void)co_await std::move(finding);
        });
    auto stepping = take_steps(std::move(user), how_far);
    auto done = co_await std::move(stepping);
    // Whether the steps needed them or not: nothing of ours may run on behind the caller's back.
    ahead.cancel();
    auto joining = ahead.join();
    co_await std::move(joining);
    co_return done;
}

net::task<result<void>> user_flow::take_steps(user_password user, reach how_far) {
    auto signing = sign_in(std::move(user));
    auto signed_in = co_await std::move(signing);
    if (!signed_in)
        co_return signed_in.error();
    auto finding = find_identity();
    auto id = co_await std::move(finding);
    if (!id)
        co_return id.error();
    auto getting = find_credentials(*id, how_far);
    auto done = co_await std::move(getting);
    if (done || !identity_was_remembered_ ||
        done.error().code != make_error_code(errc::identity_not_found))
        co_return done;
    // What was remembered may belong to a pool that was made anew: ask once more, from the start.
    parts_.cache->forget(cache_key());
    auto finding_again = find_identity();
    auto fresh = co_await std::move(finding_again);
    if (!fresh)
        co_return fresh.error();
    auto getting_again = find_credentials(*fresh, how_far);
    co_return co_await std::move(getting_again);
}

// Renewal

net::task<result<user_credentials>> user_flow::credentials() {
    auto const now = parts_.around.now();
    // Expiration is by the server's clock.
    if (have_credentials_ && credentials_.expires - aws_->skew().signing_time(now) > renew_ahead)
        co_return credentials_;
    if (tokens_.id_token_expires - now <= renew_ahead) {
        auto renewing = renew_tokens();
        auto renewed = co_await std::move(renewing);
        if (!renewed)
            co_return renewed.error();
    }
    auto asking = ask_credentials(credentials_.identity);
    auto got = co_await std::move(asking);
    if (!got)
        co_return got.error();
    credentials_ = std::move(*got);
    have_credentials_ = true;
    co_return credentials_;
}

net::task<result<bool>> user_flow::attach_again() {
    if (!policy_was_remembered_)
        co_return false;
    auto asking = ask_policy(credentials_.identity);
    auto done = co_await std::move(asking);
    if (!done)
        co_return done.error();
    policy_was_remembered_ = false;
    co_return true;
}

} // namespace cogniot::client
