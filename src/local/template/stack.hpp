// Applies a CloudFormation template to the local cloud: the stack file of a project, the same one
// that is deployed to AWS.
//
// Applying it again changes nothing; a changed template changes what differs and removes what it no
// longer names. @source AWS CloudFormation user guide, "Template anatomy".
#pragma once

#include "base/result.hpp"
#include "cloud/service.hpp"

#include <boost/json/object.hpp>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cogniot::local {

/// What earlier applications left behind, by stack name. Durable as records of kind `stack`.
class stacks {
  public:
    /// Puts back one record at start; false if it is of another kind.
    result<bool> restore(std::string_view kind, std::string_view key, std::string_view value);

    boost::json::object const* find(std::string_view stack) const;
    void put(std::string const& stack, boost::json::object state, std::vector<record>& persist);

  private:
    std::map<std::string, boost::json::object, std::less<>> by_name_;
};

struct stack_result {
    /// The file's stem; the folder's name if the file is called template.yaml.
    std::string name;

    struct change {
        enum class kind { unchanged, created, updated, removed } what;
        std::string logical_id;
        std::string type;
        std::string physical_id;
    };
    std::vector<change> changes{};
    /// Resource types that cogniot does not know, with their place.
    std::vector<std::string> warnings{};
    /// Name and value, in the template's order.
    std::vector<std::pair<std::string, std::string>> outputs{};
};

/// @param as_root  acts as the account's root; its `persist` receives every record of the change.
///                 On an error they must not be committed, and the world is only partly changed:
///                 the local cloud does not start then.
/// @errors template_errc with file, line and key
result<stack_result> apply_template(cloud::call& as_root, stacks& known, std::string_view file_name,
                                    std::string_view text);

} // namespace cogniot::local
