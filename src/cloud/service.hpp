// What every service of the local cloud is made of: typed state, and operations as rows of a table.
//
// An operation is a function from one JSON object (AWS's member names) to another, or an AWS error.
// It knows no HTTP and no SQL: the three wire forms (JSON 1.1, query/XML, REST-JSON) are made of
// the same rows in src/local, and what must survive is handed back as records.
#pragma once

#include "base/random_source.hpp"
#include "base/record.hpp"
#include "base/utc_time.hpp"
#include "cloud/principal.hpp"

#include <boost/json/fwd.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cogniot::policy {
class context;
}

namespace cogniot::cloud {

struct world;
namespace iot_data {
class messaging;
}

/// An error as AWS puts it on the wire.
struct api_error {
    /// `NotAuthorizedException`, `NoSuchEntity`: the wire code, not the shape's name.
    std::string code;
    /// HTTP status, from the service's table.
    int status = 400;
    std::string message;
    /// Further members of the error body, e.g. resourceArn.
    std::vector<std::pair<std::string, std::string>> members{};
    /// For the log alone: AWSIotLogsV2's reason where it is not CLIENT_ERROR, and a policy's
    /// refusal as JSON.
    std::string reason{};
    std::string because{};
};

[[noreturn]] inline void throw_exception_from_error(api_error const& e,
                                                    boost::source_location const&) {
    throw std::runtime_error(e.code + ": " + e.message);
}

template <typename T>
using outcome = boost::system::result<T, api_error>;

/// Names something that a call waits for before it is answered. Who gave it knows what it means.
enum class confirmation_id : std::uint64_t {};

/// One call in progress. Everything an operation may know or touch.
struct call {
    cloud::world& world;
    utc_time now;
    /// Who signed; anonymous for operations that SDKs send unsigned.
    principal const& who;
    /// Region of the credential scope, or of the pool ID, or the default.
    std::string region;
    random_source& random;
    /// Records to commit before the answer is sent.
    std::vector<record>& persist;
    std::string source_ip{};
    std::uint16_t source_port = 0;
    transport how = transport::tls;
    /// The name the client connected to; empty if it gave none.
    std::string domain_name{};
    /// What the answer is called by: x-amzn-RequestId, traceId.
    std::string request_id{};
    /// For AWS IoT's data plane; null where there is no broker.
    iot_data::messaging* messages = nullptr;
    /// Set by an operation that cannot be answered yet: what it returned is the answer if this
    /// comes good.
    std::optional<confirmation_id> waits_for{};
};

using run_function = outcome<boost::json::object> (*)(call&, boost::json::object const& input);
/// The resource that IAM is asked about; nullptr in a row means `*`.
using resource_function = std::string (*)(call const&, boost::json::object const& input);
/// Adds what policies may ask of this operation alone.
using facts_function = void (*)(boost::json::object const& input, policy::context&);

/// Where a REST-JSON input member travels when it is not in the body or the path.
struct header_member {
    std::string_view header;
    std::string_view member;
};

/// One operation of a service.
struct operation {
    std::string_view name;
    run_function run = nullptr;
    /// SDKs send it without a signature; the operation authenticates by its own means (password,
    /// token). A signature that is there is still verified.
    bool unsigned_call = false;
    resource_function resource = nullptr;
    /// The IAM action when it is not `service:name`.
    std::string_view action{};
    facts_function facts = nullptr;
    /// The answer has no output shape: an empty body.
    bool empty_answer = false;

    // REST-JSON only.
    std::string_view method{};
    /// `/policies/{policyName}/version`; labels become input members, percent-decoded once.
    std::string_view path{};
    std::span<header_member const> headers{};
    /// The member that is the raw body, if the operation has one.
    std::string_view payload_member{};

    /// Whoever has signed may call it, whatever the policies say (sts:GetCallerIdentity).
    bool needs_no_permission = false;
};

/// An operation that AWS has and we do not have yet, as REST-JSON sends it.
struct route {
    std::string_view name;
    std::string_view method;
    /// With labels, as in operation::path.
    std::string_view path;
};

enum class wire { json_1_1, query_xml, rest_json };

/// A service: how it is reached and what it can do.
struct service {
    /// The SigV4 service name, also the prefix of its IAM actions unless a row says otherwise.
    std::string_view name;
    wire form;
    /// X-Amz-Target prefix (json_1_1) or API version and XML namespace (query_xml).
    std::string_view target_prefix{};
    std::string_view api_version{};
    std::string_view xml_namespace{};
    std::span<operation const> operations;
    /// Operations that AWS has and we do not have yet: answered with 501 and their name.
    std::span<std::string_view const> not_built;
    /// Names of errors for faults that the wire layer itself finds.
    std::string_view validation_error;
    /// rest_json: how the operations of `not_built` are recognised.
    std::span<route const> not_built_routes{};
};

/// All services, in the order of dispatch.
std::span<service const* const> all_services();

} // namespace cogniot::cloud
