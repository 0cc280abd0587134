/* test.h: tables of named cases, and a line for each failure. */
#ifndef FF_TEST_H
#define FF_TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int test_failures_, test_cases_;
static const char *test_name_ = "";

/** Begins a case; its name is printed when a check in it fails. */
#define CASE(name) (test_cases_++, test_name_ = (name))

#define CHECK(cond, ...)                                                                             \
    do {                                                                                             \
        if (!(cond)) {                                                                               \
            test_failures_++;                                                                        \
            printf("FAIL %s\n  %s:%d: %s\n  ", test_name_, __FILE__, __LINE__, #cond);               \
            printf("" __VA_ARGS__);                                                                  \
            printf("\n");                                                                            \
        }                                                                                            \
    } while (0)

#define CHECK_INT(got, want)                                                                         \
    do {                                                                                             \
        long long got_ = (long long)(got), want_ = (long long)(want);                                \
        CHECK(got_ == want_, "got %lld, want %lld", got_, want_);                                    \
    } while (0)

#define CHECK_STR(got, want)                                                                         \
    do {                                                                                             \
        const char *got_ = (got), *want_ = (want);                                                   \
        CHECK(strcmp(got_, want_) == 0, "got  \"%s\"\n  want \"%s\"", got_, want_);                  \
    } while (0)

#define CHECK_SLICE(got, want)                                                                       \
    do {                                                                                             \
        struct ff_slice gs_ = (got);                                                                 \
        const char *ws_ = (want);                                                                    \
        CHECK(gs_.len == strlen(ws_) && (gs_.len == 0 || memcmp(gs_.ptr, ws_, gs_.len) == 0),        \
              "got  \"%.*s\"\n  want \"%s\"", (int)gs_.len, gs_.ptr ? (const char *)gs_.ptr : "", ws_); \
    } while (0)

/** Ends main(): prints a summary line; the exit status. */
static inline int test_end(void)
{
    printf("%d cases, %d failures\n", test_cases_, test_failures_);
    return test_failures_ ? 1 : 0;
}

#endif
