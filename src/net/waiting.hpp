// What every waiting coroutine of src/net needs. For src/net/*.cpp only.
#pragma once

#include "net/task.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace cogniot::net {

/// Errors as values: `auto [ec, n] = co_await …(in_hand)`.
inline constexpr auto in_hand = boost::asio::as_tuple(boost::asio::use_awaitable);

/// True once the coroutine that asks was cancelled: from then on nothing waits.
inline bool is_cancelled(boost::asio::cancellation_state const& state) {
    return state.cancelled() != boost::asio::cancellation_type::none;
}

} // namespace cogniot::net
