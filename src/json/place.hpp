// Where in a JSON text something is wrong, and what a person most likely did there.
// Shared by both readers: parse.cpp (Boost.JSON) and located.cpp (positions kept).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::json {

/// Line and column of a byte, both counted from 1, columns in bytes.
struct place {
    std::size_t line = 1;
    std::size_t column = 1;
    friend bool operator==(place const&, place const&) = default;
};

/// The place of byte `offset` of `text`; of the end if the text is shorter.
place find_place(std::string_view text, std::size_t offset);
/// The same for many offsets of one text: reads the text once. Keeps no view of it.
class line_index {
  public:
    explicit line_index(std::string_view text);
    place find(std::size_t offset) const;

  private:
    /// The offset at which each line begins.
    std::vector<std::size_t> begins_;
};
/// `line 3, column 14`
std::string print(place);

/// What is wrong at `offset`; `complaint` is the parser's own word for it, used when no likelier
/// cause is known.
std::string likely_cause(std::string_view text, std::size_t offset, std::string_view complaint);

} // namespace cogniot::json
