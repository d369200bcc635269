// Which `$` topics a client may publish or subscribe to on AWS IoT.
//
// @source AWS IoT developer guide, "Reserved topics"; "Lifecycle events".
#pragma once

#include <string_view>

namespace cogniot::broker {

/// Whether a client may publish to a topic that starts with `$`.
bool may_publish_reserved(std::string_view topic);
/// Whether a client may subscribe to a filter that starts with `$` (not `$share/…`: take it apart
/// first). A filter with wildcards may stand for any topic of a family that may be subscribed to.
bool may_subscribe_reserved(std::string_view filter);
/// `$aws/rules/<rule>/…`: goes to the rule and to no subscriber.
bool is_basic_ingest(std::string_view topic);

} // namespace cogniot::broker
