#include "cli/command_line.hpp"

#include <doctest/doctest.h>

#include <sstream>

using namespace cogniot::cli;

namespace {

class greet final : public command {
  public:
    std::string_view name() const override { return "greet"; }
    std::string_view summary() const override { return "Greets somebody"; }
    void declare(options& flags) override {
        flags.text("-n,--name", name_, "whom to greet").required();
        flags.number("--times", times_, 1, 3, "how often");
        flags.choice("--style", style_, {"plain", "loud"}, "how");
        flags.texts("-t,--topic", topics_, "topics");
    }
    exit_code run(terminal& io) override {
        for (std::int64_t i = 0; i < times_; ++i)
            io.out << "hello " << name_ << (style_ == "loud" ? "!" : "") << "\n";
        for (auto const& topic : topics_)
            io.out << topic << "\n";
        return exit_code::ok;
    }

  private:
    std::string name_;
    std::int64_t times_ = 1;
    std::string style_ = "plain";
    std::vector<std::string> topics_;
};

class deep final : public command {
  public:
    std::string_view name() const override { return "policy evaluate"; }
    std::string_view summary() const override { return "Evaluates"; }
    void declare(options&) override {}
    exit_code run(terminal&) override { return exit_code::not_authorised; }
};

struct outcome {
    exit_code code;
    std::string out;
    std::string err;
};

outcome run(std::vector<std::string> arguments) {
    std::vector<std::unique_ptr<command>> commands;
    commands.push_back(std::make_unique<greet>());
    commands.push_back(std::make_unique<deep>());
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    terminal io{in, out, err, false};
    auto const code = run_command_line(commands, std::move(arguments), io);
    return {code, out.str(), err.str()};
}

} // namespace

TEST_CASE("a command gets its flags") {
    auto const done =
        run({"greet", "-n", "world", "--times", "2", "--style=loud", "-t", "a", "-t", "b"});
    CHECK(done.code == exit_code::ok);
    CHECK(done.out == "hello world!\nhello world!\na\nb\n");
    CHECK(done.err == "");
}

TEST_CASE("what cannot be used is a usage error that says what") {
    struct row {
        std::vector<std::string> arguments;
        char const* says;
    };
    for (auto const& [arguments, says] :
         {row{{"greet"}, "--name"}, row{{"greet", "-n", "x", "--times", "4"}, "--times"},
          row{{"greet", "-n", "x", "--times", "many"}, "many"},
          row{{"greet", "-n", "x", "--style", "shy"}, "`shy` is not one of plain|loud"},
          row{{"greet", "-n", "x", "--what"}, "--what"}, row{{"gret"}, "gret"},
          row{{"help", "nothing"}, "there is no command `nothing`"}}) {
        auto const done = run(arguments);
        CAPTURE(done.err);
        CHECK(done.code == exit_code::usage);
        CHECK(done.out == "");
        CHECK(done.err.find(says) != std::string::npos);
    }
}

TEST_CASE("a command within a command") {
    CHECK(run({"policy", "evaluate", "--bogus"}).err.find("Try `cogniot help policy evaluate`.") !=
          std::string::npos);
    CHECK(run({"policy", "evaluate"}).code == exit_code::not_authorised);
    auto const alone = run({"policy"});
    CHECK(alone.code == exit_code::usage);
    CHECK(alone.err.find("evaluate") != std::string::npos);
}

TEST_CASE("help goes to stdout, by flag and by word") {
    for (auto const& arguments :
         {std::vector<std::string>{"help", "greet"}, std::vector<std::string>{"greet", "--help"}}) {
        auto const done = run(arguments);
        CHECK(done.code == exit_code::ok);
        CHECK(done.out.find("whom to greet") != std::string::npos);
        CHECK(done.out.find("cogniot greet") != std::string::npos);
    }
    CHECK(run({"help"}).out.find("Greets somebody") != std::string::npos);
    CHECK(run({"help"}).out.find("evaluate: Evaluates") != std::string::npos);
    CHECK(run({"--version"}).out.starts_with("cogniot "));
    CHECK(run({"help", "exit-codes"}).out.find("6  no connection") != std::string::npos);
}
