// Any bytes from either end: the decoder never crashes, hangs or reads outside its input, and what
// it accepts survives a round trip. The first byte chooses the end, the version and how it is
// split.
#include "mqtt/codec.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

using namespace cogniot::mqtt;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0)
        return 0;
    auto const role =
        (data[0] & 1) != 0 ? decoder::role::reads_from_client : decoder::role::reads_from_server;
    decoder in(role, 1 << 16);
    in.set_version(static_cast<version>(3 + (data[0] >> 1) % 3));
    std::string_view rest(reinterpret_cast<char const*>(data) + 1, size - 1);
    std::size_t const step = data[0] >> 4 == 0 ? rest.size() + 1 : data[0] >> 4;
    for (; !rest.empty(); rest.remove_prefix(std::min(step, rest.size()))) {
        in.append(rest.substr(0, step));
        for (auto got = in.next(); got && *got; got = in.next()) {
            decoder again(role);
            again.set_version(in.level());
            again.append(encode(**got, in.level()));
            auto const same = again.next();
            if (!same || !*same || **same != **got)
                std::abort();
        }
    }
    return 0;
}
