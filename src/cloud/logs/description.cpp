#include "cloud/logs/description.hpp"

#include "cloud/logs/entity.hpp"
#include "cloud/logs/operations.hpp"
#include "cloud/not_built.hpp"

#include <array>

namespace cogniot::cloud::logs {

namespace {

constexpr std::string_view all_operations[]{
#include "cloud/logs/aws_operations.inc"
};

} // namespace

service const& description() {
    static std::array const rows{
        operation{.name = "DescribeLogGroups",
                  .run = &describe_log_groups,
                  .resource = &every_group_resource},
        operation{.name = "DescribeLogStreams",
                  .run = &describe_log_streams,
                  .resource = &stream_resource},
        operation{
            .name = "FilterLogEvents", .run = &filter_log_events, .resource = &stream_resource},
        operation{.name = "GetLogEvents", .run = &get_log_events, .resource = &stream_resource},
    };
    static auto const not_built = list_not_built(all_operations, rows);
    static service const log_groups{.name = "logs",
                                    .form = wire::json_1_1,
                                    .target_prefix = "Logs_20140328",
                                    .operations = rows,
                                    .not_built = not_built,
                                    .validation_error = validation_error};
    return log_groups;
}

} // namespace cogniot::cloud::logs
