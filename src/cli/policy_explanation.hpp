// The answers of the two locks as a person reads them, and as JSON.
#pragma once

#include "cloud/offline.hpp"

#include <boost/json/fwd.hpp>

#include <iosfwd>
#include <string>
#include <vector>

namespace cogniot::cli {

/// One question with what the locks say to it. Views into `asked_of`.
struct answered {
    cloud::question asked;
    cloud::authorisation decided;
    std::vector<cloud::lock_answer> locks;
};
std::vector<answered> answer_all(cloud::offline const& asked_of,
                                 std::vector<cloud::question> const&);

/// `it hangs on `aws:SourceIp`, which was not given (--source-ip)`; empty if the answer is certain.
std::string words_of_doubt(cloud::lock_answer const&);

/// What was asked, what each lock says, the nearest statement with its place, the smallest change.
void print_answer(std::ostream&, answered const&, cloud::offline const& asked_of);
boost::json::object print_json(answered const&);

} // namespace cogniot::cli
