#include "base/error_category.hpp"
#include "store/store.hpp"

namespace cogniot::store {

std::string_view describe(errc e) {
    switch (e) {
    case errc::cannot_open:
        return "the data cannot be opened";
    case errc::schema_too_new:
        return "the data was written by a newer version";
    case errc::busy:
        return "the data is in use by another process";
    case errc::damaged:
        return "the data is damaged";
    case errc::full:
        return "the disk is full";
    case errc::disk_failed:
        return "the disk could not be read or written";
    }
    return "unknown store error";
}

error_code make_error_code(errc e) {
    return enum_code("store", e);
}

} // namespace cogniot::store
