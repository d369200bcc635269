#include "cloud/iot/connection_facts.hpp"

#include <string>

namespace cogniot::cloud::iot {

void add_connection_facts(registry const* in, std::string_view client_id, policy::context& facts) {
    if (client_id.empty())
        return;
    facts.set("iot:ClientId", std::string(client_id));
    auto const* const thing = in ? in->find_thing(client_id) : nullptr;
    if (!thing)
        return;
    facts.set("iot:Connection.Thing.ThingName", thing->name);
    if (!thing->type_name.empty())
        facts.set("iot:Connection.Thing.ThingTypeName", thing->type_name);
    for (auto const& [name, value] : thing->attributes)
        facts.set("iot:Connection.Thing.Attributes[" + name + "]", value);
    // Whether the principal is attached to it is known for certificates only, and none can connect
    // here.
    facts.set("iot:Connection.Thing.IsAttached", "false");
}

} // namespace cogniot::cloud::iot
