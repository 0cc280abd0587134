/* written_address.h: addresses as people and programs write them, in a list or behind `add`. */
#ifndef FF_CLI_WRITTEN_ADDRESS_H
#define FF_CLI_WRITTEN_ADDRESS_H

#include "proto/slice.h"

/**
 * The bare address: without blanks, "mailto:", <>, a name before <>, quotes around the whole, "," or ";" behind it,
 * and "# note". Only for what somebody enters. Whatever a server bounced goes by its own spelling, or it could not be
 * named.
 * @param ret borrowed from `written`; what is left of it, which need not be an address
 * @return NULL, or why it is not one address: a pattern, several addresses, signs that a local part has in quotes
 * only. An entry
 *         of these would suppress nobody, and nobody would notice
 */
FF_MUST_CHECK const char *ff_written_address(struct ff_slice written, struct ff_slice *ret);

#endif
