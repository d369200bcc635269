// Connections by origin: open ahead, in use, idle. For src/net/*.cpp only.
#pragma once

#include "net/connect.hpp"

#include <chrono>
#include <map>
#include <memory>

namespace cogniot::net {

/// One thread (the loop's). Held by shared_ptr: connections being opened keep it alive.
class connection_pool : public std::enable_shared_from_this<connection_pool> {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    /// Connections to one origin at most; then callers wait their turn.
    static constexpr std::size_t max_per_origin = 64;

    connection_pool(loop&, std::shared_ptr<client_tls const>);
    ~connection_pool();

    /// A connection lent to one request. Its place in the pool is free again when it goes.
    class lease {
      public:
        lease(std::shared_ptr<connection_pool> from, origin to, stream_ptr what, bool was_idle);
        lease(lease&&) noexcept = default;
        lease& operator=(lease&&) = delete;
        ~lease();
        stream& get() { return *what_; }
        /// It waited in the pool, so the server may have given it up.
        bool was_idle() const { return was_idle_; }
        /// Others may use it next.
        void give_back();
        /// Out of the pool for good.
        stream_ptr take_away() { return std::move(what_); }

      private:
        std::shared_ptr<connection_pool> from_;
        origin to_;
        stream_ptr what_;
        bool was_idle_;
    };

    /// See http_client::warm.
    void warm(origin const& to, std::size_t ready);
    /// An idle connection, else one that is being opened, else a new one.
    /// @errors those of connect(), timed_out, cancelled
    task<result<lease>> take(origin to, time_point until);
    /// Gives up all that is idle or being opened.
    void close();

  private:
    struct opening;
    struct place;
    struct opening_claim;

    place& place_of(origin const& to);
    static task<void> run_opening(std::shared_ptr<connection_pool> self, origin to,
                                  std::shared_ptr<opening> what);
    stream_ptr take_idle(place&);
    void put_idle(origin const& to, stream_ptr what);
    void free_one(origin const& to);

    loop& loop_;
    std::shared_ptr<client_tls const> trust_;
    std::map<origin, std::unique_ptr<place>> places_;
    task_group openings_;
    bool closed_ = false;
};

} // namespace cogniot::net
