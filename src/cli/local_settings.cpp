// cogniot local settings: what the file of `cogniot local --settings` may say.
#include "cli/commands.hpp"
#include "local/settings.hpp"

#include <ostream>
#include <string>
#include <string_view>

namespace cogniot::cli {
namespace {

using local::setting;

std::string_view heading_of(setting::group of) {
    switch (of) {
    case setting::group::limits:
        return "Limits, enforced as AWS does";
    case setting::group::rates:
        return "Rates, enforced if asked for";
    case setting::group::unconfirmed:
        break;
    }
    return "What nobody could confirm";
}

class local_settings final : public command {
  public:
    std::string_view name() const override { return "local settings"; }
    std::string_view summary() const override {
        return "the limits and behaviours that `cogniot local --settings FILE` can set";
    }
    std::string_view description() const override {
        return "The file is YAML or JSON:\n\n"
               "  enforce_rates: true\n"
               "  max_subscriptions: 5\n"
               "  connect_denied_311: connack_5\n";
    }

    void declare(options& flags) override {
        flags.choice("--output", output_, {"text", "json", "markdown"}, "in words or as data");
    }

    exit_code run(terminal& io) override {
        if (output_ == "json")
            io.out << local::print_settings_json() << '\n';
        else if (output_ == "markdown")
            io.out << local::print_settings_page();
        else
            list(io);
        return exit_code::ok;
    }

  private:
    static void list(terminal& io) {
        auto const all = local::all_settings();
        for (auto const of :
             {setting::group::limits, setting::group::rates, setting::group::unconfirmed}) {
            io.out << heading_of(of) << ":\n";
            for (auto const& one : all) {
                if (one.of != of)
                    continue;
                io.out << "  " << one.name << " = " << one.fallback << "  (" << one.values;
                if (!one.aws.empty())
                    io.out << "; AWS " << one.aws;
                io.out << ")\n      " << one.meaning << '\n';
            }
        }
    }

    std::string output_ = "text";
};

} // namespace

std::unique_ptr<command> make_local_settings() {
    return std::make_unique<local_settings>();
}

} // namespace cogniot::cli
