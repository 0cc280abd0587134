/* field_numbers.h: fields of event.proto and result.proto that more than one file names; all others stand in the
 * tables of event_wire.c. */
#ifndef FF_PROTO_FIELD_NUMBERS_H
#define FF_PROTO_FIELD_NUMBERS_H

enum ff_event_field {
    FF_EVENT_FIELD_TENANT_ID = 4,
    FF_EVENT_FIELD_EVENT_ID = 16,
    FF_EVENT_FIELD_STREAM_ID = 18,
    FF_EVENT_FIELD_ATTRIBUTES = 50, /* has no place in struct ff_event */
};

/** Of EventBatch and ResultBatch alike. */
enum ff_batch_field { FF_BATCH_FIELD_SOURCE = 2, FF_BATCH_FIELD_ITEMS = 5 };

enum ff_result_field { FF_RESULT_FIELD_EVENT = 1, FF_RESULT_FIELD_VERDICT = 2 };

#endif
