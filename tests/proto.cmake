include(${PROJECT_SOURCE_DIR}/cmake/protobuf_c.cmake)
foreach(topic text address json)
  ff_test(proto_${topic}_test SOURCES proto_${topic}_test.c DEPENDS ff::proto)
endforeach()
