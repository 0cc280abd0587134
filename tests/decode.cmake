# Decoders: their cases, and their fuzzers' corpora replayed.
ff_test(decode_kumomta_test SOURCES decode_kumomta_test.c DEPENDS ff::decode)
ff_count_allocations(decode_kumomta_test)
ff_fuzzer(kumomta SOURCES fuzz/fuzz_kumomta.c DEPENDS ff::decode CORPUS tests/fuzz/corpus/kumomta)
ff_test(decode_postfix_test SOURCES decode_postfix_test.c DEPENDS ff::decode)
ff_count_allocations(decode_postfix_test)
ff_fuzzer(postfix SOURCES fuzz/fuzz_postfix.c DEPENDS ff::decode CORPUS tests/fuzz/corpus/postfix)
# A real Postfix delivers to scripted servers; what the decoder reads in its log must be what the servers did.
if(TARGET fivefifty)
  add_test(NAME postfix_real_long_ids COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/postfix/run --binary $<TARGET_FILE:fivefifty>)
  add_test(NAME postfix_real_short_ids COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/postfix/run --binary $<TARGET_FILE:fivefifty> --short-queue-ids)
  set_tests_properties(postfix_real_long_ids postfix_real_short_ids PROPERTIES LABELS postfix SKIP_RETURN_CODE 77)
endif()
# The fast reader of a log record against the one that knows every shape, and both against the grammar.
ff_test(kumomta_walk_test SOURCES kumomta_walk_test.c DEPENDS ff::decode)
ff_test(json_conformance_test SOURCES json_conformance_test.c DEPENDS ff::decode)
