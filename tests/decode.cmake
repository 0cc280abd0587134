# Decoders: their cases, and their fuzzers' corpora replayed.
ff_test(decode_kumomta_test SOURCES decode_kumomta_test.c DEPENDS ff::decode)
target_link_options(decode_kumomta_test PRIVATE LINKER:--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free)
ff_fuzzer(kumomta SOURCES fuzz/fuzz_kumomta.c DEPENDS ff::decode CORPUS tests/fuzz/corpus/kumomta)
