// `cogniot policy test`: a table of expectations as a test suite for a team's policies.
#include "cli/commands.hpp"
#include "cli/junit.hpp"
#include "cli/policy_explanation.hpp"
#include "cli/policy_test_file.hpp"

#include <fstream>
#include <ostream>
#include <sstream>

namespace cogniot::cli {
namespace {

/// What a row turned out to be.
struct outcome {
    junit_case shown{};
    bool passed = true;
};

class policy_test final : public command {
  public:
    std::string_view name() const override { return "policy test"; }
    std::string_view summary() const override {
        return "Holds policies to a table of expectations, for CI";
    }
    std::string_view description() const override {
        return "The file names policies, an identity and what is expected:\n\n"
               "  role_policies: [role.json]\n"
               "  iot_policies: [iot.json]\n"
               "  identity: ap-northeast-1:d23c8f3f-1234-4a6b-9c1e-0123456789ab\n"
               "  tests:\n"
               "    - {connect: , expect: allow}\n"
               "    - {publish: home/lamp, expect: allow}\n"
               "    - {publish: office/lamp, expect: deny, refused_by: iot_policy}\n\n"
               "Exits with 0 if all hold, 1 if some do not, 2 if a file cannot be used. The format "
               "is "
               "in docs/policy.md.";
    }
    void declare(options& flags) override {
        flags.texts("FILE", paths_, "tables of expectations").required();
        flags.text("--junit", junit_, "write JUnit XML to this file as well");
        flags.flag("-q,--quiet", quiet_, "print only what fails");
    }

    exit_code run(terminal& io) override {
        std::vector<policy_test_file> files;
        for (auto const& path : paths_) {
            auto read = read_policy_test_file(path);
            if (!read)
                return give_up(exit_code::usage, read.error().detail, io);
            files.push_back(std::move(*read));
        }
        std::vector<outcome> outcomes;
        for (auto const& file : files)
            for (auto const& row : file.rows) {
                auto done = decide(file, row);
                if (!done)
                    return give_up(exit_code::usage,
                                   place(file, row) + ":" + std::to_string(row.at.column) + ": " +
                                       done.error().detail,
                                   io);
                outcomes.push_back(std::move(*done));
            }
        std::vector<junit_case> cases;
        std::size_t failed = 0;
        for (auto& each : outcomes) {
            failed += each.passed ? 0 : 1;
            print(io.out, each);
            cases.push_back(std::move(each.shown));
        }
        io.out << cases.size() << (cases.size() == 1 ? " expectation, " : " expectations, ")
               << failed << " failed\n";
        if (junit_ && !write_junit(cases))
            return give_up(exit_code::usage, "`" + *junit_ + "` cannot be written", io);
        return failed == 0 ? exit_code::ok : exit_code::failed;
    }

  private:
    static std::string place(policy_test_file const& file, expectation const& row) {
        return file.path + ":" + std::to_string(row.at.line);
    }

    static result<outcome> decide(policy_test_file const& file, expectation const& row) {
        auto setup = prepare(row.who, file.roles, file.iots);
        if (!setup)
            return setup.error();
        cloud::offline const locks(std::move(setup->setup));
        std::vector<cloud::question> questions{locks.ask(row.action, row.resource)};
        if (!row.what.verb.empty()) {
            auto const wanted = prepare(row.what);
            if (!wanted)
                return wanted.error();
            questions = locks.questions(*wanted);
        }
        auto const answers = answer_all(locks, questions);
        answered const* refused = nullptr;
        for (auto const& a : answers)
            if (!a.decided.allowed && refused == nullptr)
                refused = &a;
        outcome out{{row.name, place(file, row)}};
        auto const failure = fault(row, refused);
        out.passed = failure.empty();
        for (auto const& a : answers)
            for (auto const& lock : a.locks)
                if (auto doubt = words_of_doubt(lock); !doubt.empty())
                    out.shown.details = "not certain: " + std::move(doubt);
        if (out.passed)
            return out;
        out.shown.failure = failure;
        std::ostringstream details;
        for (auto const& a : answers)
            print_answer(details, a, locks);
        out.shown.details = details.str();
        return out;
    }

    /// Empty if what is expected is what is.
    static std::string fault(expectation const& row, answered const* refused) {
        std::string const is =
            refused == nullptr ? "allow" : std::string(policy::print(refused->decided.effect));
        bool const as_expected =
            row.expected == is || (row.expected == "deny" && refused != nullptr);
        if (!as_expected)
            return "expected " + row.expected + ", is " + is;
        if (!row.refused_by || refused == nullptr)
            return {};
        for (auto const& lock : refused->locks)
            if (cloud::print(lock.which) == *row.refused_by &&
                lock.why.decision != policy::effect::allow)
                return {};
        return "expected the " + *row.refused_by + " to refuse, it is the " +
               std::string(cloud::print(refused->decided.refused_by));
    }

    void print(std::ostream& out, outcome const& of) const {
        if (of.passed) {
            if (!quiet_)
                out << "ok    " << of.shown.name << "\n";
            if (!of.shown.details.empty())
                out << "      " << of.shown.place << ": " << of.shown.details << "\n";
            return;
        }
        out << "FAIL  " << of.shown.name << "\n      " << of.shown.place << ": "
            << *of.shown.failure << "\n";
        std::istringstream lines(of.shown.details);
        for (std::string line; std::getline(lines, line);)
            out << (line.empty() ? "" : "      ") << line << "\n";
    }

    bool write_junit(std::vector<junit_case> const& cases) const {
        std::ofstream out(*junit_, std::ios::binary);
        print_junit(out, paths_.size() == 1 ? paths_.front() : "cogniot policy test", cases);
        out.flush();
        return out.good();
    }

    std::vector<std::string> paths_;
    std::optional<std::string> junit_;
    bool quiet_ = false;
};

} // namespace

std::unique_ptr<command> make_policy_test() {
    return std::make_unique<policy_test>();
}

} // namespace cogniot::cli
