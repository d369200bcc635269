// `cogniot policy explain`: why a connect, publish, subscribe or receive is refused, offline, from
// the policies in files, and the smallest change that would allow it.
#include "base/text.hpp"
#include "broker/reserved_topics.hpp"
#include "cli/commands.hpp"
#include "cli/policy_explanation.hpp"
#include "cli/policy_files.hpp"
#include "json/parse.hpp"
#include "mqtt/topic.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
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

/// A value and where it comes from when no flag gave it.
struct sourced {
    std::string value;
    std::string source;
};

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
        flags.choice("VERB", verb_, {"connect", "publish", "subscribe", "receive"}, "what is tried")
            .required();
        flags.text("TOPIC", topic_, "the topic; for subscribe the filter");
        flags.texts("--role-policy", role_paths_, "a policy of the role; may be given again")
            .required();
        flags.texts("--iot-policy", iot_paths_,
                    "an IoT policy attached to the identity; may be given again");
        flags.text("--identity", identity_, "the identity ID, REGION:UUID").required();
        flags.text("--client-id", client_id_, "the MQTT client ID; the identity ID if not given");
        flags.flag("--guest", guest_, "the identity has not signed in: only the role counts");
        flags.text("--identity-pool", pool_, "cognito-identity.amazonaws.com:aud");
        flags.text("--region", region_, "the broker's; the identity ID's if not given");
        flags.text("--account", account_, "the one the documents name most often if not given");
        flags.text("--source-ip", source_ip_, "aws:SourceIp");
        flags.flag("--retain", retain_, "the message, or the will, is retained");
        flags.flag("--persistent", persistent_, "connect: the session outlives the connection");
        flags.text("--will-topic", will_topic_, "connect: with a will on this topic");
        flags.text("--thing", thing_, "a thing of this name exists; it must be the client ID");
        flags.text("--thing-type", thing_type_, "its type");
        flags.texts("--thing-attribute", thing_attributes_, "NAME=VALUE; may be given again");
        flags.choice("--output", output_, {"text", "json"}, "how to print");
    }

    exit_code run(terminal& io) override {
        auto wanted = read_attempt();
        auto setup = wanted ? read_setup() : result<cloud::offline_setup>(wanted.error());
        if (!setup) {
            io.err << "cogniot policy explain: " << setup.error().detail << "\n";
            return exit_code::usage;
        }
        cloud::offline const locks(std::move(*setup));
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
    static error unusable(std::string detail) {
        return {make_error_code(boost::system::errc::invalid_argument), std::move(detail)};
    }

    result<attempt> read_attempt() const {
        constexpr std::array<std::pair<std::string_view, attempt::verb>, 4> verbs{
            {{"connect", attempt::verb::connect},
             {"publish", attempt::verb::publish},
             {"subscribe", attempt::verb::subscribe},
             {"receive", attempt::verb::receive}}};
        attempt out{.retain = retain_, .persistent = persistent_, .will_topic = will_topic_};
        for (auto const& [word, what] : verbs)
            if (word == verb_)
                out.what = what;
        bool const connects = out.what == attempt::verb::connect;
        if (connects != !topic_)
            return unusable(connects ? "connect takes no topic"
                                     : verb_ + " needs a topic: `cogniot policy explain … " +
                                           verb_ + " home/lamp`");
        if (!connects && (persistent_ || will_topic_))
            return unusable("--persistent and --will-topic belong to connect");
        auto const checked =
            connects ? (will_topic_ ? mqtt::check_topic(*will_topic_, mqtt::aws_topic_limits)
                                    : result<void>())
            : out.what == attempt::verb::subscribe
                ? mqtt::check_filter(*topic_, mqtt::aws_topic_limits)
                : mqtt::check_topic(*topic_, mqtt::aws_topic_limits);
        if (!checked)
            return unusable("`" + printable(connects ? *will_topic_ : *topic_) +
                            "`: " + checked.error().message());
        out.topic = topic_.value_or("");
        return out;
    }

    result<cloud::offline_setup> read_setup() {
        cloud::offline_setup out;
        auto roles = read_policy_files(role_paths_, policy::kind::role_inline);
        if (!roles)
            return roles.error();
        auto iots = read_policy_files(iot_paths_, policy::kind::iot);
        if (!iots)
            return iots.error();
        std::array<policy_files, 2> const all{*roles, *iots};
        if (auto found = find_place(all); !found)
            return found.error();
        out.role_policies = std::move(*roles);
        out.iot_policies = std::move(*iots);
        out.identity_id = identity_;
        out.identity_pool_id = pool_.value_or("");
        out.authenticated = !guest_;
        out.client_id = client_id_.value_or(identity_);
        out.region = region_found_.value;
        out.account = account_found_.value;
        out.source_ip = source_ip_.value_or("");
        out.now = std::chrono::time_point_cast<std::chrono::milliseconds>(
            std::chrono::system_clock::now());
        if (auto const done = read_thing(out); !done)
            return done.error();
        return out;
    }

    /// Region and account: from the flags, else from what was given.
    result<void> find_place(std::span<policy_files const> all) {
        auto const colon = identity_.find(':');
        bool const plain = colon != std::string::npos && colon > 0 &&
                           colon + 1 < identity_.size() &&
                           identity_.find_first_of(" /*") == std::string::npos;
        if (!plain)
            return unusable("`" + printable(identity_) +
                            "` is no identity ID; one looks like "
                            "`ap-northeast-1:d23c8f3f-1234-4a6b-9c1e-0123456789ab`");
        region_found_ = region_ ? sourced{*region_, "--region"}
                                : sourced{identity_.substr(0, colon), "from the identity ID"};
        auto const account = find_account(all);
        if (!account_ && !account)
            return unusable(
                "no ARN of the documents names an account of 12 digits; give --account");
        account_found_ = account_ ? sourced{*account_, "--account"}
                                  : sourced{*account, "from the documents' ARNs"};
        return {};
    }

    result<void> read_thing(cloud::offline_setup& out) const {
        if (!thing_)
            return thing_type_ || !thing_attributes_.empty()
                       ? result<void>(unusable("--thing-type and --thing-attribute need --thing"))
                       : result<void>();
        if (*thing_ != out.client_id)
            return unusable("the thing is `" + printable(*thing_) + "` and the client ID `" +
                            printable(out.client_id) +
                            "`: variables of a thing have values only if the two are the same");
        cloud::iot::thing thing{.name = *thing_, .region = out.region};
        thing.type_name = thing_type_.value_or("");
        for (auto const& each : thing_attributes_) {
            auto const equals = each.find('=');
            if (equals == std::string::npos || equals == 0)
                return unusable("`" + printable(each) + "`: a thing's attribute is NAME=VALUE");
            thing.attributes[each.substr(0, equals)] = each.substr(equals + 1);
        }
        out.thing = std::move(thing);
        return {};
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
        if (client_id_ && *client_id_ != identity_ && !allowed(wanted)) {
            auto with_identity = locks.setup();
            with_identity.client_id = identity_;
            with_identity.thing.reset();
            if (is_allowed(cloud::offline(std::move(with_identity)), wanted))
                out.emplace_back(
                    "with the identity ID for a client ID it is allowed as the policies "
                    "are: connect as `" +
                    identity_ + "`");
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
                out.emplace_back("AWS IoT Core has no such reserved topics and refuses the "
                                 "subscription whatever policies say");
        }
        if (wanted.what == attempt::verb::publish && wanted.topic.starts_with('$') &&
            !broker::may_publish_reserved(wanted.topic))
            out.emplace_back("AWS IoT Core lets no client publish to this reserved topic, whatever "
                             "policies say");
        if (guest_ && !iot_paths_.empty())
            out.emplace_back(
                "the IoT policies were not consulted: for a guest only the role counts");
        return out;
    }

    void print_as_text(std::ostream& out, cloud::offline const& locks, attempt const& wanted,
                       std::vector<answered> const& answers, bool allowed) const {
        auto const& who = locks.setup();
        out << verb_ << (topic_ ? " " + *topic_ : "") << ": " << (allowed ? "allowed" : "REFUSED")
            << "\n  identity   " << who.identity_id << (guest_ ? " (guest)" : " (signed in)")
            << "\n  client ID  " << who.client_id << (client_id_ ? "" : " (the identity ID)")
            << "\n  region     " << region_found_.value << " (" << region_found_.source << ")"
            << "\n  account    " << account_found_.value << " (" << account_found_.source << ")\n";
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
                   {"region_source", region_found_.source},
                   {"account", who.account},
                   {"account_source", account_found_.source},
                   {"questions", std::move(questions)},
                   {"notes", boost::json::array(note_list.begin(), note_list.end())}})
            << "\n";
    }

    std::string verb_;
    std::optional<std::string> topic_;
    std::vector<std::string> role_paths_;
    std::vector<std::string> iot_paths_;
    std::string identity_;
    std::optional<std::string> client_id_;
    bool guest_ = false;
    std::optional<std::string> pool_;
    std::optional<std::string> region_;
    std::optional<std::string> account_;
    std::optional<std::string> source_ip_;
    bool retain_ = false;
    bool persistent_ = false;
    std::optional<std::string> will_topic_;
    std::optional<std::string> thing_;
    std::optional<std::string> thing_type_;
    std::vector<std::string> thing_attributes_;
    std::string output_ = "text";

    sourced region_found_;
    sourced account_found_;
};

} // namespace

std::unique_ptr<command> make_policy_explain() {
    return std::make_unique<policy_explain>();
}

} // namespace cogniot::cli
