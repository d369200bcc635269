# AWS's environment variables and shared files, and the credentials they lead to.
cogniot_library(aws_config
    SOURCES aws_config.cpp aws_config_file.cpp aws_config_surroundings.cpp
    LINKS cogniot::client_core)
