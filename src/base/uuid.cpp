#include "base/uuid.hpp"

#include "base/text.hpp"

#include <cstddef>

namespace cogniot {

std::string print_uuid(std::array<unsigned char, 16> const& bytes) {
    auto text = encode_hex({reinterpret_cast<char const*>(bytes.data()), bytes.size()});
    for (std::size_t const at : {8U, 13U, 18U, 23U})
        text.insert(at, 1, '-');
    return text;
}

} // namespace cogniot
