// cogniot credentials: steps 1 to 3. One `credential_process` line in ~/.aws/config lets any AWS
// tool act as a Cognito user. @source AWS SDKs and tools reference guide, "Process credential
// provider"
#include "cli/client_session.hpp"
#include "cli/commands.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

#include <ostream>

namespace cogniot::cli {
namespace {

std::string print_for_process(client::user_credentials const& c) {
    return json::print(json::object{{"Version", 1},
                                    {"AccessKeyId", c.access_key_id},
                                    {"SecretAccessKey", c.secret_access_key.reveal()},
                                    {"SessionToken", c.session_token.reveal()},
                                    {"Expiration", print_extended(c.expires)}}) +
           "\n";
}

std::string print_for_shell(client::user_credentials const& c) {
    // Keys, tokens and dates have no quote in them; quoted all the same.
    auto const line = [](std::string_view variable, std::string const& value) {
        return "export " + std::string(variable) + "='" + value + "'\n";
    };
    return line("AWS_ACCESS_KEY_ID", c.access_key_id) +
           line("AWS_SECRET_ACCESS_KEY", c.secret_access_key.reveal()) +
           line("AWS_SESSION_TOKEN", c.session_token.reveal()) +
           line("AWS_CREDENTIAL_EXPIRATION", print_extended(c.expires));
}

std::string print_json(client::user_credentials const& c) {
    return json::print(json::object{{"identity_id", c.identity.text},
                                    {"access_key_id", c.access_key_id},
                                    {"secret_access_key", c.secret_access_key.reveal()},
                                    {"session_token", c.session_token.reveal()},
                                    {"expires", print_extended(c.expires)}}) +
           "\n";
}

class credentials_command final : public command {
  public:
    std::string_view name() const override { return "credentials"; }
    std::string_view summary() const override {
        return "get a Cognito user's temporary AWS credentials";
    }
    std::string_view description() const override {
        return "In ~/.aws/config this lets any AWS tool act as the user:\n\n"
               "    [profile alice]\n"
               "    credential_process = cogniot credentials --format process -u alice --config "
               "/etc/cogniot.yaml\n\n"
               "The password comes from COGNIOT_PASSWORD or --password-stdin, else it is asked "
               "for.\n";
    }
    void declare(options& o) override {
        o.choice("--format", format_, {"process", "env", "json"},
                 "for credential_process, for a shell's eval, or as plain JSON");
        flags_.declare(o, client::reach::credentials);
    }

    exit_code run(terminal& io) override {
        net::loop loop;
        auto session = client_session::open(loop, flags_, client::reach::credentials, io);
        if (!session)
            return complain(io, name(), session.error());
        auto user = (*session)->user();
        if (!user)
            return complain(io, name(), user.error());
        result<client::user_credentials> got = fail(net::errc::cancelled);
        loop.run_until_done([&]() -> net::task<void> {
            auto bringing = (*session)->flow().bring_up(*user, client::reach::credentials);
            auto up = co_await std::move(bringing);
            if (!up) {
                got = up.error();
                co_return;
            }
            auto asking = (*session)->flow().credentials();
            got = co_await std::move(asking);
        });
        (*session)->print_warnings();
        if (!got)
            return complain(io, name(), got.error());
        io.out << (format_ == "process" ? print_for_process(*got)
                   : format_ == "env"   ? print_for_shell(*got)
                                        : print_json(*got));
        return exit_code::ok;
    }

  private:
    connection_flags flags_;
    std::string format_ = "process";
};

} // namespace

std::unique_ptr<command> make_credentials() {
    return std::make_unique<credentials_command>();
}

} // namespace cogniot::cli
