// cogniot sign-in: step 1 alone. Prints the tokens as JSON, or for people what they are.
#include "base/text.hpp"
#include "cli/client_session.hpp"
#include "cli/commands.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

#include <ostream>

namespace cogniot::cli {
namespace {

class sign_in_command final : public command {
  public:
    std::string_view name() const override { return "sign-in"; }
    std::string_view summary() const override { return "sign a Cognito user in"; }
    std::string_view description() const override {
        return "Signs in with USER_PASSWORD_AUTH and answers challenges (new password, one-time "
               "codes).\nWith --output json the tokens themselves are printed: keep them "
               "secret.\n\n    cogniot sign-in -u alice --app-client-id ID --output json | jq -r "
               ".id_token\n";
    }
    void declare(options& o) override { flags_.declare(o, client::reach::sign_in); }

    exit_code run(terminal& io) override {
        net::loop loop;
        auto session = client_session::open(loop, flags_, client::reach::sign_in, io);
        if (!session)
            return complain(io, name(), session.error());
        auto user = (*session)->user();
        if (!user)
            return complain(io, name(), user.error());
        result<client::tokens> got = fail(net::errc::cancelled);
        loop.run_until_done([&]() -> net::task<void> {
            auto signing = (*session)->flow().sign_in(*user);
            got = co_await std::move(signing);
        });
        (*session)->print_warnings();
        if (!got)
            return complain(io, name(), got.error());
        if (flags_.output == "json")
            io.out << json::print(json::object{{"id_token", got->id_token.reveal()},
                                               {"access_token", got->access_token.reveal()},
                                               {"refresh_token", got->refresh_token.reveal()},
                                               {"expires", print_extended(got->id_token_expires)},
                                               {"username", got->user_name},
                                               {"sub", got->sub}})
                   << "\n";
        else
            io.out << "signed in as " << printable(got->user_name) << ", sub "
                   << printable(got->sub) << ", until " << print_extended(got->id_token_expires)
                   << "\n";
        return exit_code::ok;
    }

  private:
    connection_flags flags_;
};

} // namespace

std::unique_ptr<command> make_sign_in() {
    return std::make_unique<sign_in_command>();
}

} // namespace cogniot::cli
