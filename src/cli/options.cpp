#include "cli/options.hpp"

#include "cli/options_inside.hpp"

#include <CLI/CLI.hpp>

namespace cogniot::cli {

options::options(std::unique_ptr<inside> in) : in_(std::move(in)) {}
options::~options() = default;

options& options::text(std::string const& names, std::string& into, std::string const& help) {
    in_->last = in_->app->add_option(names, into, help)->type_name("TEXT");
    return *this;
}

options& options::text(std::string const& names, std::optional<std::string>& into,
                       std::string const& help) {
    in_->last = in_->app->add_option(names, into, help)->type_name("TEXT");
    return *this;
}

options& options::texts(std::string const& names, std::vector<std::string>& into,
                        std::string const& help) {
    in_->last = in_->app->add_option(names, into, help)->type_name("TEXT")->allow_extra_args(false);
    if (names.front() != '-') // a positional takes all that follow, a flag is given once for each
        in_->last->allow_extra_args(true);
    return *this;
}

options& options::flag(std::string const& names, bool& into, std::string const& help) {
    in_->last = in_->app->add_flag(names, into, help);
    return *this;
}

options& options::number(std::string const& names, std::int64_t& into, std::int64_t least,
                         std::int64_t most, std::string const& help) {
    in_->last = in_->app->add_option(names, into, help)
                    ->type_name("NUMBER")
                    ->check(CLI::Range(least, most).description(""));
    return *this;
}

options& options::number(std::string const& names, std::optional<std::int64_t>& into,
                         std::int64_t least, std::int64_t most, std::string const& help) {
    in_->last = in_->app->add_option(names, into, help)
                    ->type_name("NUMBER")
                    ->check(CLI::Range(least, most).description(""));
    return *this;
}

options& options::choice(std::string const& names, std::string& into,
                         std::vector<std::string> words, std::string const& help) {
    std::string listed;
    for (auto const& word : words)
        listed += (listed.empty() ? "" : "|") + word;
    in_->last = in_->app->add_option(names, into, help)->type_name(listed);
    in_->last->check([words, listed](std::string const& given) -> std::string {
        for (auto const& word : words)
            if (given == word)
                return {};
        return "`" + given + "` is not one of " + listed;
    });
    return *this;
}

options& options::required() {
    in_->last->required();
    return *this;
}

options& options::environment(std::string const& variable) {
    in_->last->envname(variable);
    return *this;
}

options& options::group(std::string const& heading) {
    in_->last->group(heading);
    return *this;
}

} // namespace cogniot::cli
