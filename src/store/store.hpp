// Where records survive. The only door to durable state: load everything once, then commit batches.
//
// SIGKILL loses nothing that commit() returned for; power loss does not either when
// `sync::full` was chosen. One thread at a time. @source docs/formats/store.md
#pragma once

#include "base/record.hpp"
#include "base/result.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

namespace cogniot::store {

enum class errc { cannot_open = 1, schema_too_new, busy, damaged, full, disk_failed };
std::string_view describe(errc);
error_code make_error_code(errc);

class store {
  public:
    virtual ~store() = default;
    /// Calls `each` for every record, kind by kind, keys in byte order within a kind.
    virtual result<void>
    load(std::function<void(std::string_view kind, std::string_view key, std::string_view value)>
             each) = 0;
    /// Gives `each` the records of `kind` with `from` <= key < `to` in byte order until it answers
    /// false. It must not use the store meanwhile.
    virtual result<void>
    read(std::string_view kind, std::string_view from, std::string_view to,
         std::function<bool(std::string_view key, std::string_view value)> const& each) = 0;
    /// Whether read() and load() find what was committed.
    virtual bool keeps() const { return true; }
    /// Makes the whole batch durable, or nothing of it. Later records of a batch win; one of
    /// forget_below() stands for many.
    /// @errors full (worth trying again when there is room), disk_failed, damaged, busy
    virtual result<void> commit(std::span<record const> batch) = 0;
};

/// How much a commit survives: the process (`normal`: WAL without fsync per commit) or power loss
/// too.
enum class sync { normal, full };

/// Opens or creates `directory`/cogniot.sqlite (WAL, one writer, locked against a second process).
/// @errors cannot_open, schema_too_new, busy (another process holds it), damaged
result<std::unique_ptr<store>> open_sqlite(std::filesystem::path const& directory,
                                           sync = sync::normal);

/// Accepts every batch and keeps nothing: `--ephemeral`, where nobody will load again.
std::unique_ptr<store> open_nothing();

} // namespace cogniot::store
