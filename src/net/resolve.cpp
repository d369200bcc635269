#include "net/resolve.hpp"

#include "base/text.hpp"
#include "net/waiting.hpp"

#include <boost/asio/post.hpp>

#include <mutex>
#include <netdb.h>
#include <sys/socket.h>
#include <thread>

namespace cogniot::net {

namespace asio = boost::asio;
using asio::ip::address_v4;
using asio::ip::address_v6;
using addresses = std::vector<asio::ip::address>;

namespace {

/// getaddrinfo cannot be interrupted, and Asio's resolver runs one at a time and makes a cancelled
/// caller wait. So each look-up has a thread, which may outlive the caller and even the loop: all
/// that they share is this.
struct look_up {
    explicit look_up(asio::any_io_executor const& on)
        : answered(
              std::make_unique<asio::steady_timer>(on, asio::steady_timer::time_point::max())) {}
    std::mutex mutex;
    /// Null once nobody waits any more. Touched by the thread only through a post, under `mutex`.
    std::unique_ptr<asio::steady_timer> answered;
    bool done = false;
    int status = 0;
    addresses found;
};

addresses read_list(addrinfo const* list) {
    addresses first_family;
    addresses other_family;
    for (auto const* one = list; one != nullptr; one = one->ai_next) {
        asio::ip::address read;
        if (one->ai_family == AF_INET) {
            auto const* from = reinterpret_cast<sockaddr_in const*>(one->ai_addr);
            read = address_v4(ntohl(from->sin_addr.s_addr));
        } else if (one->ai_family == AF_INET6) {
            auto const* from = reinterpret_cast<sockaddr_in6 const*>(one->ai_addr);
            address_v6::bytes_type bytes;
            std::copy_n(from->sin6_addr.s6_addr, bytes.size(), bytes.begin());
            read = address_v6(bytes, from->sin6_scope_id);
        } else {
            continue;
        }
        bool const like_first =
            first_family.empty() || first_family.front().is_v4() == read.is_v4();
        (like_first ? first_family : other_family).push_back(read);
    }
    addresses mixed;
    for (std::size_t i = 0; i < std::max(first_family.size(), other_family.size()); ++i) {
        if (i < first_family.size())
            mixed.push_back(first_family[i]);
        if (i < other_family.size())
            mixed.push_back(other_family[i]);
    }
    return mixed;
}

void run_look_up(std::shared_ptr<look_up> const& job, std::string const& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* list = nullptr;
    auto const status = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
    auto found = status == 0 ? read_list(list) : addresses();
    if (list != nullptr)
        ::freeaddrinfo(list);

    std::lock_guard const lock(job->mutex);
    job->status = status;
    job->found = std::move(found);
    job->done = true;
    if (job->answered)
        asio::post(job->answered->get_executor(), [job] {
            std::lock_guard const inner(job->mutex);
            if (job->answered)
                job->answered->cancel();
        });
}

} // namespace

task<result<addresses>> resolve(std::string host) {
    error_code ec;
    auto const literal = asio::ip::make_address(host, ec);
    if (!ec)
        co_return addresses{literal};
    if (auto const name = to_lower(host); name == "localhost" || name.ends_with(".localhost"))
        co_return addresses{address_v4::loopback(), address_v6::loopback()};

    auto const executor = co_await asio::this_coro::executor;
    auto job = std::make_shared<look_up>(executor);
    // The timer belongs to the loop: it goes before the loop does, even if the coroutine is
    // dropped.
    struct leave {
        std::shared_ptr<look_up> job;
        ~leave() {
            std::lock_guard const lock(job->mutex);
            job->answered.reset();
        }
    } const on_leaving{job};
    std::thread([job, host] { run_look_up(job, host); }).detach();
    co_await job->answered->async_wait(in_hand);
    std::lock_guard const lock(job->mutex);
    if (!job->done)
        co_return fail(errc::cancelled);
    if (job->status != 0)
        co_return fail(errc::host_not_found,
                       "`" + host + "`: " + std::string(::gai_strerror(job->status)));
    if (job->found.empty())
        co_return fail(errc::host_not_found, "`" + host + "` has no address");
    co_return std::move(job->found);
}

} // namespace cogniot::net
