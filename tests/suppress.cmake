# suppress: policy, state that merges, store, publication, HTTP. What is linked here is all that a folder may need.
add_library(suppress_fixture STATIC suppress_fixture.c)
target_link_libraries(suppress_fixture PUBLIC ff::suppress_engine)
ff_flags(suppress_fixture)

ff_test(suppress_policy_test SOURCES suppress_policy_test.c DEPENDS suppress_fixture)
ff_test(suppress_surge_test SOURCES suppress_surge_test.c DEPENDS suppress_fixture)
ff_test(suppress_api_test SOURCES suppress_api_test.c DEPENDS suppress_fixture ff::suppress_http)
ff_test(suppress_api_limits_test SOURCES suppress_api_limits_test.c DEPENDS suppress_fixture ff::suppress_http)
ff_fuzzer(asked SOURCES fuzz/fuzz_asked.c DEPENDS suppress_fixture ff::suppress_http PkgConfig::MHD CORPUS tests/fuzz/corpus/asked)
ff_test(suppress_merge_test SOURCES suppress_merge_test.c DEPENDS suppress_fixture)
ff_fuzzer(state SOURCES fuzz/fuzz_state.c DEPENDS ff::suppress_state CORPUS tests/fuzz/corpus/state)
ff_test(suppress_store_test SOURCES suppress_store_test.c DEPENDS suppress_fixture)
ff_test(suppress_large_store_test SOURCES suppress_large_store_test.c DEPENDS suppress_fixture)
ff_test(suppress_pacing_test SOURCES suppress_pacing_test.c DEPENDS suppress_fixture)
ff_test(suppress_repair_test SOURCES suppress_repair_test.c DEPENDS suppress_fixture)

# librdkafka's mock cluster, for faults only; everything else is tried on a real broker (kafka.cmake).
ff_test(suppress_send_test SOURCES suppress_send_test.c DEPENDS ff::suppress_operator ff::suppress_broker PkgConfig::RDKAFKA)
ff_test(suppress_member_test SOURCES suppress_member_test.c DEPENDS ff::suppress_broker PkgConfig::RDKAFKA)
target_link_options(suppress_member_test PRIVATE LINKER:--wrap=calloc)
