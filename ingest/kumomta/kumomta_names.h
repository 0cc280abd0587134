/* kumomta_names.h: the small grammars that KumoMTA puts into strings. */
#ifndef FF_INGEST_KUMOMTA_NAMES_H
#define FF_INGEST_KUMOMTA_NAMES_H

#include "proto/slice.h"

/** `[campaign ":"] [tenant] "@" domain ["!" routing_domain]`; without '@' there is neither. */
void ff_kumomta_queue_parse(struct ff_slice queue, struct ff_slice *ret_campaign, struct ff_slice *ret_tenant);
/** "ip", "ip:port", "[v6]:port" -> length of the IP in ret_ip, 0 for paths and anything else. */
size_t ff_kumomta_endpoint_ip(struct ff_slice text, uint8_t ret_ip[16]);
/** Domain of the first address in the value of a From header; empty when there is none. */
struct ff_slice ff_kumomta_from_domain(struct ff_slice value);
/** Value of a header field in a message's text, unfolded only as far as its first line; empty when it is not there. */
struct ff_slice ff_kumomta_header_find(struct ff_slice message, struct ff_slice name);
/** Without blanks around it and one pair of angle brackets. */
struct ff_slice ff_kumomta_unbracket(struct ff_slice address);

#endif
