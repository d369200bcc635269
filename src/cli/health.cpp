// cogniot health: asks a local cloud whether it is well. For scripts and container health checks.
#include "cli/commands.hpp"
#include "cli/http_get.hpp"

#include <ostream>

namespace cogniot::cli {
namespace {

class health_command final : public command {
  public:
    std::string_view name() const override { return "health"; }
    std::string_view summary() const override { return "ask a local cloud whether it is running"; }

    void declare(options& flags) override { to_.declare(flags); }

    exit_code run(terminal& io) override {
        auto const answer = http_get(to_, "/_localstack/health");
        if (!answer)
            return give_up(answer.error().code(), answer.error().detail, io);
        io.out << answer->body << '\n';
        if (answer->status == 200)
            return exit_code::ok;
        return give_up(exit_code::failed, to_.url + " answered " + std::to_string(answer->status),
                       io);
    }

  private:
    local_endpoint to_;
};

} // namespace

std::unique_ptr<command> make_health() {
    return std::make_unique<health_command>();
}

} // namespace cogniot::cli
