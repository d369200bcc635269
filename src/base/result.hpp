// The one way things fail: a value, or an error that says which (code) and what happened (detail).
//
// Input, peers, users, disk and network answer with result<T>; nothing throws for them. Inside a
// layer the lower error is returned as it is; detail is added once, where the context is known.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>

namespace cogniot {

using error_code = boost::system::error_code;

/// What went wrong. `code` is for programs (one errc enumeration a folder, or a system error);
/// `detail` is for people: lower case, no full stop, input quoted in backticks, no secrets.
struct error {
    error_code code;
    std::string detail{};

    /// `code`'s message, followed by the detail if there is one.
    std::string message() const {
        return detail.empty() ? code.message() : detail + " (" + code.message() + ")";
    }
};

template <typename T>
using result = boost::system::result<T, error>;

inline std::ostream& operator<<(std::ostream& out, error const& e) {
    return out << e.message();
}

/// Makes an error from an enumerator of any folder's errc.
template <typename Errc>
error fail(Errc which, std::string detail = {}) {
    return error{make_error_code(which), std::move(detail)};
}

/// What result<T>::value() throws when there is none: a broken assumption, caught in main only.
[[noreturn]] inline void throw_exception_from_error(error const& e, boost::source_location const&) {
    throw std::runtime_error(e.message());
}

} // namespace cogniot
