# ff_flags(TARGET): our warnings and sanitizers, on targets only.
function(ff_flags target)
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wundef -Wcast-qual -Wvla -Wformat=2
    -Wstrict-prototypes -Wmissing-prototypes -Wimplicit-fallthrough
    $<$<C_COMPILER_ID:Clang>:-Wno-gnu-statement-expression>) # RD_KAFKA_V_...() of librdkafka are such
  # gcc clears a structure of some hundred bytes with `rep stos`, whose start alone takes longer than the rest of reading
  # an event; a loop of vector stores does not.
  if(CMAKE_C_COMPILER_ID STREQUAL GNU AND CMAKE_SYSTEM_PROCESSOR STREQUAL x86_64)
    target_compile_options(${target} PRIVATE -mmemset-strategy=vector_loop:1024:noalign,libcall:-1:noalign)
  endif()
  if(FF_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(FF_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${FF_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
    target_link_options(${target} PRIVATE -fsanitize=${FF_SANITIZE})
  endif()
  if(FF_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=address,undefined)
  endif()
endfunction()

# ff_component(NAME SOURCES ... DEPENDS ... [PRIVATE_DEPENDS ...]): static library ff_<name>, alias ff::<name>.
function(ff_component name)
  cmake_parse_arguments(ARG "" "" "SOURCES;HEADERS;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(ff_${name} STATIC ${ARG_SOURCES})
  add_library(ff::${name} ALIAS ff_${name})
  target_include_directories(ff_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(ff_${name} PUBLIC ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE_DEPENDS})
  ff_flags(ff_${name})
endfunction()

# ff_limit_test(NAME [LABEL...]): labels of a ctest, and what a hang costs. The limits within the tests
# (tests/patience.py) come first and say what was waited for; whoever lengthens those by FF_TEST_SLOW lengthens this,
# too. What starts a broker or a Postfix many times may take three times as long.
set(FF_TEST_TIMEOUT 600 CACHE STRING "seconds that a test may take")
function(ff_limit_test name)
  set(timeout ${FF_TEST_TIMEOUT})
  if("${ARGN}" MATCHES "kafka|postfix")
    math(EXPR timeout "3 * ${FF_TEST_TIMEOUT}")
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${ARGN}" TIMEOUT ${timeout})
endfunction()

# ff_test(NAME SOURCES ... DEPENDS ... [LABELS ...]): a program that is one ctest; it prints its cases and exits non-zero
# on failure. It names the data that it reads from the top of the source tree.
function(ff_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS})
  ff_flags(${name})
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  ff_limit_test(${name} ${ARG_LABELS})
endfunction()

# ff_script_test(NAME COMMAND ... [LABELS ...]): a script that is one ctest.
function(ff_script_test name)
  cmake_parse_arguments(ARG "" "" "COMMAND;LABELS" ${ARGN})
  add_test(NAME ${name} COMMAND ${ARG_COMMAND})
  ff_limit_test(${name} ${ARG_LABELS})
  set_tests_properties(${name} PROPERTIES ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)
endfunction()

# ff_count_allocations(TARGET): our libraries' calls for memory are counted (bench/allocations.h).
function(ff_count_allocations target)
  target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/bench/allocations.c)
  target_link_options(${target} PRIVATE LINKER:--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc)
endfunction()

# ff_fuzzer(NAME [SOURCES ...] DEPENDS ...): fuzz_<name>.c and the sources, with FF_FUZZ a libFuzzer program fuzz_<name>;
# otherwise a program that replays corpus/<name>/ once, as a ctest (tests/fuzz/replay.c supplies its main).
function(ff_fuzzer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(fuzz_${name} fuzz_${name}.c ${ARG_SOURCES})
  target_link_libraries(fuzz_${name} PRIVATE ${ARG_DEPENDS})
  ff_flags(fuzz_${name})
  if(FF_FUZZ)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer,address,undefined)
  else()
    target_sources(fuzz_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay.c)
    add_test(NAME fuzz_${name}_replay COMMAND fuzz_${name} ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
    ff_limit_test(fuzz_${name}_replay)
  endif()
endfunction()
