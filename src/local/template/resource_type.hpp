// The resource types a template may hold: how each is made, changed and removed through the same
// operations that AWS's own clients call.
#pragma once

#include "cloud/service.hpp"

#include <boost/json/object.hpp>

#include <span>
#include <string>
#include <string_view>

namespace cogniot::local {

/// A resource that exists: what Ref gives, and what Fn::GetAtt gives for each attribute.
struct physical_resource {
    std::string id;
    boost::json::object attributes;
};

/// What a type's functions get to know about the resource at hand.
struct resource_request {
    /// Root's call into the local cloud.
    cloud::call& as_root;
    /// Intrinsic functions already resolved.
    boost::json::object const& properties;
    /// `STACK-LOGICALID-XXXXXXXXXXXX`: the name AWS would make up when the template gives none.
    std::string generated_name;
};

struct resource_type {
    /// `AWS::IoT::Policy`
    std::string_view name;
    /// Properties it understands; any other is refused by name.
    std::span<std::string_view const> properties;
    std::span<std::string_view const> required;
    cloud::outcome<physical_resource> (*create)(resource_request&);
    /// Brings an existing resource to new properties. A type that answers with another id has
    /// replaced it.
    cloud::outcome<physical_resource> (*update)(resource_request&, physical_resource const& now);
    cloud::outcome<void> (*remove)(cloud::call& as_root, physical_resource const&);
    /// Properties whose change AWS makes by a new resource in the old one's place ("Update
    /// requires: Replacement"). If the type's resources can be named, the name is the first of
    /// them.
    std::span<std::string_view const> replacing{};
    bool has_name = false;
    /// Properties that cannot be changed once the resource is there.
    std::span<std::string_view const> fixed{};
    /// Properties that are taken and have no effect: told as a warning.
    std::span<std::string_view const> without_effect{};
};

/// Nothing if cogniot does not know the type.
resource_type const* find_resource_type(std::string_view name);

/// Runs one operation of a service of the local cloud as its SDK would.
cloud::outcome<boost::json::object> invoke(cloud::call&, std::string_view service,
                                           std::string_view operation,
                                           boost::json::object const& input);
/// The same where the answer does not matter.
cloud::outcome<void> run(cloud::call&, std::string_view service, std::string_view operation,
                         boost::json::object const& input);

} // namespace cogniot::local
