#include "local/api.hpp"

#include "base/text.hpp"
#include "cloud/iot/connection_facts.hpp"
#include "json/parse.hpp"
#include "local/authenticate.hpp"
#include "local/data_plane_log.hpp"
#include "local/dispatch.hpp"
#include "local/faults/api_faults.hpp"
#include "local/wire.hpp"
#include "local/wire_json.hpp"
#include "local/wire_query.hpp"
#include "local/wire_rest.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace cogniot::local {
namespace {

cloud::outcome<api_call> read_call(cloud::service const& service,
                                   net::http_request const& request) {
    switch (service.form) {
    case cloud::wire::json_1_1:
        return read_json(service, request);
    case cloud::wire::query_xml:
        return read_query(service, request);
    case cloud::wire::rest_json:
        break;
    }
    return read_rest(service, request);
}

/// `ap-northeast-1_AbC` and `ap-northeast-1:UUID` name their region; nothing else does.
std::string region_in_id(std::string_view id) {
    auto const end = id.find_first_of("_:");
    auto const region = id.substr(0, end);
    bool const plausible = end != std::string_view::npos && region.size() >= 9 &&
                           region.find('-') != std::string_view::npos;
    return plausible ? std::string(region) : std::string{};
}

/// An unsigned call has no credential scope: its region is in the IDs it names.
std::string region_of(cloud::world const& world, boost::json::object const& input) {
    for (auto const* member : {"UserPoolId", "IdentityPoolId", "IdentityId"})
        if (auto const id = json::find_string(input, member))
            if (auto region = region_in_id(*id); !region.empty())
                return region;
    if (auto const client = json::find_string(input, "ClientId"))
        if (auto const pool = world.cognito_idp.pool_of_client.find(std::string(*client));
            pool != world.cognito_idp.pool_of_client.end())
            if (auto region = region_in_id(pool->second); !region.empty())
                return region;
    return world.settings.region;
}

class conversation final : public later_answer, public std::enable_shared_from_this<conversation> {
  public:
    conversation(api_context& in, net::http_request const& request, request_source from,
                 utc_time now)
        : in_(in), request_(request), from_(std::move(from)), now_(now) {}

    api_answer run() {
        if (!in_.world.lag.is_empty())
            in_.world.lag.forget(now_);
        form_.request_id = random_uuid(in_.random);
        in_.log.begin_request(form_.request_id);
        auto answered = answer();
        if (call_ && call_->waits_for)
            return {{}, std::exchange(persist_, {}), {}, shared_from_this()};
        return write(std::move(answered));
    }

    cloud::confirmation_id waits_for() const override { return *call_->waits_for; }

    api_answer finish(cloud::outcome<void> const& done, utc_time now) override {
        now_ = call_->now = now;
        if (!done)
            output_ = done.error();
        return write(tell());
    }

  private:
    api_answer write(cloud::outcome<net::http_response> answered) {
        api_answer made;
        if (answered) {
            made.response = std::move(*answered);
            made.persist = std::move(persist_);
        } else {
            // INVARIANT: an operation that fails leaves nothing to persist behind. What it did
            // persist before it failed (e.g. a counted wrong password) is kept all the same.
            made.response = write_error(form_, answered.error());
            made.persist = std::move(persist_);
        }
        add_common_headers(made.response, form_, now_);
        if (!in_.faults.is_empty() && !facts_.operation.empty())
            made.delay = slow_call(in_.faults, facts_,
                                   request_.body.size() + made.response.body.size(), in_.log, now_);
        return made;
    }

