// `cogniot policy check`: lints policy documents and the policies of CloudFormation templates for
// the known traps.
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/policy_files.hpp"
#include "json/parse.hpp"
#include "local/template/errors.hpp"
#include "local/template/policies.hpp"
#include "policy/check.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <ostream>

namespace cogniot::cli {
namespace {

using policy::kind;
using policy::severity;

/// One document to check.
struct unit {
    std::string file;
    /// Within a template: `AuthenticatedRole`, `AuthenticatedRole: command-devices`.
    std::string label{};
    std::string text{};
    kind what = kind::role_inline;
    bool guessed = false;
    policy::principal_kind principal = policy::principal_kind::cognito;
    std::optional<std::string> identity_pool{};
    std::optional<std::string> amr{};
    /// Templates only.
    std::shared_ptr<local::template_source const> source{};
    std::string path{};
    std::optional<error> unresolved{};
};

struct placed_finding {
    unit const* in;
    policy::finding what;
    json::place at;
};

std::string_view name_of(kind what) {
    switch (what) {
    case kind::trust:
        return "trust";
    case kind::iot:
        return "iot";
    case kind::managed:
        return "managed";
    default:
        return "role";
    }
}

std::string_view title_of(kind what) {
    switch (what) {
    case kind::trust:
        return "a trust policy";
    case kind::iot:
        return "an IoT policy";
    case kind::managed:
        return "a managed policy";
    default:
        return "a role's policy";
    }
}

bool is_template(std::string_view path, std::string_view text) {
    for (auto const end : {".yaml", ".yml", ".template"})
        if (path.ends_with(end))
            return true;
    auto const root = json::parse_object(text, {.max_bytes = 16u << 20, .max_depth = 64});
    return root && root->contains("Resources") && !root->contains("Statement");
}

class policy_check final : public command {
  public:
    std::string_view name() const override { return "policy check"; }
    std::string_view summary() const override {
        return "Lints policy documents and CloudFormation templates for the known traps";
    }
    std::string_view description() const override {
        return "Each finding says where (file:line:column), what, why and what to do, under a "
               "stable "
               "name.\nOf templates every policy is checked: roles with their trust policies, "
               "managed "
               "and IoT policies.\n\n"
               "  cogniot policy check role.json iot.json template.yaml\n\n"
               "Exits with 1 if there is an error, with --strict also if there is a warning; 2 if "
               "a "
               "file cannot\nbe read. The findings are listed in docs/policy.md.";
    }
    void declare(options& flags) override {
        flags.texts("FILE", paths_, "policy documents and templates").required();
        flags.choice("--kind", kind_, {"guess", "role", "managed", "trust", "iot"},
                     "what the documents are; guessed from their elements and file names");
        flags.choice("--principal", principal_, {"guess", "cognito", "certificate"},
                     "whose IoT policies they are: decides which variables have values");
        flags.text("--region", region_, "of the broker; the one named most often if not given");
        flags.text("--account", account_, "the one named most often if not given");
        flags.text("--identity-pool", pool_, "that trust policies should name");
        flags.flag("--strict", strict_, "warnings are errors");
        flags.flag("--notes", notes_, "show notes, too");
        flags.choice("--output", output_, {"text", "json"}, "how to print");
    }

    exit_code run(terminal& io) override {
        std::vector<unit> units;
        for (auto const& path : paths_)
            if (auto const read = add_units(path, units); !read)
                return give_up(exit_code::usage, read.error().detail, io);
        auto const found = check_all(units);
        std::map<severity, std::size_t> count;
        for (auto const& f : found)
            ++count[f.what.of->how_bad];
        if (output_ == "json")
            print_as_json(io.out, units, found, count);
        else
            print_as_text(io, units, found, count);
        bool const bad = count[severity::error] > 0 || (strict_ && count[severity::warning] > 0);
        return bad ? exit_code::failed : exit_code::ok;
    }

  private:
    result<void> add_units(std::string const& path, std::vector<unit>& into) const {
        auto text = read_text_file(path);
        if (!text)
            return text.error();
        if (is_template(path, *text))
            return add_template(path, *text, into);
        unit made{.file = path, .text = *text, .guessed = kind_ == "guess"};
        made.what = made.guessed ? policy::guess_kind(*text, path) : given_kind();
        made.principal = principal_of(*text);
        made.identity_pool = pool_;
        into.push_back(std::move(made));
        return {};
    }

    result<void> add_template(std::string const& path, std::string const& text,
                              std::vector<unit>& into) const {
        auto read = local::read_template(path, text);
        if (!read)
            return read.error();
        auto const source = std::make_shared<local::template_source const>(std::move(*read));
        auto const policies = local::find_policies(
            *source, region_ ? std::string_view(*region_) : local::region_of_the_stack,
            account_ ? std::string_view(*account_) : local::account_of_the_stack);
        if (policies.empty())
            return error{make_error_code(boost::system::errc::invalid_argument),
                         path +
                             ": a template without any policy; a policy document has `Statement`"};
        for (auto const& p : policies) {
            unit made{.file = path,
                      .label = p.logical_id + (p.name.empty() ? "" : ": " + p.name),
                      .text = p.text,
                      .what = p.what,
                      .principal = principal_of(p.text),
                      .identity_pool = p.identity_pool ? p.identity_pool : pool_,
                      .amr = p.amr,
                      .source = source,
                      .path = p.path,
                      .unresolved = p.unresolved};
            into.push_back(std::move(made));
        }
        return {};
    }

