/* version.c: asks each library for the version that was loaded. RocksDB has no such call in its C interface, so the
 * build says it. */
#include "cli/version.h"

#include <hs/hs.h>
#include <idn2.h>
#include <librdkafka/rdkafka.h>
#include <microhttpd.h>
#include <string.h>
#include <xxhash.h>
#include <zlib.h>
#include <zstd.h>

void ff_version_print(FILE *f)
{
    unsigned xxh = XXH_versionNumber();
    fprintf(f, "fivefifty %s\n", FF_VERSION);
    fprintf(
        f,
        "librdkafka %s, rocksdb %s, zstd %s, zlib %s, xxhash %u.%u.%u, hyperscan %.*s, libidn2 %s, libmicrohttpd %s\n",
        rd_kafka_version_str(), FF_ROCKSDB_VERSION, ZSTD_versionString(), zlibVersion(), xxh / 10000, xxh / 100 % 100,
        xxh % 100, (int)strcspn(hs_version(), " "), hs_version(), idn2_check_version(NULL), MHD_get_version());
}
