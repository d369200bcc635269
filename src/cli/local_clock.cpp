// cogniot local clock: tells and turns the clock of a running local cloud.
#include "base/text.hpp"
#include "base/utc_time.hpp"
#include "cli/commands.hpp"
#include "cli/http_get.hpp"
#include "json/parse.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

namespace cogniot::cli {
namespace {

class local_clock final : public command {
  public:
    std::string_view name() const override { return "local clock"; }
    std::string_view summary() const override {
        return "what time it is in a running local cloud, and turning its clock";
    }
    std::string_view description() const override {
        return "Everything there reads this one clock: an expiry of an hour is a test of "
               "seconds.\n\n"
               "  cogniot local clock                        (tells)\n"
               "  cogniot local clock +61m                   (s, m, h, d, w)\n"
               "  cogniot local clock -- -61m\n"
               "  cogniot local clock 2026-01-02T03:04:05Z\n"
               "  cogniot local clock 3660                   (seconds from this machine's clock)\n"
               "  cogniot local clock reset\n";
    }

    void declare(options& flags) override {
        flags
            .text("WHERE", where_,
                  "+61m or -61m from where it is, an instant, seconds from this machine's clock, "
                  "or reset")
            .choice("--output", output_, {"text", "json"}, "in words or as JSON");
        to_.declare(flags);
    }

    exit_code run(terminal& io) override {
        net::http_request request;
        request.target = "/_cogniot/clock";
        if (where_) {
            request.method = "POST";
            request.target += "?" + query(*where_);
        }
        auto const answer = http_ask(to_, std::move(request));
        if (!answer)
            return give_up(answer.error().code(), answer.error().detail, io);
        auto const read = json::parse_object(answer->body);
        auto const now = read ? json::find_string(*read, "now") : std::nullopt;
        if (answer->status == 400)
            return give_up(exit_code::usage,
                           "`" + printable(where_.value_or(""), 60) +
                               "` is no +61m, -61m, 2026-01-02T03:04:05Z, seconds or reset within "
                               "a hundred years",
                           io);
        if (answer->status != 200 || !now)
            return give_up(exit_code::failed, why_refused(to_, answer->status, answer->body), io);
        if (output_ == "json")
            io.out << answer->body << '\n';
        else
            io.out << *now << "  " << words(json::find_integer(*read, "offset_seconds").value_or(0))
                   << '\n';
        return exit_code::ok;
    }

  private:
    static std::string query(std::string const& where) {
        auto const value = [](std::string_view text) { return percent_encode(text); };
        if (where == "reset")
            return "offset=0";
        bool const is_number = !where.empty() && std::ranges::all_of(where, [](char c) {
            return c >= '0' && c <= '9';
        });
        if (is_number)
            return "offset=" + where;
        if (where.starts_with('+') || where.starts_with('-'))
            return "advance=" + value(where);
        return "to=" + value(where);
    }

    static std::string words(std::int64_t offset) {
        if (offset == 0)
            return "this machine's time";
        return std::to_string(offset < 0 ? -offset : offset) + " s " +
               (offset < 0 ? "behind" : "ahead of") + " this machine's time";
    }

    std::optional<std::string> where_;
    std::string output_ = "text";
    local_endpoint to_;
};

} // namespace

std::unique_ptr<command> make_local_clock() {
    return std::make_unique<local_clock>();
}

} // namespace cogniot::cli
