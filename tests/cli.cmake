ff_test(source_file_test SOURCES source_file_test.c DEPENDS ff::source PkgConfig::ZSTD PkgConfig::ZLIB)