    cloud::outcome<net::http_response> answer() {
        auto const signed_request = to_signed_request(request_);
        auto const where = from_.by_certificate
                               ? find_device_destination(request_)
                               : find_destination(request_, scope_service(signed_request));
        form_.service = where.service;
        form_.form = where.form;
        if (from_.by_certificate && (where.service == nullptr || !from_.certificate_owner))
            return forbidden();
        if (where.service == nullptr)
            return nowhere(where);
        auto asked = read_call(*where.service, request_);
        if (!asked)
            return asked.error();
        asked_ = std::move(*asked);

        auto const& row = *asked_.operation;
        static cloud::principal const anonymous;
        who_ = std::shared_ptr<cloud::principal const>(std::shared_ptr<void>{}, &anonymous);
        auto region = region_of(in_.world, asked_.input);
        if (from_.by_certificate) {
            who_ = from_.certificate_owner;
            region = in_.world.settings.region;
        } else if (auto checked = authenticate(in_.world, signed_request, where.service->name,
                                               {.keys = &in_.keys}, now_)) {
            who_ = checked->who;
            region = checked->region;
        } else if (checked.error().why != auth_fault::missing || !row.unsigned_call) {
            return refuse_identity(checked.error(), row);
        }
        auto& call = call_.emplace(cloud::call{.world = in_.world,
                                               .now = now_,
                                               .who = *who_,
                                               .region = std::move(region),
                                               .random = in_.random,
                                               .persist = persist_,
                                               .source_ip = from_.ip,
                                               .source_port = from_.port,
                                               .how = from_.how,
                                               .domain_name = from_.domain_name,
                                               .request_id = form_.request_id,
                                               .messages = in_.messages});
        if (!row.unsigned_call)
            if (auto refused = refuse_action(call, row, asked_.input))
                return *refused;
        if (!in_.faults.is_empty()) {
            identity_ = who_->identity_id.empty() ? who_->user_id : who_->identity_id;
            facts_ = {where.service->name, row.name, identity_, from_.ip, from_.port};
            if (auto struck = strike_call(in_.faults, facts_, in_.log, now_))
                return *struck;
        }
        late_policies const late(in_.faults, in_.world, where.service->name);
        output_ = row.run(call, asked_.input);
        late.hold(in_.world, in_.log, now_);
        if (call.waits_for) {
            asked_.input.erase(row.payload_member); // it has left
            return net::http_response{};
        }
        return tell();
    }

    /// What the operation came to: a line in the log, and the answer.
    cloud::outcome<net::http_response> tell() {
        if (is_data_plane())
            log_data_call();
        if (!output_)
            return output_.error();
        return write_answer(form_, *asked_.operation, *output_);
    }

    bool is_data_plane() const { return form_.service->name == "iotdata"; }

    void log_data_call() {
        auto const& row = *asked_.operation;
        if (row.name == "Publish")
            return; // the broker's own line tells it
        if (output_)
            return write_data_plane_event(in_.log, row, *call_, asked_.input, &*output_);
        auto const& e = output_.error();
        write_data_plane_event(
            in_.log, row, *call_, asked_.input, nullptr,
            {e.reason.empty() ? std::string_view("CLIENT_ERROR") : e.reason, e.message, e.because});
    }

    /// All that AWS IoT's data plane says to who may not.
    static cloud::api_error forbidden() { return {"ForbiddenException", 403, "Forbidden"}; }

    cloud::api_error nowhere(destination const& where) const {
        if (!where.unknown_name.empty())
            return {"NotImplemented", 501,
                    "The service " + printable(where.unknown_name, 60) +
                        " is not part of this local cloud."};
        return {"UnknownOperationException", 404,
                "Nothing is served at " + printable(request_.method, 20) + " " +
                    printable(request_.path(), 200) + "."};
    }

    cloud::api_error refuse_identity(auth_refusal const& why, cloud::operation const& row) {
        auto const e = to_api_error(why, form_.form, is_data_plane());
        in_.log.write({.what = event_facts::kind::call,
                       .type = row.name,
                       .success = false,
                       .source_ip = from_.ip},
                      now_, [&](log_fields& line) {
                          line.text("protocol", "HTTP")
                              .text("sourceIp", from_.ip)
                              .number("sourcePort", from_.port)
                              .text("reason", e.code)
                              .text("details", e.message)
                              .text("accessKeyId", printable(why.access_key_id, 128))
                              .explanation(why.because);
                      });
        return e;
    }

