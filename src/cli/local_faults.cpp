// cogniot local faults: what AWS does on a bad day, done by a running local cloud on request.
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/http_get.hpp"
#include "json/parse.hpp"
#include "local/faults/plan.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <ostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cogniot::cli {
namespace {

/// What became of a rule: said in words, or not at all.
constexpr std::string_view told_otherwise[] = {"state", "seen", "struck", "since", "last"};

class local_faults final : public command {
  public:
    std::string_view name() const override { return "local faults"; }
    std::string_view summary() const override {
        return "what AWS does on a bad day, done by a running local cloud on request";
    }
    std::string_view description() const override {
        return "Without words it lists the rules that stand and how often each struck.\n\n"
               "  cogniot local faults add throttle cognito-idp:InitiateAuth 50% count=3\n"
               "  cogniot local faults add hang-up publish 'topic=home/#' 10% name=flaky\n"
               "  cogniot local faults add lose-puback client=sensor-1 count=1\n"
               "  cogniot local faults load faults.yaml    (instead of all others)\n"
               "  cogniot local faults remove flaky\n"
               "  cogniot local faults clear\n\n"
               "docs/local.md has the table of faults. `cogniot local --faults FILE` starts with "
               "them.\n";
    }

    void declare(options& flags) override {
        flags
            .texts("WORDS", words_,
                   "nothing, or add RULE, load FILE, remove NAME, clear; a rule is the fault, what "
                   "it is about, `50%`, and member=value")
            .choice("--output", output_, {"text", "json"}, "in words or as JSON");
        to_.declare(flags);
    }

    exit_code run(terminal& io) override {
        if (words_.empty())
            return ask("GET", "", "", io);
        std::span<std::string const> const rest = std::span(words_).subspan(1);
        auto const& verb = words_.front();
        if (verb == "add" && !rest.empty())
            return add(rest, io);
        if (verb == "load" && rest.size() == 1)
            return load(rest.front(), io);
        if (verb == "remove" && rest.size() == 1)
            return ask("DELETE", "/" + percent_encode(rest.front()), "", io);
        if (verb == "clear" && rest.empty())
            return ask("DELETE", "", "", io);
        return give_up(exit_code::usage,
                       "`" + printable(verb, 60) +
                           "`: say nothing, or add RULE, load FILE, remove NAME, clear",
                       io);
    }

  private:
    exit_code add(std::span<std::string const> words, terminal& io) const {
        // A rule may come as one quoted word, too.
        auto const rule = words.size() == 1 ? local::parse_fault_text(words.front())
                                            : local::parse_fault_words(words);
        if (!rule)
            return give_up(exit_code::usage, rule.error().what, io);
        auto given = local::print_fault_rule(*rule);
        if (rule->name.empty())
            given.erase("name");
        return ask("POST", "", json::print(given), io);
    }

    exit_code load(std::string const& path, terminal& io) const {
        auto const list = local::read_fault_file(path);
        if (!list)
            return give_up(exit_code::usage, list.error().message(), io);
        boost::json::array rules;
        for (auto const& rule : list->rules) {
            auto given = local::print_fault_rule(rule);
            if (rule.name.empty())
                given.erase("name");
            rules.push_back(std::move(given));
        }
        boost::json::object body{{"faults", std::move(rules)}};
        if (list->seed)
            body["seed"] = *list->seed;
        return ask("PUT", "", json::print(body), io);
    }

    exit_code ask(std::string const& method, std::string const& below, std::string body,
                  terminal& io) const {
        net::http_request request;
        request.method = method;
        request.target = "/_cogniot/faults" + below;
        request.body = std::move(body);
        if (!request.body.empty())
            request.headers.add("Content-Type", "application/json");
        auto const answer = http_ask(to_, std::move(request));
        if (!answer)
            return give_up(answer.error().code(), answer.error().detail, io);
        auto const read = json::parse_object(answer->body, {.max_bytes = 64 << 20, .max_depth = 8});
        auto const* rules = read ? json::find_array(*read, "faults") : nullptr;
        if (answer->status != 200 || rules == nullptr)
            return give_up(answer->status == 404 ? exit_code::usage
                                                 : code_of_refusal(answer->status),
                           why_refused(to_, answer->status, answer->body), io);
        if (output_ == "json")
            io.out << answer->body << '\n';
        else
            list(*rules, io);
        return exit_code::ok;
    }

    /// `flaky  hang-up publish topic=home/# 10%  struck 3 of 29`
    void list(boost::json::array const& rules, terminal& io) const {
        if (rules.empty())
            io.err << "no fault rules stand\n";
        for (auto const& each : rules) {
            auto const* rule = each.if_object();
            if (rule == nullptr)
                continue;
            std::string line;
            for (auto const& [member, value] : *rule) {
                // As `add` reads it.
                auto const shown = value.is_string() ? local::print_fault_word(value.get_string())
                                                     : json::print(value);
                if (member == "name")
                    line = shown + " ";
                else if (member == "fault" || member == "probability" || member == "operation" ||
                         member == "when" || member == "delay" || member == "bytes_per_second")
                    line += " " + shown;
                else if (std::ranges::find(told_otherwise, std::string_view(member)) ==
                         std::end(told_otherwise))
                    line += " " + std::string(member) + "=" + shown;
            }
            auto const number = [&](char const* member) {
                return std::to_string(json::find_integer(*rule, member).value_or(0));
            };
            io.out << line << "  struck " << number("struck") << " of " << number("seen")
                   << (json::find_string(*rule, "state") == "over" ? ", over" : "") << '\n';
        }
    }

    std::vector<std::string> words_;
    std::string output_ = "text";
    local_endpoint to_;
};

} // namespace

std::unique_ptr<command> make_local_faults() {
    return std::make_unique<local_faults>();
}

} // namespace cogniot::cli
