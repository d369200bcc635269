// Policy documents in files: read with an error that an editor can jump to, and what their ARNs
// tell about the account.
#pragma once

#include "base/result.hpp"
#include "policy/document.hpp"

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cogniot::cli {

/// A file's text, at most 16 MiB. @errors the system's, with the path
result<std::string> read_text_file(std::string const& path);

/// @errors as read_text_file; policy::errc with a detail `iot.json:12:8: a comma before …`
result<policy::document> read_policy_file(std::string const& path, policy::kind);

/// By path, in the order given.
using policy_files = std::vector<std::pair<std::string, policy::document>>;
/// @errors as read_policy_file; usage when a path is given twice
result<policy_files> read_policy_files(std::span<std::string const> paths, policy::kind);

/// The text named more often than any other; nothing if there is no such.
std::optional<std::string> most_named(std::span<std::string const>);

/// The account that the documents' ARNs name more often than any other; nothing if there is no
/// such.
std::optional<std::string> find_account(std::span<policy_files const>);

} // namespace cogniot::cli
