foreach(topic rules examples verdict)
  ff_test(classify_${topic}_test SOURCES classify_${topic}_test.c DEPENDS ff::classify)
endforeach()
target_link_options(classify_verdict_test PRIVATE LINKER:--wrap=malloc,--wrap=calloc,--wrap=realloc)
