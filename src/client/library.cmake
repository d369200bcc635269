# The pure part: values, calls and answers, retry rules, the link machine. It needs no network.
cogniot_library(client_core
    SOURCES errors.cpp aws_error.cpp retry.cpp clock_skew.cpp id_token.cpp aws_call.cpp user_pool.cpp
            identity_pool.cpp refusal_causes.cpp outgoing.cpp subscriptions.cpp link_machine.cpp
    LINKS cogniot::base cogniot::json cogniot::crypto cogniot::mqtt)
