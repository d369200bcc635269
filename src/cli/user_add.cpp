// cogniot user add: a user with a permanent password in a pool, through the AWS API, with the
// backend's credentials (cognito-idp:AdminCreateUser and AdminSetUserPassword).
#include "base/text.hpp"
#include "cli/client_session.hpp"
#include "cli/commands.hpp"
#include "client/errors.hpp"
#include "client/steps.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

#include <ostream>

namespace cogniot::cli {
namespace {

result<std::map<std::string, std::string>> read_attributes(std::vector<std::string> const& given) {
    std::map<std::string, std::string> out;
    for (auto const& text : given) {
        auto const at = text.find('=');
        if (at == std::string::npos || at == 0)
            return fail(client::errc::setting_unusable,
                        "--attribute `" + printable(text) + "`: NAME=VALUE is wanted");
        out[text.substr(0, at)] = text.substr(at + 1);
    }
    return out;
}

class user_add_command final : public command {
  public:
    std::string_view name() const override { return "user add"; }
    std::string_view summary() const override {
        return "create a user with a permanent password in a user pool";
    }
    std::string_view description() const override {
        return "No message is sent to the user. If the user exists, the password is set all the "
               "same.\n\n    cogniot user add -u alice --user-pool-id ap-northeast-1_AbCdEfGhI "
               "--attribute email=alice@example.com\n";
    }
    void declare(options& o) override {
        flags_.declare(o, client::reach::administer);
        o.texts("--attribute", attributes_, "NAME=VALUE of the user, several times").group("User");
    }

    exit_code run(terminal& io) override {
        net::loop loop;
        auto attributes = read_attributes(attributes_);
        if (!attributes)
            return complain(io, name(), attributes.error());
        auto session = client_session::open(loop, flags_, client::reach::administer, io);
        if (!session)
            return complain(io, name(), session.error());
        auto user = (*session)->user();
        if (!user)
            return complain(io, name(), user.error());
        auto const& pool = (*session)->job().user_pool_id;
        result<bool> added = fail(net::errc::cancelled);
        loop.run_until_done([&]() -> net::task<void> {
            auto adding = client::add_user((*session)->flow().aws(), pool, *user, *attributes);
            added = co_await std::move(adding);
        });
        (*session)->print_warnings();
        if (!added)
            return complain(io, name(), added.error());
        if (flags_.output == "json")
            io.out << json::print(json::object{{"user_pool_id", pool},
                                               {"username", user->user_name},
                                               {"created", *added}})
                   << "\n";
        else
            io.out << (*added ? "added user " : "set the password of user ")
                   << printable(user->user_name) << " in " << pool << "\n";
        return exit_code::ok;
    }

  private:
    connection_flags flags_;
    std::vector<std::string> attributes_;
};

} // namespace

std::unique_ptr<command> make_user_add() {
    return std::make_unique<user_add_command>();
}

} // namespace cogniot::cli
