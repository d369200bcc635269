#include "cli/plain_broker.hpp"
#include "client/errors.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <sstream>

using namespace cogniot;
using namespace cogniot::cli;

namespace {

struct world {
    std::map<std::string, std::string> variables{};
    connection_flags flags{};
    std::string typed{};

    result<plain_broker> read(std::string const& url = "mqtt://broker") {
        std::istringstream in(typed);
        return read_plain_broker(
            url, flags,
            [this](std::string_view name) -> std::optional<std::string> {
                auto const found = variables.find(std::string(name));
                return found == variables.end() ? std::nullopt : std::optional(found->second);
            },
            in);
    }
};

} // namespace

TEST_CASE("a broker's URL: host and port as MQTT has them") {
    world w;
    CHECK(w.read("mqtt://broker")->at == net::origin{false, "broker", 1883});
    CHECK(w.read("mqtts://broker")->at == net::origin{true, "broker", 8883});
    CHECK(w.read("mqtt://[::1]:99")->at == net::origin{false, "::1", 99});
    CHECK(w.read("mqtt://broker")->link.broker == client::broker_kind::standard);
    CHECK(w.read("mqtt://broker")->link.publishes_per_second == 0);
    for (auto const* wrong : {"broker", "http://broker", "mqtt://broker/x", "mqtt://"})
        CHECK(w.read(wrong).error().code == make_error_code(client::errc::setting_unusable));
    auto const told = w.read("mqtt://user:hidden@broker").error().detail;
    CHECK(told.find("hidden") == std::string::npos);
    CHECK(told.find("mqtt://***@broker") != std::string::npos);
}

TEST_CASE("the client ID comes from flag, variable and file, and must be MQTT's text") {
    test::temporary_directory const folder;
    world w;
    w.flags.config_file = folder.path() / "c.yaml";
    std::ofstream(*w.flags.config_file) << "client_id: file\npublishes_per_second: 7\n";
    CHECK(w.read()->link.client_id == "file");
    CHECK(w.read()->link.publishes_per_second == 7);
    w.variables["COGNIOT_CLIENT_ID"] = "variable";
    CHECK(w.read()->link.client_id == "variable");
    w.flags.given.client_id = "flag";
    CHECK(w.read()->link.client_id == "flag");
    CHECK_FALSE(w.read()->link.clean_session);
    w.flags.given.client_id = "\xff";
    CHECK(w.read().error().detail.find("not UTF-8") != std::string::npos);
    w.flags.given.client_id = std::string(65536, 'x');
    CHECK(w.read().error().detail.find("65535") != std::string::npos);
}

TEST_CASE("without a client ID one is made up, and no session is kept under it") {
    world w;
    auto const made = w.read();
    CHECK(made->link.client_id.starts_with("cogniot-"));
    CHECK(made->link.clean_session);
}

TEST_CASE("a user is sent only if the command line says so: the variables are for Cognito") {
    world w;
    w.variables = {{"COGNIOT_USERNAME", "alice"}, {"COGNIOT_PASSWORD", "pw"}};
    CHECK_FALSE(w.read()->link.user_name);
    CHECK_FALSE(w.read()->link.password);
    w.flags.given.username = "bob";
    CHECK(w.read()->link.user_name == "bob");
    CHECK(w.read()->link.password == "pw");
    w.flags.password_stdin = true;
    w.typed = "typed\n";
    CHECK(w.read()->link.password == "typed");
    w.flags.given.username.reset();
    CHECK(w.read().error().code == make_error_code(client::errc::setting_missing));
}

TEST_CASE("CAs are read for TLS alone; an empty AWS_CA_BUNDLE is none") {
    world w;
    w.variables["AWS_CA_BUNDLE"] = "/nowhere.pem";
    CHECK(w.read("mqtt://broker").has_value());
    CHECK_FALSE(w.read("mqtts://broker").has_value());
    w.variables["AWS_CA_BUNDLE"] = "";
    CHECK(w.read("mqtts://broker").has_value());
}
