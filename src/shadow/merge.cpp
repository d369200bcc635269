#include "shadow/merge.hpp"

#include <algorithm>
#include <utility>

namespace cogniot::shadow {
namespace {

void merge_trees(json::object& state, json::object& metadata, json::object const& patch,
                 std::int64_t at) {
    for (auto const& [key, wanted] : patch) {
        if (wanted.is_null()) {
            state.erase(key);
            metadata.erase(key);
            continue;
        }
        auto const* changes = wanted.if_object();
        if (changes == nullptr) {
            state[key] = wanted;
            metadata[key] = timestamps_of(wanted, at);
            continue;
        }
        auto* present = state.if_contains(key);
        if (present != nullptr && present->is_object()) {
            auto& stamps = metadata[key];
            if (!stamps.is_object())
                stamps.emplace_object();
            merge_trees(present->get_object(), stamps.get_object(), *changes, at);
            continue;
        }
        json::object made, stamps;
        merge_trees(made, stamps, *changes, at);
        // An object of nothing but nulls is a deletion; a literally empty one is a value.
        if (made.empty() && !changes->empty()) {
            state.erase(key);
            metadata.erase(key);
        } else {
            state[key] = std::move(made);
            metadata[key] = std::move(stamps);
        }
    }
}

void find_delta(json::object const& desired, json::object const& stamps,
                json::object const& reported, section& into) {
    for (auto const& [key, wanted] : desired) {
        auto const* stamp = stamps.if_contains(key);
        auto const* actual = reported.if_contains(key);
        if (actual != nullptr && equal(wanted, *actual))
            continue;
        if (actual != nullptr && actual->is_object() && wanted.is_object()) {
            section inner;
            static json::object const none;
            find_delta(wanted.get_object(),
                       stamp != nullptr && stamp->is_object() ? stamp->get_object() : none,
                       actual->get_object(), inner);
            if (!inner.state.empty()) {
                into.state[key] = std::move(inner.state);
                into.metadata[key] = std::move(inner.metadata);
            }
            continue;
        }
        into.state[key] = wanted;
        if (stamp != nullptr)
            into.metadata[key] = *stamp;
    }
}

/// The timestamp of the first leaf; null if there is no leaf.
json::value first_stamp(json::value const& metadata) {
    json::value found;
    if (auto const* elements = metadata.if_array()) {
        for (auto const& inner : *elements)
            if (found = first_stamp(inner); !found.is_null())
                break;
    } else if (auto const* members = metadata.if_object()) {
        for (auto const& [key, inner] : *members)
            if (found = first_stamp(inner); !found.is_null())
                break;
    } else if (metadata.is_int64()) {
        found = metadata;
    }
    return found;
}

json::value compact_tree(json::value const& state, json::value const& metadata) {
    auto const* members = state.if_object();
    auto const* stamps = metadata.if_object();
    if (members == nullptr || stamps == nullptr)
        return first_stamp(metadata);
    json::object kept;
    for (auto const& [key, inner] : *members)
        if (auto const* stamp = stamps->if_contains(key))
            kept[key] = compact_tree(inner, *stamp);
    return kept;
}

json::value expand_tree(json::value const& state, json::value const& kept) {
    auto const* members = state.if_object();
    auto const* stamps = kept.if_object();
    if (members != nullptr && stamps != nullptr) {
        json::object metadata;
        for (auto const& [key, inner] : *members)
            if (auto const* stamp = stamps->if_contains(key))
                metadata[key] = expand_tree(inner, *stamp);
        return metadata;
    }
    if (kept.is_int64() || kept.is_null())
        return timestamps_of(state, kept.is_int64() ? kept.get_int64() : 0);
    return kept;
}

bool equal_numbers(json::value const& a, json::value const& b) {
    if (a.is_double() || b.is_double())
        return a.to_number<double>() == b.to_number<double>();
    return a == b; // Boost.JSON compares int64 and uint64 by value
}

} // namespace

void merge(section& into, json::object const& patch, std::int64_t at) {
    merge_trees(into.state, into.metadata, patch, at);
}

json::value timestamps_of(json::value const& tree, std::int64_t at) {
    if (auto const* o = tree.if_object()) {
        json::object stamps;
        for (auto const& [key, inner] : *o)
            stamps[key] = timestamps_of(inner, at);
        return stamps;
    }
    if (auto const* a = tree.if_array()) {
        json::array stamps;
        for (auto const& inner : *a)
            stamps.push_back(timestamps_of(inner, at));
        return stamps;
    }
    return json::object{{"timestamp", at}};
}

json::object compact_stamps(section const& of) {
    return compact_tree(of.state, of.metadata).get_object();
}

json::object expand_stamps(json::object const& state, json::object const& kept) {
    return expand_tree(state, kept).get_object();
}

section delta(section const& desired, section const& reported) {
    section found;
    find_delta(desired.state, desired.metadata, reported.state, found);
    return found;
}

bool equal(json::value const& a, json::value const& b) {
    if (a.is_number() && b.is_number())
        return equal_numbers(a, b);
    if (a.is_object() && b.is_object()) {
        auto const& left = a.get_object();
        auto const& right = b.get_object();
        return left.size() == right.size() && std::ranges::all_of(left, [&](auto const& member) {
                   auto const* other = right.if_contains(member.key());
                   return other != nullptr && equal(member.value(), *other);
               });
    }
    if (a.is_array() && b.is_array()) {
        auto const& left = a.get_array();
        auto const& right = b.get_array();
        return std::equal(left.begin(), left.end(), right.begin(), right.end(), equal);
    }
    return a == b;
}

std::size_t depth(json::value const& tree) {
    std::size_t deepest = 0;
    auto const look = [&](json::value const& inner) {
        bool const holds = (inner.is_object() && !inner.get_object().empty()) ||
                           (inner.is_array() && !inner.get_array().empty());
        if (holds)
            deepest = std::max(deepest, depth(inner));
    };
    if (auto const* o = tree.if_object())
        for (auto const& member : *o)
            look(member.value());
    else if (auto const* a = tree.if_array())
        for (auto const& inner : *a)
            look(inner);
    return deepest + 1;
}

bool has_null_element(json::value const& tree) {
    if (auto const* o = tree.if_object())
        return std::ranges::any_of(
            *o, [](auto const& member) { return has_null_element(member.value()); });
    if (auto const* a = tree.if_array())
        return std::ranges::any_of(
            *a, [](auto const& inner) { return inner.is_null() || has_null_element(inner); });
    return false;
}

} // namespace cogniot::shadow
