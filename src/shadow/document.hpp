// A device shadow and the three things that can be asked of it: get, update, delete.
//
// Pure: a request and the stored shadow in, the answers and the next stored shadow out. Which
// topics the answers go to, and who stores the record, is the shell's business.
// @source AWS IoT developer guide, "Device Shadow service documents", "Device Shadow error
// messages".
#pragma once

#include "base/result.hpp"
#include "base/utc_time.hpp"
#include "shadow/merge.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cogniot::shadow {

/// The defaults are AWS's. @source AWS General Reference, "AWS IoT Device Shadow quotas"; spec
/// device-shadow 2.3
struct limits {
    /// desired + reported after the merge, metadata excluded, as compact JSON.
    std::size_t max_document_bytes = 8192;
    /// Levels within each of desired and reported (unconfirmed: quoted by others).
    std::size_t max_depth = 8;
};

/// How long the version of a deleted shadow is remembered.
inline constexpr std::chrono::hours tombstone_life{48};

/// Why a request was refused; `message` is AWS's text, `code` its number (and the HTTP status).
struct refusal {
    int code = 400;
    std::string message;
    /// As the request had it, when it could be read.
    std::optional<std::string> client_token{};
    /// `{"code":…,"message":…}` as published on …/rejected. AWS sends no timestamp here.
    std::string print() const;
};
[[noreturn]] inline void throw_exception_from_error(refusal const& r,
                                                    boost::source_location const&) {
    throw std::runtime_error(r.message);
}
template <typename T>
using answer = boost::system::result<T, refusal>;

/// What is kept of one shadow, also for 48 hours after it was deleted (its version goes on).
struct document {
    section desired{};
    section reported{};
    /// 0 = never existed.
    std::int64_t version = 0;
    bool exists = false;
    /// Of the last update or of the deletion.
    utc_time changed{};

    /// The record's value, JSON.
    std::string print() const;
    static result<document> parse(std::string_view record_value);
};

/// What an accepted update publishes: accepted, documents, and delta unless both sides agree.
struct updated {
    document next{};
    std::string accepted{};
    std::string documents{};
    std::optional<std::string> delta{};
    std::optional<std::string> client_token{};
};
struct removed {
    document next{};
    std::string accepted{};
};

/// @param name  how a refusal names the shadow: spoken_name().
answer<std::string> get(document const& stored, std::string_view name, std::string_view payload,
                        utc_time now, limits const& = {});
answer<updated> update(document const& stored, std::string_view payload, utc_time now,
                       limits const& = {});
answer<removed> remove(document const& stored, std::string_view name, std::string_view payload,
                       utc_time now, limits const& = {});

} // namespace cogniot::shadow
