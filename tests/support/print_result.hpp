// Lets doctest print a result<T> whatever T is: the error, or that there is none.
#pragma once

#include "base/result.hpp"

#include <doctest/doctest.h>

namespace doctest {

template <typename T>
struct StringMaker<boost::system::result<T, cogniot::error>> {
    static String convert(boost::system::result<T, cogniot::error> const& r) {
        return r ? String("a value") : String(r.error().message().c_str());
    }
};

} // namespace doctest
