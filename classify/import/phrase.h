/* phrase.h: an alternative as a phrase. */
#ifndef FF_CLASSIFY_IMPORT_PHRASE_H
#define FF_CLASSIFY_IMPORT_PHRASE_H

#include "classify/import/codes.h"
#include "classify/mask/hosts.h"

/** false: *ret_wrong (constant text) says why nothing is left of it. */
FF_MUST_CHECK bool ff_import_phrase(const struct ff_hosts *hosts, const struct ff_alternative *a,
                                    struct ff_import_rule *ret, const char **ret_wrong);

#endif
