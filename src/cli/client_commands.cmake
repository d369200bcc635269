# The commands that act as a Cognito user or as its backend, over src/client.
cogniot_library(client_commands
    SOURCES client_errors.cpp client_session.cpp connection_flags.cpp credentials.cpp device_files.cpp device_log.cpp
            device_simulate.cpp doctor.cpp line_source.cpp
            link_flags.cpp message_format.cpp password_input.cpp plain_broker.cpp publish.cpp publish_report.cpp
            sign_in.cpp subscribe.cpp user_add.cpp
    LINKS cogniot::command_line cogniot::client cogniot::doctor cogniot::backend_credentials cogniot::crypto)
