// One SQLite file, one writer: docs/formats/store.md says what is in it and what survives.
#include "base/forget_below.hpp"
#include "store/lock_file.hpp"
#include "store/store.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <utility>

namespace cogniot::store {
namespace {

constexpr int schema_version = 1;
/// `cgio`: tells file(1) and us whose database this is.
constexpr int application_id = 0x6367696F;

struct close_database {
    void operator()(sqlite3* db) const { sqlite3_close(db); }
};
struct finalize_statement {
    void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
};
using database = std::unique_ptr<sqlite3, close_database>;
using statement = std::unique_ptr<sqlite3_stmt, finalize_statement>;

/// The errc that a person can act on; `otherwise` for everything SQLite has no own word for.
error failure(sqlite3* db, int code, errc otherwise) {
    std::string detail = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code);
    switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return fail(errc::busy, std::move(detail));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return fail(errc::damaged, std::move(detail));
    case SQLITE_FULL:
        return fail(errc::full, std::move(detail));
    case SQLITE_IOERR:
        // A write that the file system refused for lack of space is reported as an I/O error.
        if (db != nullptr && sqlite3_system_errno(db) == ENOSPC)
            return fail(errc::full, std::move(detail));
        return fail(errc::disk_failed, std::move(detail));
    default:
        return fail(otherwise, std::move(detail));
    }
}

std::string_view column(sqlite3_stmt* row, int at) {
    auto const* bytes = static_cast<char const*>(sqlite3_column_blob(row, at));
    auto const size = static_cast<std::size_t>(sqlite3_column_bytes(row, at));
    return bytes == nullptr ? std::string_view{} : std::string_view{bytes, size};
}

class sqlite_store final : public store {
  public:
    sqlite_store(lock_file lock, database db) : lock_(std::move(lock)), db_(std::move(db)) {}

    result<void> prepare(sync how) {
        // WAL without shared memory: nobody else may look in while we run, commits are appends.
        for (char const* pragma :
             {"PRAGMA locking_mode=EXCLUSIVE", "PRAGMA journal_mode=WAL",
              how == sync::full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL",
              "PRAGMA cache_size=-2048", "PRAGMA journal_size_limit=16777216"}) {
            if (auto done = execute(pragma, errc::cannot_open); !done)
                return done;
        }
        auto const version = integer("PRAGMA user_version");
        if (!version)
            return version.error();
        if (*version > schema_version)
            return fail(errc::schema_too_new, "schema " + std::to_string(*version) +
                                                  ", this version reads up to " +
                                                  std::to_string(schema_version));
        auto const owner = integer("PRAGMA application_id");
        if (!owner)
            return owner.error();
        if (*owner != 0 && *owner != application_id)
            return fail(errc::damaged, "cogniot.sqlite is the database of another program");
        if (*version == 0) {
            auto made = execute("BEGIN IMMEDIATE;"
                                "CREATE TABLE record(kind TEXT NOT NULL, key BLOB NOT NULL,"
                                " value BLOB NOT NULL, PRIMARY KEY(kind, key)) WITHOUT ROWID;"
                                "PRAGMA application_id=1667721583;"
                                "PRAGMA user_version=1;"
                                "COMMIT",
                                errc::cannot_open);
            if (!made)
                return made;
        }
        static_assert(application_id == 1667721583);
        for (auto [sql, into] :
             {std::pair{"BEGIN IMMEDIATE", &begin_}, std::pair{"COMMIT", &commit_},
              std::pair{"ROLLBACK", &rollback_},
              std::pair{"INSERT INTO record VALUES(?1,?2,?3) ON CONFLICT(kind,key)"
                        " DO UPDATE SET value=excluded.value",
                        &put_},
              std::pair{"DELETE FROM record WHERE kind=?1 AND key=?2", &forget_},
              std::pair{"DELETE FROM record WHERE kind=?1 AND key>=?2 AND key<?3", &forget_below_},
              std::pair{"SELECT key, value FROM record WHERE kind=?1 AND key>=?2 AND key<?3"
                        " ORDER BY key",
                        &read_}}) {
            sqlite3_stmt* made = nullptr;
            int const code =
                sqlite3_prepare_v3(db_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr);
            into->reset(made);
            if (code != SQLITE_OK)
                return failure(db_.get(), code, errc::damaged);
        }
        return {};
    }

    result<void>
    load(std::function<void(std::string_view, std::string_view, std::string_view)> each) override {
        sqlite3_stmt* made = nullptr;
        int code =
            sqlite3_prepare_v2(db_.get(), "SELECT kind, key, value FROM record ORDER BY kind, key",
                               -1, &made, nullptr);
        statement rows(made);
        if (code != SQLITE_OK)
            return failure(db_.get(), code, errc::damaged);
        while ((code = sqlite3_step(rows.get())) == SQLITE_ROW)
            each(column(rows.get(), 0), column(rows.get(), 1), column(rows.get(), 2));
        if (code != SQLITE_DONE)
            return failure(db_.get(), code, errc::damaged);
        return {};
    }

