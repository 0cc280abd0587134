ff_test(ingest_judge_test SOURCES ingest_judge_test.c DEPENDS ff::decode Threads::Threads)
set_tests_properties(ingest_judge_test PROPERTIES LABELS threads)
ff_test(ingest_cycles_test SOURCES ingest_cycles_test.c DEPENDS ff::ingest)
ff_test(ingest_content_test SOURCES ingest_content_test.c DEPENDS ff::ingest PkgConfig::ZSTD PkgConfig::ZLIB)
# librdkafka's mock cluster, for faults only; everything else is tried on a real broker below.
ff_test(ingest_mock_test SOURCES ingest_mock_test.c DEPENDS ff::ingest PkgConfig::RDKAFKA)
ff_test(ingest_headers_test SOURCES ingest_headers_test.c DEPENDS ff::ingest PkgConfig::RDKAFKA)
ff_test(ingest_settings_test SOURCES ingest_settings_test.c DEPENDS ff::ingest PkgConfig::RDKAFKA)

# Against a real broker (scripts/kafka-broker: java 17, mvn once, kcat). They share the machine's two cores: one at a time.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
foreach(topic ingest reload)
  add_test(NAME kafka_${topic} COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/kafka/${topic}_test.py
                                       --binary $<TARGET_FILE:fivefifty>)
  set_tests_properties(kafka_${topic} PROPERTIES LABELS kafka RESOURCE_LOCK kafka)
endforeach()
