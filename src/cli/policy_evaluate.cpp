// `cogniot policy evaluate`: JSON lines in, decisions out, one each and in order.
#include "cli/commands.hpp"
#include "json/parse.hpp"
#include "policy/evaluate_line.hpp"

#include <boost/json.hpp>

#include <istream>
#include <ostream>

namespace cogniot::cli {
namespace {

/// Reads up to the next line feed. Bytes beyond the limit are dropped but for one, so that
/// evaluate_line() sees that there were too many. False at the end of the input.
bool read_line(std::streambuf& in, std::string& line) {
    line.clear();
    constexpr auto end = std::streambuf::traits_type::eof();
    auto c = in.sbumpc();
    if (c == end)
        return false;
    for (; c != end && c != '\n'; c = in.sbumpc())
        if (line.size() <= policy::max_line_bytes)
            line += static_cast<char>(c);
    return true;
}

class policy_evaluate final : public command {
  public:
    std::string_view name() const override { return "policy evaluate"; }
    std::string_view summary() const override {
        return "Decides requests given as JSON lines on stdin, with reasons";
    }
    std::string_view description() const override {
        return "Reads one request a line,\n"
               "  "
               "{\"policies\":[…],\"action\":\"iot:Publish\",\"resource\":\"arn:…\",\"context\":{…}"
               "}\n"
               "and answers each with one line: {\"decision\":\"allow\"|\"implicit_deny\"|"
               "\"explicit_deny\",…}\n"
               "or {\"error\":…} if the line cannot be read. Policies are objects or texts; "
               "context\n"
               "values are text, numbers, true, false or lists of these (multi-valued keys), "
               "binary\n"
               "ones base64. Exits with 0 once the input has ended.\n\n"
               "  cogniot policy evaluate < requests.jsonl";
    }
    void declare(options& flags) override {
        flags.choice("--kind", kind_, {"any", "role", "managed", "session", "trust", "iot"},
                     "What the policies are for: decides what they may say and, for iot, how "
                     "wildcards and missing variables behave");
    }
    exit_code run(terminal& to) override {
        auto const what = policy::find_kind(kind_).value_or(policy::kind::any);
        auto& in = *to.in.rdbuf();
        policy::document_cache cache;
        std::string line;
        while (read_line(in, line)) {
            to.out << json::print(policy::evaluate_line(line, what, cache)) << '\n';
            // Whoever waits for this answer before asking again must get it now.
            if (in.in_avail() <= 0)
                to.out.flush();
        }
        to.out.flush();
        return to.out ? exit_code::ok : exit_code::failed;
    }

  private:
    std::string kind_ = "any";
};

} // namespace

std::unique_ptr<command> make_policy_evaluate() {
    return std::make_unique<policy_evaluate>();
}

} // namespace cogniot::cli
