// A network stream without a network: a test plays the other end.
#pragma once

#include "net/stream.hpp"
#include "net/task.hpp"
#include "net/watched.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

namespace cogniot::test {

/// What the test holds; the stream itself belongs to the code under test.
struct scripted_peer : std::enable_shared_from_this<scripted_peer> {
    explicit scripted_peer(net::loop& l) : loop(l), arrived(l), may_write(l) {}
    net::loop& loop;
    net::signal arrived;
    net::signal may_write;
    std::string to_read;
    std::string written;
    bool has_ended = false;
    bool is_aborted = false;
    bool is_shut_down = false;
    /// Writes wait until it is set: a reader that does not read.
    bool is_reading = true;

    void say(std::string_view bytes) {
        to_read += bytes;
        arrived.notify();
        tell();
    }
    void hang_up() {
        has_ended = true;
        arrived.notify();
        tell();
    }

    /// Whoever watches the stream.
    net::watcher* watcher = nullptr;
    void tell() {
        loop.post([self = shared_from_this()] {
            if (self->watcher != nullptr)
                self->watcher->on_ready();
        });
    }
};

class scripted_stream final : public net::stream, public net::watched_stream {
  public:
    explicit scripted_stream(std::shared_ptr<scripted_peer> peer) : peer_(std::move(peer)) {}
    ~scripted_stream() override {
        peer_->is_aborted = true;
        peer_->watcher = nullptr;
    }

    net::task<result<std::span<char>>> read_shared() override {
        for (;;) {
            if (peer_->is_aborted || peer_->is_shut_down)
                co_return fail(net::errc::cancelled);
            if (!peer_->to_read.empty()) {
                buffer_ = std::exchange(peer_->to_read, {});
                co_return std::span<char>(buffer_);
            }
            if (peer_->has_ended)
                co_return std::span<char>();
            bool const woken = co_await peer_->arrived.wait();
            if (!woken)
                co_return fail(net::errc::cancelled);
        }
    }
    net::task<result<std::size_t>> read_some(std::span<char> into) override {
        auto got = co_await read_shared();
        if (!got)
            co_return got.error();
        auto const size = std::min(into.size(), got->size());
        std::memcpy(into.data(), got->data(), size);
        peer_->to_read.insert(0, got->data() + size, got->size() - size);
        co_return size;
    }
    net::task<result<void>> write(std::string_view bytes) override {
        while (!peer_->is_reading && !peer_->is_aborted) {
            bool const woken = co_await peer_->may_write.wait();
            if (!woken)
                co_return fail(net::errc::cancelled);
        }
        if (peer_->is_aborted)
            co_return fail(net::errc::cancelled);
        peer_->written += bytes;
        co_return result<void>{};
    }
    net::task<void> shutdown() override {
        peer_->is_shut_down = true;
        peer_->arrived.notify();
        co_return;
    }
    result<void> watch(net::watcher& who) override {
        peer_->watcher = &who;
        return {};
    }
    void unwatch() override { peer_->watcher = nullptr; }
    void leave_loop() override {}
    result<void> enter_loop(net::loop&) override { return {}; }
    result<std::span<char>> take() override {
        if (peer_->is_aborted)
            return fail(net::errc::cancelled);
        if (peer_->to_read.empty() && peer_->has_ended)
            return fail(net::errc::end_of_stream);
        buffer_ = std::exchange(peer_->to_read, {});
        return std::span<char>(buffer_);
    }
    bool has_more() const override { return !peer_->to_read.empty() || peer_->has_ended; }
    bool has_ended() const override { return peer_->has_ended; }
    result<std::size_t> give(std::string_view bytes) override {
        if (peer_->is_aborted)
            return fail(net::errc::cancelled);
        if (!peer_->is_reading)
            return std::size_t{0};
        peer_->written += bytes;
        return bytes.size();
    }
    void abort() override {
        peer_->watcher = nullptr;
        peer_->is_aborted = true;
        peer_->arrived.notify();
        peer_->may_write.notify();
    }
    net::address remote() const override { return {"192.0.2.1", 4711}; }
    net::address local() const override { return {"127.0.0.1", 4566}; }
    bool is_tls() const override { return false; }

  private:
    std::shared_ptr<scripted_peer> peer_;
    std::string buffer_;
};

} // namespace cogniot::test
