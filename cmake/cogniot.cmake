# How a folder of src/ becomes a library and how its tests become CTest entries.

add_library(cogniot_flags INTERFACE)
target_compile_options(cogniot_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow
                       -Woverloaded-virtual)
if(COGNIOT_WERROR)
    target_compile_options(cogniot_flags INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 reports these inside std::string and Boost at -O2 (GCC bugs 105329, 105651, 107852); and
    # members with a default need no initializer.
    target_compile_options(cogniot_flags INTERFACE -Wno-restrict -Wno-maybe-uninitialized
                           -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread
                           -Wno-missing-field-initializers)
endif()
if(COGNIOT_UNITY)
    # A file that is included by the compiled one is a header to g++, and what it declares for itself
    # is seen by its neighbours. Development and sanitizer builds keep both warnings.
    target_compile_options(cogniot_flags INTERFACE -Wno-subobject-linkage -Wno-shadow)
endif()
if(COGNIOT_SANITIZE)
    target_compile_options(cogniot_flags INTERFACE -fsanitize=${COGNIOT_SANITIZE}
                           -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(cogniot_flags INTERFACE -fsanitize=${COGNIOT_SANITIZE})
endif()
target_compile_definitions(cogniot_flags INTERFACE
    BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
    COGNIOT_VERSION="${PROJECT_VERSION}")
target_include_directories(cogniot_flags INTERFACE ${PROJECT_SOURCE_DIR}/src)
# Everything sees Boost.JSON's definitions, or the precompiled header would fit some folders only.
target_link_libraries(cogniot_flags INTERFACE Boost::json)

# cogniot_library(base SOURCES a.cpp b.cpp LINKS cogniot::json Boost::json)
function(cogniot_library name)
    cmake_parse_arguments(arg "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
    if(arg_SOURCES)
        add_library(cogniot_${name} STATIC ${arg_SOURCES})
        target_link_libraries(cogniot_${name} PUBLIC cogniot_flags ${arg_LINKS} PRIVATE ${arg_PRIVATE_LINKS})
        cogniot_precompile(cogniot_${name})
        if(COGNIOT_UNITY)
            set_target_properties(cogniot_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 6)
        endif()
    else()
        add_library(cogniot_${name} INTERFACE)
        target_link_libraries(cogniot_${name} INTERFACE cogniot_flags ${arg_LINKS} ${arg_PRIVATE_LINKS})
    endif()
    add_library(cogniot::${name} ALIAS cogniot_${name})
endfunction()

# One precompiled header, built once in base and reused by every other folder.
function(cogniot_precompile target)
    if(NOT COGNIOT_PCH)
        return()
    endif()
    if(target STREQUAL "cogniot_base")
        target_precompile_headers(${target} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/pch.hpp)
    else()
        target_precompile_headers(${target} REUSE_FROM cogniot_base)
    endif()
endfunction()

# cogniot_test(base SOURCES hex_test.cpp LINKS cogniot::base): one doctest program a folder.
function(cogniot_test name)
    cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
    add_executable(test_${name} ${arg_SOURCES})
    target_link_libraries(test_${name} PRIVATE cogniot_test_main ${arg_LINKS})
    target_compile_definitions(test_${name} PRIVATE COGNIOT_VECTORS="${PROJECT_SOURCE_DIR}/tests/vectors")
    target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    cogniot_precompile(test_${name})
    add_test(NAME unit/${name} COMMAND test_${name})
endfunction()
