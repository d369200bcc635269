// `cogniot policy record`: the least role policy and IoT policy for what a run really did on the
// local cloud.
#include "cli/commands.hpp"
#include "cli/http_get.hpp"
#include "json/indented.hpp"
#include "json/parse.hpp"
#include "policy/least_privilege.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <compare>
#include <map>
#include <ostream>

namespace cogniot::cli {
namespace {

/// Who a set of policies is for: a role, or a device's certificate.
struct holder {
    std::string role{};
    /// ARN; empty for a role.
    std::string certificate{};
    auto operator<=>(holder const&) const = default;

    std::string name() const {
        return certificate.empty() ? "role " + role : "certificate " + certificate;
    }
};

/// What it did.
struct record {
    std::vector<policy::recorded> done{};
    std::size_t refused = 0;
};

/// A whole answer of `/_cogniot/decisions`.
struct recording {
    std::map<holder, record> holders{};
    /// Of the account's root and of others that no policy governs.
    std::size_t without_locks = 0;
    bool complete = true;

    bool is_empty() const {
        return std::all_of(holders.begin(), holders.end(),
                           [](auto const& each) { return each.second.done.empty(); });
    }
};

class policy_record final : public command {
  public:
    std::string_view name() const override { return "policy record"; }
    std::string_view summary() const override {
        return "Prints the least policies for what a run really did on the local cloud";
    }
    std::string_view description() const override {
        return "Asks a running local cloud what was decided, and prints for each role the smallest "
               "role policy and\nIoT policy that allow exactly what was allowed, with variables in "
               "place of identity and client IDs;\nfor each device's certificate its IoT "
               "policy.\n\n"
               "  cogniot policy record --since 10m --identity ap-northeast-1:d23c8f3f-…\n\n"
               "Refused requests are left out; --refused-too makes policies that allow them as "
               "well.";
    }
    void declare(options& flags) override {
        to_.declare(flags);
        flags.text("--since", since_, "how long ago (30s, 10m, 2h, 1d) or an instant");
        flags.text("--identity", identity_, "just what this identity did");
        flags.text("--client-id", client_id_, "just what this client did");
        flags.text("--certificate", certificate_,
                   "just what the device with this certificate ID did");
        flags.flag("--refused-too", refused_too_,
                   "as if everything that was refused were to be "
                   "allowed");
        flags.choice("--output", output_, {"text", "json"}, "how to print");
    }

    exit_code run(terminal& io) override {
        auto const answer = http_get(to_, target());
        if (!answer)
            return give_up(answer.error().code(), answer.error().detail, io);
        auto const body = json::parse_object(answer->body, {.max_bytes = 256u << 20});
        if (answer->status != 200 || !body)
            return give_up(code_of_refusal(answer->status),
                           why_refused(to_, answer->status, answer->body), io);
        auto const read = read_all(*body);
        if (!read)
            return give_up(exit_code::failed, read.error().detail, io);
        warn(io.err, *read);
        if (output_ == "json")
            print_as_json(io.out, *read);
        else
            print_as_text(io.out, *read);
        return read->is_empty() ? exit_code::failed : exit_code::ok;
    }

  private:
    std::string target() const {
        return make_target("/_cogniot/decisions",
                           {{"since", since_}, {"identity", identity_}, {"client-id", client_id_}});
    }

    result<recording> read_all(json::object const& body) const {
        auto const* rows = json::find_array(body, "decisions");
        if (rows == nullptr)
            return cogniot::fail(json::errc::field_missing, "the answer has no `decisions`");
        recording out;
        out.complete = json::find_bool(body, "complete").value_or(true);
        for (auto const& each : *rows) {
            auto const* row = each.if_object();
            auto const text = [&](std::string_view name) {
                return std::string(row != nullptr ? json::find_string(*row, name).value_or("")
                                                  : "");
            };
            policy::recorded done{
                text("action"), text("resource"), text("identity"), text("clientId"), false, false};
            auto const decision = text("decision");
            if (done.action.empty() || done.resource.empty() || decision.empty())
                return cogniot::fail(json::errc::field_missing,
                                     "a decision without `action`, `resource` or `decision`");
            if (auto const* locks = json::find_array(*row, "locks"))
                for (auto const& lock : *locks) {
                    done.needs_role_policy = done.needs_role_policy || lock == "role_policy";
                    done.needs_iot_policy = done.needs_iot_policy || lock == "iot_policy";
                }
            if (!done.needs_role_policy && !done.needs_iot_policy) {
                ++out.without_locks;
                continue;
            }
            holder whose{.role = text("role")};
            if (whose.role.empty())
                whose.certificate = text("principal");
            if (certificate_ && !whose.certificate.ends_with("cert/" + *certificate_))
                continue;
            auto& what = out.holders[std::move(whose)];
            if (decision == "allow" || refused_too_)
                what.done.push_back(std::move(done));
            else
                ++what.refused;
        }
        return out;
    }