    std::optional<cloud::api_error> refuse_action(cloud::call const& call,
                                                  cloud::operation const& row,
                                                  boost::json::object const& input) {
        if (row.needs_no_permission)
            return {};
        auto const action = row.action.empty()
                                ? std::string(form_.service->name) + ":" + std::string(row.name)
                                : std::string(row.action);
        auto const resource = row.resource != nullptr ? row.resource(call, input) : "*";
        auto facts = cloud::principal_facts(
            call.who,
            {now_, cloud::requested_region(form_.service->name, call.region), from_.ip, from_.how});
        if (is_data_plane()) {
            if (!from_.domain_name.empty())
                facts.set("iot:DomainName", from_.domain_name);
            cloud::iot::add_connection_facts(in_.world.iot.find(call.region), call.who.iot_name(),
                                             {}, facts);
        }
        if (row.facts != nullptr)
            row.facts(input, facts);
        auto const decided = cloud::authorise(in_.world, call.who, action, resource, facts);
        in_.log.decisions().add(in_.world, call.who, {}, action, resource, decided.effect, now_);
        if (decided.allowed)
            return {};
        auto const why = cloud::explain(in_.world, call.who, action, resource, facts);
        auto message = cloud::access_denied_message(call.who, action, resource, decided);
        if (is_data_plane())
            write_data_plane_event(
                in_.log, row, call, input, nullptr,
                {"AUTHORIZATION_FAILURE", "Authorization Failure", why.json, in_.soft});
        else
            log_refusal(call, row, message, why.json);
        if (in_.soft)
            return {};
        // AWS IoT's control plane ends its sentence with the resource.
        if (form_.service->name == "iot")
            message.resize(message.rfind(resource) + resource.size());
        switch (form_.form) {
        case cloud::wire::query_xml:
            return cloud::api_error{"AccessDenied", 403, std::move(message)};
        case cloud::wire::json_1_1:
            return cloud::api_error{"AccessDeniedException", 400, std::move(message)};
        case cloud::wire::rest_json:
            break;
        }
        if (is_data_plane())
            return forbidden();
        return cloud::api_error{"AccessDeniedException", 403, std::move(message)};
    }

    void log_refusal(cloud::call const& call, cloud::operation const& row, std::string_view message,
                     std::string_view because) {
        in_.log.write({.what = event_facts::kind::call,
                       .type = row.name,
                       .success = false,
                       .region = call.region,
                       .identity_id = call.who.identity_id,
                       .principal_id = call.who.user_id,
                       .source_ip = from_.ip},
                      now_, [&](log_fields& line) {
                          line.text("protocol", "HTTP")
                              .text("principalId", call.who.user_id)
                              .text("sourceIp", from_.ip)
                              .number("sourcePort", from_.port)
                              .text("reason", "AUTHORIZATION_FAILURE")
                              .text("details", message);
                          if (in_.soft)
                              line.flag("soft", true);
                          line.reasons(because);
                      });
    }

    api_context& in_;
    net::http_request const& request_;
    request_source const from_;
    utc_time now_;
    answer_form form_;
    api_call asked_;
    std::shared_ptr<cloud::principal const> who_;
    /// Of a call whose caller is known.
    std::optional<cloud::call> call_;
    cloud::outcome<boost::json::object> output_;
    /// Of a call that got as far as its operation, while there are fault rules.
    call_facts facts_{};
    std::string identity_;
    std::vector<record> persist_;
};

} // namespace

api_answer answer_api(api_context& in, net::http_request const& request, request_source const& from,
                      utc_time now) {
    if (!from.by_certificate && is_preflight(request))
        return {answer_preflight(now), {}};
    return std::make_shared<conversation>(in, request, from, now)->run();
}

net::http_response answer_not_stored(net::http_request const& request, error const& why,
                                     std::string request_id, utc_time now) {
    auto const where = find_destination(request, scope_service(to_signed_request(request)));
    answer_form const form{where.form, where.service, std::move(request_id)};
    auto const* code = where.form == cloud::wire::json_1_1    ? "InternalErrorException"
                       : where.form == cloud::wire::query_xml ? "ServiceFailure"
                                                              : "InternalFailureException";
    auto answer = write_error(
        form, {code, 500, "What this call rests on could not be stored: " + why.message()});
    add_common_headers(answer, form, now);
    return answer;
}

} // namespace cogniot::local
