// `cogniot policy explain`: why a connect, publish, subscribe or receive is refused, offline, from
// the policies in files, and the smallest change that would allow it.
#include "broker/advice.hpp"
#include "broker/profile.hpp"
#include "broker/reserved_topics.hpp"
#include "cli/commands.hpp"
#include "cli/policy_asker.hpp"
#include "cli/policy_explanation.hpp"
#include "json/parse.hpp"
#include "mqtt/topic.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <ostream>

namespace cogniot::cli {
namespace {

using cloud::attempt;

/// What the client notices of a refusal. @source spec iot-broker 4.6
std::string_view what_the_client_sees(attempt::verb what) {
    switch (what) {
    case attempt::verb::connect:
        return "AWS IoT Core closes the connection without a CONNACK (MQTT 5: CONNACK 0x87).";
    case attempt::verb::publish:
        return "AWS IoT Core closes the connection without a PUBACK (MQTT 5: PUBACK 0x87).";
    case attempt::verb::subscribe:
        return "AWS IoT Core closes the connection without a SUBACK (MQTT 5: SUBACK 0x87).";
    case attempt::verb::receive:
        return "AWS IoT Core does not deliver the message; the client is told nothing.";
    }
    return {};
}

/// A note about what the broker refuses by itself.
std::string whatever_policies_say(std::string because) {
    return "AWS IoT Core refuses this whatever policies say: " + std::move(because);
}

class policy_explain final : public command {
  public:
    std::string_view name() const override { return "policy explain"; }
    std::string_view summary() const override {
        return "Says why a connect, publish, subscribe or receive is refused, and the smallest "
               "change that allows it";
    }
    std::string_view description() const override {
        return "Decides as AWS does for a Cognito identity: one that has signed in needs its "
               "role's "
               "policy AND an\nIoT policy attached to it, a guest its role's policy alone. Nothing "
               "is sent anywhere.\n\n"
               "  cogniot policy explain --role-policy role.json --iot-policy iot.json \\\n"
               "      --identity ap-northeast-1:d23c8f3f-… publish home/lamp\n\n"
               "Exits with 0 if it is allowed, 5 if it is refused, 2 if something given cannot be "
               "used.";
    }
    void declare(options& flags) override {
        flags
            .choice("VERB", try_.verb, {"connect", "publish", "subscribe", "receive"},
                    "what is tried")
            .required();
        flags.text("TOPIC", try_.topic, "the topic; for subscribe the filter");
        flags.texts("--role-policy", role_paths_, "a policy of the role; may be given again")
            .required();
        flags.texts("--iot-policy", iot_paths_,
                    "an IoT policy attached to the identity; may be given again");
        flags.text("--identity", who_.identity, "the identity ID, REGION:UUID").required();
        flags.text("--client-id", who_.client_id,
                   "the MQTT client ID; the identity ID if not given");
        flags.flag("--guest", who_.guest, "the identity has not signed in: only the role counts");
        flags.text("--role", who_.role, "aws:PrincipalArn: the role's ARN");
        flags.text("--identity-pool", who_.identity_pool, "cognito-identity.amazonaws.com:aud");
        flags.text("--region", who_.region, "the broker's; the identity ID's if not given");
        flags.text("--account", who_.account, "the one the documents name most often if not given");
        flags.text("--source-ip", who_.source_ip, "aws:SourceIp");
        flags.flag("--retain", try_.retain, "the message, or the will, is retained");
        flags.flag("--persistent", try_.persistent, "connect: the session outlives the connection");
        flags.text("--will-topic", try_.will_topic, "connect: with a will on this topic");
        flags.text("--thing", who_.thing, "a thing of this name exists; it must be the client ID");
        flags.text("--thing-type", who_.thing_type, "its type");
        flags.texts("--thing-attribute", who_.thing_attributes, "NAME=VALUE; may be given again");
        flags.choice("--output", output_, {"text", "json"}, "how to print");
    }

    exit_code run(terminal& io) override {
        auto const wanted = prepare(try_);
        auto setup = wanted ? read_setup() : result<prepared_setup>(wanted.error());
        if (!setup)
            return give_up(exit_code::usage, setup.error().detail, io);
        region_source_ = setup->region_source;
        account_source_ = setup->account_source;
        cloud::offline const locks(std::move(setup->setup));
        auto const answers = answer_all(locks, locks.questions(*wanted));
        bool const allowed = std::all_of(answers.begin(), answers.end(),
                                         [](answered const& a) { return a.decided.allowed; });
        if (output_ == "json")
            print_as_json(io.out, locks, *wanted, answers, allowed);
        else
            print_as_text(io.out, locks, *wanted, answers, allowed);
        return allowed ? exit_code::ok : exit_code::not_authorised;
    }

