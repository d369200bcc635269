#include "cli/command_line.hpp"

#include "cli/options_inside.hpp"

#include <CLI/CLI.hpp>

#include <map>
#include <ostream>

namespace cogniot::cli {
namespace {

constexpr char const* exit_codes_text = R"(Exit codes:
  0  done, and acknowledged where there is something to acknowledge
  1  something else went wrong; stderr says what
  2  a flag, a file or a value that cannot be used
  3  the user pool refused the sign-in, or wants a challenge answered
  4  the identity pool, or the backend's own credentials, were refused
  5  a policy refused: connect, publish, subscribe or an API call
  6  no connection, or it was lost before the outcome was known
  7  a deadline passed before the outcome was known
)";

/// The subcommand of that name, or nullptr.
CLI::App* child(CLI::App& of, std::string const& name) {
    auto const found = of.get_subcommands([&](CLI::App* each) { return each->get_name() == name; });
    return found.empty() ? nullptr : found.front();
}

/// The CLI11 tree: one app a command, `local logs` under `local`.
class tree {
  public:
    explicit tree(std::vector<std::unique_ptr<command>> const& commands)
        : root_("cogniot: command devices as an Amazon Cognito user, on AWS or on the local cloud",
                "cogniot") {
        root_.set_help_flag("-h,--help", "Print this help");
        root_.set_version_flag("--version", "cogniot " COGNIOT_VERSION);
        root_.require_subcommand(0, 1);
        root_.footer("\n`cogniot help CMD` says more about a command, `cogniot help exit-codes` "
                     "lists the exit codes.");
        for (auto const& each : commands)
            add(*each);
        // `user` is no command of its own: its line in the list names what comes after it.
        for (CLI::App* group : root_.get_subcommands({}))
            if (!commands_.contains(group))
                for (CLI::App* inner : group->get_subcommands({}))
                    group->description(group->get_description() +
                                       (group->get_description().empty() ? "" : "; ") +
                                       inner->get_name() + ": " + inner->get_description());
    }

    CLI::App& root() { return root_; }

    /// The command that was asked for, innermost first; nothing if none was.
    command* chosen() {
        command* found = nullptr;
        for (auto& [app, each] : commands_)
            if (app->parsed() && app->get_subcommands().empty())
                found = each;
        return found;
    }

    CLI::App* find(std::vector<std::string> const& path) {
        CLI::App* at = &root_;
        for (auto const& word : path) {
            at = child(*at, word);
            if (at == nullptr)
                return nullptr;
        }
        return at;
    }

    /// The innermost app the arguments reached, for `local --help` and for errors.
    CLI::App* reached() {
        CLI::App* at = &root_;
        for (;;) {
            auto const inner = at->get_subcommands();
            if (inner.empty())
                return at;
            at = inner.front();
        }
    }

  private:
    void add(command& what) {
        CLI::App* at = &root_;
        std::string_view rest = what.name();
        while (!rest.empty()) {
            auto const end = rest.find(' ');
            std::string const word(rest.substr(0, end));
            CLI::App* next = child(*at, word);
            if (next == nullptr) {
                next = at->add_subcommand(word, "");
                next->set_help_flag("-h,--help", "Print this help");
            }
            at = next;
            rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
        }
        at->description(std::string(what.summary()));
        if (!what.description().empty())
            at->footer("\n" + std::string(what.description()));
        auto bound = std::make_unique<options::inside>();
        bound->app = at;
        options declared(std::move(bound));
        what.declare(declared);
        commands_[at] = &what;
    }

    CLI::App root_;
    std::map<CLI::App*, command*> commands_;
};

/// The words behind `cogniot`: ` local logs`, nothing for the program itself.
std::string words_of(CLI::App const* app) {
    return app->get_parent() == nullptr ? "" : words_of(app->get_parent()) + " " + app->get_name();
}

std::string help_of(CLI::App* app) {
    return app->get_formatter()->make_help(app, "cogniot" + words_of(app),
                                           CLI::AppFormatMode::Normal);
}

} // namespace

exit_code command::give_up(exit_code code, std::string_view why, terminal& io) const {
    io.err << "cogniot " << name() << ": " << why << std::endl;
    return code;
}

exit_code run_command_line(std::vector<std::unique_ptr<command>> const& commands,
                           std::vector<std::string> arguments, terminal& io) {
    tree known(commands);
    if (!arguments.empty() && arguments.front() == "help") {
        arguments.erase(arguments.begin());
        if (arguments.size() == 1 && arguments.front() == "exit-codes") {
            io.out << exit_codes_text;
            return exit_code::ok;
        }
        if (CLI::App* app = known.find(arguments)) {
            io.out << help_of(app);
            return exit_code::ok;
        }
        io.err << "cogniot: there is no command `" << arguments.back()
               << "`; `cogniot help` lists them\n";
        return exit_code::usage;
    }
    try {
        std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
        known.root().parse(reversed);
    } catch (CLI::CallForHelp const&) {
        io.out << help_of(known.reached());
        return exit_code::ok;
    } catch (CLI::CallForAllHelp const&) {
        io.out << help_of(known.reached());
        return exit_code::ok;
    } catch (CLI::CallForVersion const&) {
        io.out << "cogniot " COGNIOT_VERSION "\n";
        return exit_code::ok;
    } catch (CLI::ParseError const& wrong) {
        io.err << "cogniot: " << wrong.what() << "\n";
        io.err << "Try `cogniot help" << words_of(known.reached()) << "`.\n";
        return exit_code::usage;
    }
    command* const chosen = known.chosen();
    if (chosen == nullptr) { // `cogniot`, or `cogniot policy` without a word after it
        io.err << help_of(known.reached());
        return exit_code::usage;
    }
    return chosen->run(io);
}

} // namespace cogniot::cli