    kind given_kind() const {
        return kind_ == "trust"     ? kind::trust
               : kind_ == "iot"     ? kind::iot
               : kind_ == "managed" ? kind::managed
                                    : kind::role_inline;
    }
    policy::principal_kind principal_of(std::string_view text) const {
        return principal_ == "guess"         ? policy::guess_principal(text)
               : principal_ == "certificate" ? policy::principal_kind::certificate
                                             : policy::principal_kind::cognito;
    }

    std::vector<placed_finding> check_all(std::vector<unit> const& units) const {
        policy::named_places named;
        for (auto const& u : units) {
            auto const here = policy::places_of(u.text);
            named.regions.insert(named.regions.end(), here.regions.begin(), here.regions.end());
            named.accounts.insert(named.accounts.end(), here.accounts.begin(), here.accounts.end());
        }
        auto const region = region_ ? region_ : most_named(named.regions);
        auto const account = account_ ? account_ : most_named(named.accounts);
        std::vector<placed_finding> out;
        for (auto const& u : units) {
            if (u.unresolved) {
                bool const is_refused =
                    u.unresolved->code == make_error_code(local::template_errc::reference_unknown);
                policy::finding f{&policy::trap_named(is_refused ? "name-unknown" : "not-checked"),
                                  u.unresolved->detail};
                out.push_back({&u, f, place(u, f)});
                continue;
            }
            for (auto& f : policy::check(u.text, {.what = u.what,
                                                 .principal = u.principal,
                                                 .region = region,
                                                 .account = account,
                                                 .identity_pool = u.identity_pool,
                                                 .amr = u.amr}))
                out.push_back({&u, f, place(u, f)});
        }
        return out;
    }

    static json::place place(unit const& u, policy::finding const& f) {
        if (!u.source)
            return f.at;
        return u.source->find_place(local::path_of_pointer(u.path, f.pointer))
            .value_or(json::place{});
    }

    void print_as_text(terminal& io, std::vector<unit> const& units,
                       std::vector<placed_finding> const& found,
                       std::map<severity, std::size_t>& count) const {
        for (auto const& u : units)
            if (u.guessed)
                io.err << u.file << ": taken for " << title_of(u.what)
                       << "; --kind says otherwise\n";
        for (auto const& f : found) {
            if (f.what.of->how_bad == severity::note && !notes_)
                continue;
            auto const what = (f.in->label.empty() ? "" : f.in->label + ": ") + f.what.what;
            io.out << f.in->file << ":" << f.at.line << ":" << f.at.column << ": "
                   << policy::print(f.what.of->how_bad) << ": " << f.what.of->name << ": "
                   << printable(what, what.size()) << "\n    why: " << f.what.of->why
                   << "\n    do:  " << f.what.of->advice << "\n";
        }
        auto const counted = [](std::size_t n, std::string_view what) {
            return std::to_string(n) + " " + std::string(what) + (n == 1 ? "" : "s");
        };
        io.out << counted(count[severity::error], "error") << ", "
               << counted(count[severity::warning], "warning") << ", "
               << counted(count[severity::note], "note") << " in " << units.size()
               << (units.size() == 1 ? " policy\n" : " policies\n");
    }

    void print_as_json(std::ostream& out, std::vector<unit> const& units,
                       std::vector<placed_finding> const& found,
                       std::map<severity, std::size_t>& count) const {
        boost::json::array checked;
        for (auto const& u : units)
            checked.push_back({{"file", u.file},
                               {"policy", u.label},
                               {"kind", name_of(u.what)},
                               {"guessed", u.guessed}});
        boost::json::array findings;
        for (auto const& f : found)
            findings.push_back({{"name", f.what.of->name},
                                {"severity", policy::print(f.what.of->how_bad)},
                                {"file", f.in->file},
                                {"line", f.at.line},
                                {"column", f.at.column},
                                {"policy", f.in->label},
                                {"pointer", f.what.pointer},
                                {"what", f.what.what},
                                {"why", f.what.of->why},
                                {"do", f.what.of->advice}});
        out << json::print(boost::json::object{{"errors", count[severity::error]},
                                               {"warnings", count[severity::warning]},
                                               {"notes", count[severity::note]},
                                               {"checked", std::move(checked)},
                                               {"findings", std::move(findings)}})
            << "\n";
    }

    std::vector<std::string> paths_;
    std::string kind_ = "guess";
    std::string principal_ = "guess";
    std::optional<std::string> region_;
    std::optional<std::string> account_;
    std::optional<std::string> pool_;
    bool strict_ = false;
    bool notes_ = false;
    std::string output_ = "text";
};

} // namespace

std::unique_ptr<command> make_policy_check() {
    return std::make_unique<policy_check>();
}

} // namespace cogniot::cli
