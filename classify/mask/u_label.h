/* u_label.h: labels of domains as people read them, so that two spellings of one domain can be compared within a reply
 * (proto/address.h does more, by libraries that allocate). */
#ifndef FF_CLASSIFY_U_LABEL_H
#define FF_CLASSIFY_U_LABEL_H

#include "proto/slice.h"

/** Room for any: 63 bytes of an A-label are at most 59 letters, of four bytes each. */
#define FF_U_LABEL_BYTES_MAX 236

/** The U-label (RFC 5890 2.3.2.1) of an A-label, "xn--fsqu00a", in UTF-8; nothing is normalised.
 * @return its length; 0: the label is none, or RFC 3492 gives nothing for it */
size_t ff_u_label(struct ff_slice a_label, uint8_t ret[FF_U_LABEL_BYTES_MAX]);

#endif
