# The pure part: values, calls and answers, retry rules, the link machine. It needs no network.
cogniot_library(client_core
    SOURCES errors.cpp aws_error.cpp retry.cpp clock_skew.cpp id_token.cpp aws_call.cpp xml_answer.cpp user_pool.cpp
            iam_calls.cpp iot_calls.cpp pool_calls.cpp
            identity_pool.cpp refusal_causes.cpp denials.cpp outgoing.cpp subscriptions.cpp link_machine.cpp
            setting_values.cpp identity_cache.cpp outgoing_check.cpp device_twin.cpp
    LINKS cogniot::base cogniot::json cogniot::crypto cogniot::mqtt
    PRIVATE_LINKS PkgConfig::YAML_CPP)
# The shell: the steps over HTTP, their overlap, and the link over a stream.
cogniot_library(client
    SOURCES settings.cpp clock_and_chance.cpp aws_caller.cpp steps.cpp flow.cpp
            transports.cpp mqtt_link.cpp aws_wiring.cpp simulated_device.cpp device_provisioning.cpp
    LINKS cogniot::client_core cogniot::backend_credentials cogniot::sigv4 cogniot::net)
