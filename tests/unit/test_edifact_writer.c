/* test_edifact_writer.c - an IFTSTA that is written says the same when it is read again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "channel/file/edifact_writer.h"
#include "channel/file/file_reader.h"
#include "domain/local_time.h"
#include "tests/support/reading.h"

#define WRITTEN_AT INT64_C(1795507200000000) /* 2026-11-24T08:00:00Z */
#define LATER      INT64_C(1795540320000000) /* 2026-11-24T17:12:00Z */

static const struct edifact_envelope envelope = { .sender = "RELAIS",
                                                  .sender_qualifier = "ZZZ",
                                                  .recipient = "SHOP",
                                                  .recipient_qualifier = "",
                                                  .reference = 4711,
                                                  .written_at = WRITTEN_AT };

static void begin(struct edifact_writer *w, struct buffer *out, struct local_zone **zone,
                  const struct edifact_envelope *e)
{
    buffer_init(out, (size_t)64 << 20);
    assert_int_equal(local_zone_open("Europe/Paris", zone, NULL), RC_OK);
    edifact_writer_begin(w, out, *zone, e);
}

static void segments_are_those_of_the_directory(void **state)
{
    const struct edifact_status statuses[] = {
        { "A-55", "C-1001", ORDER_OUT, WRITTEN_AT, "", "" },
        { "A-55", "", ORDER_DELIVERED, LATER, "Lyon", "left with the neighbour" },
        { "B?+:'\n\u20ac\u00e9", "", ORDER_MISSED, LATER, "", "" },
    };
    struct edifact_envelope e = envelope;
    struct edifact_writer w;
    struct local_zone *zone;
    struct buffer out;

    (void)state;
    e.test = true;
    begin(&w, &out, &zone, &e);
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        edifact_writer_status(&w, &statuses[i]);
    edifact_writer_end(&w);
    assert_string_equal(buffer_text(&out), "UNA:+.? '\n"
                                           "UNB+UNOC:3+RELAIS:ZZZ+SHOP+261124:0900+4711++++++1'\n"
                                           "UNH+1+IFTSTA:D:96A:UN'\n"
                                           "BGM+23+4711-1+9'\n"
                                           "DTM+137:202611240900:203'\n"
                                           "CNI+1+A-55'\n"
                                           "STS+1+31'\n"
                                           "RFF+IT:C-1001'\n"
                                           "DTM+334:202611240900:203'\n"
                                           "STS+1+21'\n"
                                           "DTM+334:202611241812:203'\n"
                                           "FTX+AAI+++left with the neighbour'\n"
                                           "LOC+14+:::Lyon'\n"
                                           "CNI+2+B???+?:?' ?"
                                           "?\xe9'\n"
                                           "STS+1+55'\n"
                                           "DTM+334:202611241812:203'\n"
                                           "UNT+15+1'\n"
                                           "UNZ+1+4711'\n");
    local_zone_close(zone);
    buffer_close(&out);
}

static char *read_again(const struct buffer *out)
{
    static const enum field fields[] = { FIELD_ORDER_NUMBER, FIELD_STATUS, FIELD_AT,
                                         FIELD_PLACE,        FIELD_NOTE,   FIELD_COUNT };
    char path[512];
    struct profile *profile = NULL;
    struct error err = { 0 };
    char *said;

    snprintf(path, sizeof(path), "%s/conf/partners/edifact.statuses.conf",
             getenv("srcdir") ? getenv("srcdir") : ".");
    if (profile_load(path, &profile, &err))
        fail_msg("%s", err.text);
    said = reading_said(profile, fields, out->data, out->len);
    profile_free(profile);
    return said;
}

static void what_is_written_is_read_again(void **state)
{
    const struct edifact_status statuses[] = {
        { "A-55", "C-1001", ORDER_CANCELLED, WRITTEN_AT, "", "" },
        { "A'5+6:7?", "", ORDER_PLANNED, LATER, "Saint-\u00c9tienne",
          "Le client \u00e9tait absent, un avis de passage a \u00e9t\u00e9 laiss\u00e9 dans la "
          "bo\u00eete aux lettres "
          "de la loge du gardien" },
    };
    struct edifact_writer w;
    struct local_zone *zone;
    struct buffer out;
    char *said;

    (void)state;
    begin(&w, &out, &zone, &envelope);
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        edifact_writer_status(&w, &statuses[i]);
    edifact_writer_end(&w);
    said = read_again(&out);
    assert_string_equal(
        said,
        "1@7 A-55|7|2026-11-24T09:00:00||\n"
        "2@11 A'5+6:7?|6|2026-11-24T18:12:00|Saint-\u00c9tienne|Le client \u00e9tait "
        "absent, un avis de passage a \u00e9t\u00e9 laiss\u00e9 dans la bo\u00eete aux lettres "
        "de la loge du gardien\n"
        "document: 261124 0900 4711\n");
    free(said);
    local_zone_close(zone);
    buffer_close(&out);
}

static void a_file_of_nothing_is_an_empty_interchange(void **state)
{
    struct edifact_writer w;
    struct local_zone *zone;
    struct buffer out;
    char *said;

    (void)state;
    begin(&w, &out, &zone, &envelope);
    edifact_writer_end(&w);
    said = read_again(&out);
    assert_string_equal(said, "document: 261124 0900 4711\n");
    free(said);
    local_zone_close(zone);
    buffer_close(&out);
}

static void a_long_file_has_several_messages_and_right_counts(void **state)
{
    struct edifact_writer w;
    struct local_zone *zone;
    struct buffer out;
    const char *at;
    char *said;
    int records = 0;

    (void)state;
    begin(&w, &out, &zone, &envelope);
    for (int i = 0; i < 2500; i++) {
        char number[16];
        const struct edifact_status s = { number, "", ORDER_OUT, LATER, "", "" };

        snprintf(number, sizeof(number), "A-%d", i);
        edifact_writer_status(&w, &s);
    }
    edifact_writer_end(&w);
    assert_non_null(strstr(buffer_text(&out), "UNZ+3+4711'"));
    said = read_again(&out);
    assert_null(strstr(said, "fault"));
    for (at = said; (at = strstr(at, "|31|")) != NULL; at++)
        records++;
    assert_int_equal(records, 2500);
    free(said);
    local_zone_close(zone);
    buffer_close(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_are_those_of_the_directory),
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(a_file_of_nothing_is_an_empty_interchange),
        cmocka_unit_test(a_long_file_has_several_messages_and_right_counts),
    };

    file_reader_setup();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
