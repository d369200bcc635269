// What a loop is made of. For src/net/*.cpp only.
#pragma once

#include "net/task.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <optional>

namespace cogniot::net {

struct loop::inside {
    boost::asio::io_context context{1};
    std::optional<boost::asio::signal_set> termination;
};

/// The executor that a coroutine's operations run on.
inline boost::asio::any_io_executor executor_of(loop& of) {
    return of.internals().context.get_executor();
}

} // namespace cogniot::net