    result<void>
    read(std::string_view kind, std::string_view from, std::string_view to,
         std::function<bool(std::string_view, std::string_view)> const& each) override {
        auto* rows = read_.get();
        bind(rows, kind, from, to);
        int code = SQLITE_DONE;
        while ((code = sqlite3_step(rows)) == SQLITE_ROW)
            if (!each(column(rows, 0), column(rows, 1)))
                break;
        result<void> done{};
        if (code != SQLITE_DONE && code != SQLITE_ROW)
            done = failure(db_.get(), code, errc::disk_failed);
        sqlite3_reset(rows);
        return done;
    }

    result<void> commit(std::span<record const> batch) override {
        if (batch.empty())
            return {};
        if (auto begun = step(begin_); !begun)
            return begun;
        auto done = write(batch);
        if (done)
            done = step(commit_);
        // SQLite has rolled back by itself after some errors; asking again is then refused, which
        // is what we want to hear.
        if (!done && sqlite3_get_autocommit(db_.get()) == 0)
            (void)step(rollback_);
        return done;
    }

  private:
    static void bind(sqlite3_stmt* s, std::string_view kind, std::string_view key,
                     std::string_view last) {
        sqlite3_bind_text(s, 1, kind.data(), static_cast<int>(kind.size()), SQLITE_STATIC);
        sqlite3_bind_blob64(s, 2, key.data(), key.size(), SQLITE_STATIC);
        sqlite3_bind_blob64(s, 3, last.data(), last.size(), SQLITE_STATIC);
    }

    result<void> write(std::span<record const> batch) {
        for (auto const& one : batch) {
            if (auto const range = read_forget_below(one)) {
                auto const end = end_of_prefix(range->second);
                bind(forget_below_.get(), range->first, range->second, end);
                if (auto done = step(forget_below_); !done)
                    return done;
                continue;
            }
            auto const& chosen = one.value ? put_ : forget_;
            auto* s = chosen.get();
            sqlite3_bind_text(s, 1, one.kind.data(), static_cast<int>(one.kind.size()),
                              SQLITE_STATIC);
            sqlite3_bind_blob64(s, 2, one.key.data(), one.key.size(), SQLITE_STATIC);
            // A null pointer would bind NULL instead of an empty value.
            if (one.value)
                sqlite3_bind_blob64(s, 3, one.value->empty() ? "" : one.value->data(),
                                    one.value->size(), SQLITE_STATIC);
            if (auto done = step(chosen); !done)
                return done;
        }
        return {};
    }

    result<void> step(statement const& s) {
        int const code = sqlite3_step(s.get());
        result<void> done{};
        if (code != SQLITE_DONE && code != SQLITE_ROW)
            done = failure(db_.get(), code, errc::disk_failed);
        sqlite3_reset(s.get());
        return done;
    }

    result<void> execute(char const* sql, errc otherwise) {
        int const code = sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) {
            auto why = failure(db_.get(), code, otherwise);
            if (sqlite3_get_autocommit(db_.get()) == 0)
                sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
            return why;
        }
        return {};
    }

    result<int> integer(char const* sql) {
        sqlite3_stmt* made = nullptr;
        int code = sqlite3_prepare_v2(db_.get(), sql, -1, &made, nullptr);
        statement s(made);
        if (code == SQLITE_OK)
            code = sqlite3_step(s.get());
        if (code != SQLITE_ROW)
            return failure(db_.get(), code, errc::damaged);
        return sqlite3_column_int(s.get(), 0);
    }

    // Members are destroyed from the bottom: statements, then the database, then the lock.
    lock_file lock_;
    database db_;
    statement begin_, commit_, rollback_, put_, forget_, forget_below_, read_;
};

} // namespace

result<std::unique_ptr<store>> open_sqlite(std::filesystem::path const& directory, sync how) {
    std::error_code made;
    std::filesystem::create_directories(directory, made);
    if (made)
        return fail(errc::cannot_open, "`" + directory.string() + "`: " + made.message());
    // The database holds password verifiers and private keys: for its owner only.
    auto const previous = ::umask(0077);
    auto lock = lock_file::take(directory);
    if (!lock) {
        ::umask(previous);
        return lock.error();
    }
    sqlite3* opened = nullptr;
    auto const file = (directory / "cogniot.sqlite").string();
    int const code = sqlite3_open_v2(file.c_str(), &opened,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                                         SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                                     nullptr);
    database db(opened);
    if (code != SQLITE_OK) {
        ::umask(previous);
        auto why = failure(opened, code, errc::cannot_open);
        why.detail = "`" + file + "`: " + why.detail;
        return why;
    }
    auto ready = std::make_unique<sqlite_store>(std::move(*lock), std::move(db));
    auto prepared = ready->prepare(how);
    ::umask(previous);
    if (!prepared) {
        auto why = prepared.error();
        why.detail = "`" + file + "`: " + why.detail;
        return why;
    }
    return std::unique_ptr<store>(std::move(ready));
}

} // namespace cogniot::store
