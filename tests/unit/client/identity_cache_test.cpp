#include "client/identity_cache.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace cogniot::client;

namespace {

struct scratch {
    std::filesystem::path path;
    scratch() {
        std::string form = (std::filesystem::temp_directory_path() / "cogniot-XXXXXX").string();
        path = ::mkdtemp(form.data());
    }
    ~scratch() { std::filesystem::remove_all(path); }
};

identity_key const alice{"localhost:4566", "r:pool", "cognito-idp.r.amazonaws.com/r_x", "1f2e"};

} // namespace

TEST_CASE("an identity is found by the next process, with the policies known to be attached") {
    scratch dir;
    identity_cache first(dir.path / "cogniot");
    CHECK_FALSE(first.find(alice));
    first.keep(alice, {.id = {"r:1"}, .policies = {"p"}});
    identity_cache second(dir.path / "cogniot");
    auto const found = second.find(alice);
    REQUIRE(found);
    CHECK(found->id.text == "r:1");
    CHECK(found->policies == std::set<std::string>{"p"});
    auto bob = alice;
    bob.sub = "other";
    CHECK_FALSE(second.find(bob));
    auto other_cloud = alice;
    other_cloud.endpoint = "cognito-identity.r.amazonaws.com";
    CHECK_FALSE(second.find(other_cloud));
    second.forget(alice);
    CHECK_FALSE(identity_cache(dir.path / "cogniot").find(alice));
}

TEST_CASE("files are for the user alone, and a damaged one counts as absent") {
    scratch dir;
    identity_cache cache(dir.path);
    cache.keep(alice, {.id = {"r:1"}, .policies = {}});
    for (auto const& entry : std::filesystem::directory_iterator(dir.path / "identities")) {
        struct stat is {};
        REQUIRE(::stat(entry.path().c_str(), &is) == 0);
        CHECK((is.st_mode & 0777) == 0600);
        std::ofstream(entry.path()) << "{\"identity_id\": ";
    }
    CHECK_FALSE(identity_cache(dir.path).find(alice));
}

TEST_CASE("a directory that cannot be written to costs nothing but the next GetId") {
    identity_cache cache("/proc/nowhere");
    cache.keep(alice, {.id = {"r:1"}, .policies = {}});
    CHECK(cache.find(alice)->id.text == "r:1");
}