  private:
    result<prepared_setup> read_setup() const {
        auto roles = read_policy_files(role_paths_, policy::kind::role_inline);
        if (!roles)
            return roles.error();
        auto iots = read_policy_files(iot_paths_, policy::kind::iot);
        if (!iots)
            return iots.error();
        return prepare(who_, std::move(*roles), std::move(*iots));
    }

    static bool is_allowed(cloud::offline const& locks, attempt const& wanted) {
        auto const questions = locks.questions(wanted);
        return std::all_of(questions.begin(), questions.end(),
                           [&](auto const& q) { return locks.decide(q).allowed; });
    }

    /// What is true beside the decision: what would spoil it, or needs no change at all.
    std::vector<std::string> notes(cloud::offline const& locks, attempt const& wanted) const {
        std::vector<std::string> out;
        auto const allowed = [&](attempt const& other) { return is_allowed(locks, other); };
        if (who_.client_id && *who_.client_id != who_.identity && !allowed(wanted)) {
            auto with_identity = locks.setup();
            with_identity.client_id = who_.identity;
            with_identity.thing.reset();
            if (is_allowed(cloud::offline(std::move(with_identity)), wanted))
                out.emplace_back(
                    "with the identity ID for a client ID it is allowed as the policies "
                    "are: connect as `" +
                    who_.identity + "`");
        }
        if (wanted.what != attempt::verb::connect && !allowed({attempt::verb::connect}))
            out.emplace_back("iot:Connect is refused for this client ID, so that nothing else can "
                             "happen over MQTT; ask for `connect`");
        if (wanted.what == attempt::verb::subscribe) {
            auto const filter = mqtt::split_shared(wanted.topic).filter;
            if (filter.find_first_of("+#") == std::string_view::npos &&
                !allowed({attempt::verb::receive, std::string(filter)}))
                out.emplace_back("iot:Receive is refused on this topic, so that no message would "
                                 "arrive; ask for `receive`");
            if (filter.starts_with('$') && !broker::may_subscribe_reserved(filter))
                out.push_back(whatever_policies_say(broker::advice::reserved_filter(filter)));
        }
        bool const may_publish =
            !wanted.topic.starts_with('$') || broker::may_publish_reserved(wanted.topic);
        if (wanted.what == attempt::verb::publish && wanted.topic.starts_with('$') &&
            (wanted.retain || !may_publish))
            out.push_back(
                whatever_policies_say(broker::advice::reserved_topic(wanted.topic, may_publish)));
        if (wanted.will_topic && wanted.will_topic->starts_with('$') &&
            (wanted.retain || !broker::may_publish_reserved(*wanted.will_topic)))
            out.push_back(whatever_policies_say(broker::advice::will_topic(
                *wanted.will_topic, wanted.retain, broker::aws_profile())));
        if (who_.guest && !iot_paths_.empty())
            out.emplace_back(
                "the IoT policies were not consulted: for a guest only the role counts");
        return out;
    }

    void print_as_text(std::ostream& out, cloud::offline const& locks, attempt const& wanted,
                       std::vector<answered> const& answers, bool allowed) const {
        auto const& who = locks.setup();
        out << try_.verb << (try_.topic ? " " + *try_.topic : "") << ": "
            << (allowed ? "allowed" : "REFUSED") << "\n  identity   " << who.identity_id
            << (who_.guest ? " (guest)" : " (signed in)") << "\n  client ID  " << who.client_id
            << (who_.client_id ? "" : " (the identity ID)") << "\n  region     " << who.region
            << " (" << region_source_ << ")"
            << "\n  account    " << who.account << " (" << account_source_ << ")\n";
        for (auto const& a : answers) {
            out << "\n";
            print_answer(out, a, locks);
        }
        if (!allowed)
            out << "\nWhat the client sees: " << what_the_client_sees(wanted.what) << "\n";
        for (auto const& note : notes(locks, wanted))
            out << "\nNote: " << note << "\n";
    }

    void print_as_json(std::ostream& out, cloud::offline const& locks, attempt const& wanted,
                       std::vector<answered> const& answers, bool allowed) const {
        boost::json::array questions;
        for (auto const& a : answers)
            questions.push_back(print_json(a));
        auto const note_list = notes(locks, wanted);
        auto const& who = locks.setup();
        out << json::print(boost::json::object{
                   {"allowed", allowed},
                   {"identity", who.identity_id},
                   {"authenticated", who.authenticated},
                   {"client_id", who.client_id},
                   {"region", who.region},
                   {"region_source", region_source_},
                   {"account", who.account},
                   {"account_source", account_source_},
                   {"questions", std::move(questions)},
                   {"notes", boost::json::array(note_list.begin(), note_list.end())}})
            << "\n";
    }

    try_out try_;
    asker who_;
    std::vector<std::string> role_paths_;
    std::vector<std::string> iot_paths_;
    std::string output_ = "text";

    std::string region_source_;
    std::string account_source_;
};

} // namespace

std::unique_ptr<command> make_policy_explain() {
    return std::make_unique<policy_explain>();
}

} // namespace cogniot::cli
