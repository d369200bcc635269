# The doctor: the five steps walked one by one, over the client and with the local cloud's engine.
cogniot_library(doctor
    SOURCES doctor/report.cpp doctor/checks.cpp doctor/look.cpp doctor/double_lock.cpp
            doctor/limits.cpp doctor/log_entry.cpp doctor/log_causes.cpp
            doctor/log_denial.cpp doctor/url_check.cpp
            doctor/probe.cpp doctor/steps_sign_in.cpp doctor/steps_role.cpp
            doctor/steps_permission.cpp doctor/steps_link.cpp doctor/steps_url.cpp
            doctor/steps_log.cpp doctor/examination.cpp
    LINKS cogniot::client cogniot::broker cogniot::cloud cogniot::policy cogniot::crypto)
