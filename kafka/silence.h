/* silence.h: when a service that hears nothing from its brokers has lost them, whatever its connections look like: a
 * frozen broker and a network that drops packets close none. Knows no librdkafka.
 */
#ifndef FF_KAFKA_SILENCE_H
#define FF_KAFKA_SILENCE_H

/** No broker answered for so long: they are lost. */
#define FF_KAFKA_SILENCE_MS 30000
/** After so long without an answer a service asks for one, so that silence means something. */
#define FF_KAFKA_ASK_MS 10000

#endif
