#include "net/websocket_stream.hpp"

#include "net/deadline.hpp"
#include "net/waiting.hpp"
#include "net/watched.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdlib>
#include <optional>

namespace cogniot::net {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds websocket_goodbye_limit{1};
/// A larger buffer is given back after use.
constexpr std::size_t kept_capacity = 256 * 1024;

/// Unpredictable for those who see the traffic (RFC 6455 section 5.3).
std::array<unsigned char, 4> make_mask() {
    static thread_local std::array<unsigned char, 256> stock;
    static thread_local std::size_t used = stock.size();
    if (used == stock.size()) {
        if (RAND_bytes(stock.data(), static_cast<int>(stock.size())) != 1)
            std::abort(); // a system without randomness cannot speak TLS either
        used = 0;
    }
    std::array<unsigned char, 4> mask;
    std::copy_n(stock.begin() + static_cast<std::ptrdiff_t>(used), mask.size(), mask.begin());
    used += mask.size();
    return mask;
}

class websocket_stream final : public stream, public watched_stream {
  public:
    websocket_stream(stream_ptr over, websocket_role ours, std::string already_read,
                     std::size_t max_message_bytes)
        : over_(std::move(over)), below_(find_watched(*over_)), early_(std::move(already_read)),
          decoder_(ours, max_message_bytes), ours_(ours) {}

    task<result<std::size_t>> read_some(std::span<char> into) override {
        for (;;) {
            auto const before = co_await settle();
            if (!before)
                co_return before.error();
            std::size_t size = 0;
            if (!early_.empty()) {
                size = std::min(early_.size(), into.size());
                std::copy_n(early_.data(), size, into.data());
                early_.erase(0, size);
            } else {
                reading_ = true;
                auto const got = co_await over_->read_some(into);
                reading_ = false;
                if (!got || *got == 0)
                    co_return lost(got ? error{} : got.error());
                size = *got;
            }
            if (auto const payload = decoder_.decode(into.first(size)); payload > 0)
                co_return payload;
        }
    }

    task<result<std::span<char>>> read_shared() override {
        for (;;) {
            auto const before = co_await settle();
            if (!before)
                co_return before.error();
            std::span<char> bytes;
            if (!early_.empty()) {
                // Decoded once, and held until the next read: early bytes come once a connection.
                current_ = std::exchange(early_, {});
                bytes = current_;
            } else {
                std::string().swap(current_);
                reading_ = true;
                auto const got = co_await over_->read_shared();
                reading_ = false;
                if (!got || got->empty())
                    co_return lost(got ? error{} : got.error());
                bytes = *got;
            }
            if (auto const payload = decoder_.decode(bytes); payload > 0)
                co_return bytes.first(payload);
        }
    }

    task<result<void>> write(std::string_view bytes) override {
        if (close_sent_)
            co_return fail(errc::websocket_closed, "our Close was sent already");
        auto const written = co_await send(websocket_opcode::binary, bytes);
        co_return written;
    }

    task<void> shutdown() override {
        auto const executor = co_await asio::this_coro::executor;
        auto const state = co_await asio::this_coro::cancellation_state;
        if (is_cancelled(state)) {
            abort();
            co_return;
        }
        deadline limit(executor, [this] { abort(); });
        limit.set(websocket_goodbye_limit);
        // What take() had to say and could not: a frame must not begin within another.
        if (auto const rest = std::exchange(control_, {}); !rest.empty())
            (void)co_await over_->write(rest);
        auto const said = co_await send_close(websocket_close::normal);
        // The peer answers with its own Close; whoever is reading sees it, else we look for it.
        // A server need not wait (RFC 6455 section 7.1.1): AWS's clients answer with nothing, and
        // what closes after a while without TLS's end they take for a broken socket.
        while (ours_ == websocket_role::client && said && !reading_ &&
               decoder_.how_it_ends() == websocket_decoder::ending::none) {
            auto const got = co_await over_->read_shared();
            if (!got || got->empty())
                break;
            decoder_.decode(*got);
        }
        limit.clear();
        co_await over_->shutdown();
    }

    result<void> watch(watcher& who) override {
        if (below_ == nullptr)
            return fail(errc::cancelled, "what carries the WebSocket cannot be watched");
        return below_->watch(who);
    }
    void unwatch() override { below_->unwatch(); }
    void leave_loop() override {
        turn_.reset();
        below_->leave_loop();
    }
    result<void> enter_loop(loop& next) override { return below_->enter_loop(next); }

    result<std::span<char>> take() override {
        (void)give_control();
        if (decoder_.how_it_ends() != websocket_decoder::ending::none)
            return how_it_ended();
        std::span<char> bytes;
        if (!early_.empty()) {
            current_ = std::exchange(early_, {});
            bytes = current_;
        } else {
            std::string().swap(current_);
            auto const got = below_->take();
            if (!got || got->empty())
                return got;
            bytes = *got;
        }
        auto const payload = decoder_.decode(bytes);
        if (decoder_.has_ping()) {
            auto const answer = decoder_.take_ping();
            if (!close_sent_)
                control_ += encode_websocket_frame(websocket_opcode::pong, answer);
        }
        if (decoder_.how_it_ends() != websocket_decoder::ending::none && !close_sent_) {
            close_sent_ = true;
            control_ += encode_websocket_frame(websocket_opcode::close,
                                               websocket_close_payload(decoder_.close_code()));
        }
        (void)give_control();
        if (payload == 0 && decoder_.how_it_ends() != websocket_decoder::ending::none)
            return how_it_ended();
        return bytes.first(payload);
    }
    bool has_more() const override {
        return decoder_.how_it_ends() != websocket_decoder::ending::none || !early_.empty() ||
               below_->has_more();
    }
    bool has_ended() const override { return below_->has_ended(); }

