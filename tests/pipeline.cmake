# The whole pipeline against a real broker, with kills, freezes, rebalances and lost disks (scripts/kafka-broker).
find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME kafka_pipeline COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/kafka/pipeline_test.py
                                     --binary $<TARGET_FILE:fivefifty>)
set_tests_properties(kafka_pipeline PROPERTIES LABELS kafka RESOURCE_LOCK kafka)
add_test(NAME kafka_outage COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/kafka/outage_test.py
                                   --binary $<TARGET_FILE:fivefifty>)
set_tests_properties(kafka_outage PROPERTIES LABELS kafka RESOURCE_LOCK kafka)

# State folders of the wrong service, of topics made anew, of other clusters, of full disks. It mostly waits for what must not
# happen, and has a broker of its own: beside the others it costs no time.
add_test(NAME kafka_state COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/kafka/state_test.py
                                  --binary $<TARGET_FILE:fivefifty>)
set_tests_properties(kafka_state PROPERTIES LABELS kafka)
