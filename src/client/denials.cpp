#include "client/denials.hpp"

#include "base/text.hpp"
#include "client/errors.hpp"
#include "client/refusal_causes.hpp"

namespace cogniot::client {
namespace {

std::string shown(std::string_view foreign) {
    return "`" + printable(foreign, 256) + "`";
}

told_by client_of(link_settings const& link) {
    return {.client_id = link.client_id};
}

bool is_aws(link_settings const& link) {
    return link.broker == broker_kind::aws_iot;
}

} // namespace

error connect_denied(link_settings const& link, error const& how_it_ended) {
    auto why = is_aws(link) ? connect_denied_causes(client_of(link))
                            : "the broker closed the connection after CONNECT as " +
                                  shown(link.client_id) + ", without CONNACK";
    if (!how_it_ended.detail.empty())
        why += "; what was seen of it: " + how_it_ended.detail;
    return fail(errc::connect_denied, std::move(why));
}

error publish_denied(link_settings const& link, message const& m) {
    return fail(errc::publish_denied,
                is_aws(link) ? publish_denied_causes(m, client_of(link))
                             : "the broker hung up twice on the message to " + shown(m.topic));
}

error qos0_hung_up(link_settings const& link, message const& m) {
    return fail(errc::hung_up, is_aws(link)
                                   ? qos0_hang_up_causes(m, client_of(link))
                                   : "the broker hung up after the message to " + shown(m.topic) +
                                         ", which at QoS 0 is not sent again");
}

error subscribe_denied(link_settings const& link, std::string_view filter) {
    return fail(errc::subscribe_denied,
                is_aws(link) ? subscribe_denied_causes(filter, client_of(link))
                             : "the broker hung up twice on subscribing to " + shown(filter));
}

error filter_refused(link_settings const& link, std::string_view filter, std::size_t granted) {
    return fail(errc::subscribe_denied,
                is_aws(link) ? suback_refusal_causes(filter, client_of(link), granted)
                             : "the broker refused the filter " + shown(filter) + " (SUBACK 128)");
}

std::string unacknowledged(link_settings const& link, message const& m) {
    return is_aws(link) ? unacknowledged_causes(m) : "the message was sent and not acknowledged";
}

std::string old_age(link_settings const& link, duration age) {
    return is_aws(link) ? old_age_hint(std::chrono::duration_cast<std::chrono::seconds>(age)) : "";
}

error taken_over(link_settings const& link) {
    return fail(errc::client_id_taken_over,
                is_aws(link)
                    ? takeover_causes(link.client_id)
                    : "the broker ended connection after connection as " + shown(link.client_id) +
                          " soon after it began: another program may use this client ID "
                          "(-i gives another)");
}

error topic_given_up(link_settings const& link, std::string_view topic) {
    return fail(errc::publish_denied, "given up: the broker hung up on messages to " +
                                          shown(topic) + " " +
                                          std::to_string(link.denials_allowed) + " times in a row");
}

} // namespace cogniot::client