    /// One frame for all that is given at once.
    result<std::size_t> give(std::string_view bytes) override {
        assert(ours_ == websocket_role::server);
        if (frame_left_ == 0) {
            if (close_sent_)
                return fail(errc::websocket_closed, "our Close was sent already");
            if (auto sent = give_control(); !sent || !control_.empty() || bytes.empty())
                return sent ? result<std::size_t>(std::size_t{0}) : sent;
            header_size_ = static_cast<unsigned char>(
                encode_websocket_header(websocket_opcode::binary, bytes.size(), header_).size());
            header_left_ = header_size_;
            frame_left_ = bytes.size();
        }
        // Together, so that they are one write and one TLS record.
        static thread_local std::string together;
        together.assign(header_.data() + header_size_ - header_left_, header_left_);
        together.append(bytes.substr(0, frame_left_));
        auto const sent = below_->give(together);
        if (together.capacity() > kept_capacity)
            std::string().swap(together);
        if (!sent)
            return sent;
        auto const of_header = std::min<std::size_t>(*sent, header_left_);
        header_left_ = static_cast<unsigned char>(header_left_ - of_header);
        frame_left_ -= *sent - of_header;
        return *sent - of_header;
    }

    void abort() override { over_->abort(); }
    address remote() const override { return over_->remote(); }
    address local() const override { return over_->local(); }
    bool is_tls() const override { return over_->is_tls(); }
    bool is_quiet() override { return early_.empty() && over_->is_quiet(); }
    std::string_view alpn() const override { return over_->alpn(); }
    std::string_view server_name() const override { return over_->server_name(); }
    std::chrono::steady_clock::time_point opened() const override { return over_->opened(); }

  private:
    /// Before a read: answers what arrived last time, and ends if that was the end. Answering late
    /// keeps the bytes of read_shared() valid.
    task<result<void>> settle() {
        if (decoder_.has_ping()) {
            auto const payload = decoder_.take_ping();
            if (!close_sent_) {
                auto const answered = co_await send(websocket_opcode::pong, payload);
                if (!answered)
                    co_return answered.error();
            }
        }
        if (decoder_.how_it_ends() == websocket_decoder::ending::none)
            co_return result<void>{};
        co_await send_close(decoder_.close_code());
        co_return how_it_ended();
    }

    task<result<void>> send_close(websocket_close code) {
        if (close_sent_)
            co_return result<void>{};
        close_sent_ = true;
        auto const payload = websocket_close_payload(code);
        auto const sent = co_await send(websocket_opcode::close, payload);
        co_return sent;
    }

    /// Frames go out whole, one after the other: the reader's pongs wait for the writer's message
    /// and the other way round.
    task<result<void>> send(websocket_opcode opcode, std::string_view payload) {
        auto const executor = co_await asio::this_coro::executor;
        while (writing_) {
            if (!turn_)
                turn_.emplace(executor, asio::steady_timer::time_point::max());
            co_await turn_->async_wait(in_hand);
            auto const state = co_await asio::this_coro::cancellation_state;
            if (is_cancelled(state))
                co_return fail(errc::cancelled);
        }
        writing_ = true;
        struct leave {
            websocket_stream& self;
            ~leave() {
                self.writing_ = false;
                if (self.turn_)
                    self.turn_->cancel();
            }
        } const on_leaving{*this};
        std::string frame;
        if (ours_ == websocket_role::client) {
            auto const mask = make_mask();
            frame = encode_websocket_frame(opcode, payload, &mask);
        } else {
            frame = encode_websocket_frame(opcode, payload);
        }
        auto const sent = co_await over_->write(frame);
        co_return sent;
    }

    /// Pongs and Close wait until no frame is half written.
    result<std::size_t> give_control() {
        if (control_.empty() || frame_left_ > 0)
            return std::size_t{0};
        auto const sent = below_->give(control_);
        if (sent)
            control_.erase(0, *sent);
        return sent;
    }

    error how_it_ended() const {
        if (decoder_.how_it_ends() == websocket_decoder::ending::violation)
            return fail(errc::websocket_protocol_violation, std::string(decoder_.violation()));
        auto const code = static_cast<unsigned>(decoder_.close_code());
        return fail(errc::websocket_closed, "code " + std::to_string(code));
    }

    static error lost(error const& lower) {
        if (lower.code.failed())
            return lower;
        return fail(errc::end_of_stream, "the connection ended without a WebSocket Close");
    }

    stream_ptr over_;
    /// The same, or null if it can only be waited on.
    watched_stream* below_;
    /// Came with the handshake and is not decoded yet.
    std::string early_;
    /// What read_shared() gave out of early_.
    std::string current_;
    websocket_decoder decoder_;
    /// Made when two writers meet for the first time.
    std::optional<asio::steady_timer> turn_;
    websocket_role ours_;
    bool reading_ = false;
    bool writing_ = false;
    bool close_sent_ = false;

    // Of a watched stream: what is left of the frame that is being written, and control frames that
    // wait for its end.
    std::array<char, 10> header_{};
    unsigned char header_size_ = 0;
    unsigned char header_left_ = 0;
    std::size_t frame_left_ = 0;
    std::string control_;
};

} // namespace

stream_ptr make_websocket(stream_ptr over, websocket_role ours, std::string already_read,
                          std::size_t max_message_bytes) {
    return std::make_unique<websocket_stream>(std::move(over), ours, std::move(already_read),
                                              max_message_bytes);
}

} // namespace cogniot::net
