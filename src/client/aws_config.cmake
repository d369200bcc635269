# AWS's environment variables and shared files, and the credentials they lead to.
cogniot_library(aws_config
    SOURCES aws_config.cpp aws_config_file.cpp aws_config_surroundings.cpp
            backend_credentials_answers.cpp backend_credentials_environment.cpp
            backend_credentials_plan.cpp backend_credentials_profile.cpp
    LINKS cogniot::client_core cogniot::sigv4)
cogniot_library(backend_credentials
    SOURCES backend_credentials.cpp backend_credentials_container.cpp
            backend_credentials_fetch.cpp backend_credentials_metadata.cpp
            backend_credentials_process.cpp backend_credentials_sts.cpp
    LINKS cogniot::aws_config cogniot::net)