    void warn(std::ostream& err, recording const& all) const {
        if (!all.complete)
            err << "cogniot policy record: the local cloud has forgotten some of it, so that the "
                   "policies may lack something; record a shorter run\n";
        if (all.without_locks > 0)
            err << "cogniot policy record: " << all.without_locks
                << " decisions about the account itself are left out: no policy governs it\n";
        if (all.holders.empty())
            err << "cogniot policy record: nothing was decided"
                << (since_ || identity_ || client_id_ || certificate_ ? " that these flags pick"
                                                                      : " yet")
                << "; let the application run against the local cloud first\n";
        for (auto const& [whose, what] : all.holders)
            if (what.refused > 0)
                err << "cogniot policy record: " << what.refused << " refused requests of "
                    << whose.name() << " are left out; --refused-too takes them in\n";
    }

    static void print_policies(std::ostream& out, std::string_view title,
                               policy::least_policies const& all) {
        for (std::size_t i = 0; i < all.documents.size(); ++i)
            out << title << (all.documents.size() > 1 ? " " + std::to_string(i + 1) : "") << " ("
                << all.sizes[i] << " of " << all.limit << " characters):\n"
                << json::print_indented(all.documents[i]) << "\n\n";
        for (auto const& note : all.notes)
            out << "Mind: " << note << "\n\n";
    }

    void print_as_text(std::ostream& out, recording const& all) const {
        for (auto const& [whose, what] : all.holders) {
            auto const least = policy::find_least_privilege(what.done);
            print_policies(out, "Policy of role " + whose.role, least.role);
            print_policies(out,
                           "IoT policy for " +
                               (whose.certificate.empty() ? "the identities of " : std::string()) +
                               whose.name(),
                           least.iot);
        }
    }

    static json::object print_policies(policy::least_policies const& all) {
        json::array documents;
        for (auto const& d : all.documents)
            documents.push_back(d);
        return {{"documents", std::move(documents)},
                {"sizes", json::array(all.sizes.begin(), all.sizes.end())},
                {"limit", all.limit},
                {"notes", json::array(all.notes.begin(), all.notes.end())}};
    }

    void print_as_json(std::ostream& out, recording const& all) const {
        json::array roles;
        json::array certificates;
        for (auto const& [whose, what] : all.holders) {
            auto const least = policy::find_least_privilege(what.done);
            json::object line{{"recorded", what.done.size()},
                              {"refused", what.refused},
                              {"iot_policies", print_policies(least.iot)}};
            if (whose.certificate.empty()) {
                line["role"] = whose.role;
                line["role_policies"] = print_policies(least.role);
                roles.push_back(std::move(line));
            } else {
                line["certificate"] = whose.certificate;
                certificates.push_back(std::move(line));
            }
        }
        out << json::print(json::object{{"complete", all.complete},
                                        {"roles", std::move(roles)},
                                        {"certificates", std::move(certificates)}})
            << "\n";
    }

    local_endpoint to_;
    std::optional<std::string> since_;
    std::optional<std::string> identity_;
    std::optional<std::string> client_id_;
    std::optional<std::string> certificate_;
    bool refused_too_ = false;
    std::string output_ = "text";
};

} // namespace

std::unique_ptr<command> make_policy_record() {
    return std::make_unique<policy_record>();
}

} // namespace cogniot::cli
