// What the store promises, and what SQLite's files answer when they are not what we left.
#include "store/store.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <csignal>
#include <fstream>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace cogniot::store {
namespace {

using records = std::vector<record>;

records all(store& from) {
    records found;
    auto loaded =
        from.load([&](std::string_view kind, std::string_view key, std::string_view value) {
            found.push_back({std::string(kind), std::string(key), std::string(value)});
        });
    REQUIRE(loaded);
    return found;
}

void execute(std::filesystem::path const& directory, char const* sql) {
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open((directory / "cogniot.sqlite").c_str(), &db) == SQLITE_OK);
    REQUIRE(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(db);
}

void check_promises(store& s) {
    CHECK(all(s).empty());
    REQUIRE(s.commit({}));

    records first{{"b", "2", "two"}, {"a", "1", "one"}, {"b", "1", ""}, {"b", "gone", "x"}};
    REQUIRE(s.commit(first));
    records second{{"b", "gone", {}}, {"a", "1", "uno"}, {"a", "1", "eins"}, {"c", "never", {}}};
    REQUIRE(s.commit(second));
    CHECK(all(s) == records{{"a", "1", "eins"}, {"b", "1", ""}, {"b", "2", "two"}});
}

} // namespace

TEST_CASE(
    "records are loaded kind by kind, keys in byte order, also after the store was closed; the "
    "last record of a batch wins") {
    test::temporary_directory dir;
    {
        auto s = open_sqlite(dir.path() / "new" / "deep");
        REQUIRE(s);
        check_promises(**s);
    }
    auto again = open_sqlite(dir.path() / "new" / "deep", sync::full);
    REQUIRE(again);
    CHECK(all(**again).size() == 3);
}

TEST_CASE("keys and values are bytes: NUL, high bytes and order by byte value") {
    test::temporary_directory dir;
    std::string const zero("\0a", 2);
    std::string const high("\xff\xfe", 2);
    {
        auto s = open_sqlite(dir.path());
        REQUIRE(s);
        records batch{{"k", high, high}, {"k", zero, zero}, {"k", "", "empty key"}};
        REQUIRE((*s)->commit(batch));
    }
    auto s = open_sqlite(dir.path());
    REQUIRE(s);
    CHECK(all(**s) == records{{"k", "", "empty key"}, {"k", zero, zero}, {"k", high, high}});
}

TEST_CASE("a second owner is told which process uses the directory") {
    test::temporary_directory dir;
    auto first = open_sqlite(dir.path());
    REQUIRE(first);
    auto second = open_sqlite(dir.path());
    REQUIRE_FALSE(second);
    CHECK(second.error().code == make_error_code(errc::busy));
    CHECK(second.error().detail.find("process " + std::to_string(::getpid())) != std::string::npos);
    first->reset();
    CHECK(open_sqlite(dir.path()));
}

TEST_CASE("another program that holds the database file itself makes it busy") {
    test::temporary_directory dir;
    {
        auto s = open_sqlite(dir.path());
        REQUIRE(s);
    }
    // SQLite's locks do not show inside one process: a child holds the file.
    int told[2], end[2];
    REQUIRE(::pipe(told) == 0);
    REQUIRE(::pipe(end) == 0);
    auto const child = ::fork();
    if (child == 0) {
        sqlite3* db = nullptr;
        sqlite3_open((dir.path() / "cogniot.sqlite").c_str(), &db);
        sqlite3_exec(db,
                     "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; INSERT INTO record "
                     "VALUES('x','y','z')",
                     nullptr, nullptr, nullptr);
        char byte = 'r';
        (void)!::write(told[1], &byte, 1);
        (void)!::read(end[0], &byte, 1);
        ::_exit(0);
    }
    char byte = 0;
    REQUIRE(::read(told[0], &byte, 1) == 1);
    auto refused = open_sqlite(dir.path());
    CHECK_FALSE(refused);
    if (!refused)
        CHECK(refused.error().code == make_error_code(errc::busy));
    (void)!::write(end[1], &byte, 1);
    for (int fd : {told[0], told[1], end[0], end[1]})
        ::close(fd);
}

TEST_CASE("data of a newer schema is refused and left as it is") {
    test::temporary_directory dir;
    {
        auto s = open_sqlite(dir.path());
        REQUIRE(s);
    }
    execute(dir.path(), "PRAGMA user_version=2");
    auto refused = open_sqlite(dir.path());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == make_error_code(errc::schema_too_new));
    execute(dir.path(), "SELECT 1/(SELECT user_version=2 FROM pragma_user_version)");
}

TEST_CASE("a file that is no database, or another program's, is called damaged") {
    test::temporary_directory dir;
    std::ofstream(dir.path() / "cogniot.sqlite") << std::string(8192, 'x');
    auto refused = open_sqlite(dir.path());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == make_error_code(errc::damaged));

    test::temporary_directory other;
    execute(other.path(), "PRAGMA application_id=7; CREATE TABLE theirs(x)");
    auto foreign = open_sqlite(other.path());
    REQUIRE_FALSE(foreign);
    CHECK(foreign.error().code == make_error_code(errc::damaged));
}

TEST_CASE("a write that the system refuses is no damage, and nothing of its batch is kept") {
    test::temporary_directory dir;
    auto s = open_sqlite(dir.path());
    REQUIRE(s);
    records small{{"k", "1", "x"}};
    REQUIRE((*s)->commit(small));
    auto const size = std::filesystem::file_size(dir.path() / "cogniot.sqlite-wal");
    auto const before = std::signal(SIGXFSZ, SIG_IGN);
    rlimit unlimited{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &unlimited) == 0);
    rlimit const limit{size, unlimited.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
    records more{{"k", "2", "y"}};
    auto const refused = (*s)->commit(more);
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &unlimited) == 0);
    std::signal(SIGXFSZ, before);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == make_error_code(errc::disk_failed));
    CHECK(all(**s) == small);
    REQUIRE((*s)->commit(more));
}

TEST_CASE("a directory that cannot be made is named") {
    auto refused = open_sqlite("/proc/cogniot");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == make_error_code(errc::cannot_open));
    CHECK(refused.error().detail.find("/proc/cogniot") != std::string::npos);
}

TEST_CASE("the files are for their owner only") {
    test::temporary_directory dir;
    auto s = open_sqlite(dir.path());
    REQUIRE(s);
    struct stat about {};
    REQUIRE(::stat((dir.path() / "cogniot.sqlite").c_str(), &about) == 0);
    CHECK((about.st_mode & 0077) == 0);
}

} // namespace cogniot::store
