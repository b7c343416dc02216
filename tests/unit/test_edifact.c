/* test_edifact.c - what UN/EDIFACT files of partners become, and what is refused in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "channel/file/file_reader.h"
#include "tests/support/reading.h"

static const char conf[] = "format = \"edifact\"\n"
                           "record = \"IFTMIN\"\n"
                           "document = \"UNB/4-5\"\n"
                           "field \"customer_number\" { path = \"NAD[CN]/2.1\" }\n"
                           "field \"last_name\" { path = { \"NAD[DP]/4\", \"NAD[CN]/4\" } }\n"
                           "field \"phone\" { path = \"NAD[CN]/COM[1.2=TE]/1.1\" }\n"
                           "field \"goods\" { path = \"GID/FTX[AAA]/4\" }\n"
                           "field \"window_from\" { path = { \"DTM[64]\", \"DTM[2]\" } }\n"
                           "field \"window_to\" { path = { \"DTM[63]\", \"DTM[2]/to\" } }\n"
                           "field \"order_number\" { path = { \"RFF[ON]/1.2\", \"BGM/2.1\" } }\n";

static const enum field fields[] = { FIELD_ORDER_NUMBER, FIELD_CUSTOMER_NUMBER,
                                     FIELD_LAST_NAME,    FIELD_PHONE,
                                     FIELD_GOODS,        FIELD_WINDOW_FROM,
                                     FIELD_WINDOW_TO,    FIELD_COUNT };

#define UNB        "UNB+UNOC:3+SHOP:14+RELAIS:ZZZ+261124:0800+77'\n"
#define UNH        "UNH+1+IFTMIN:D:96A:UN'\n"
#define MESSAGE(x) UNB UNH x

static char *read_text(const char *profile_text, const char *text, size_t len)
{
    struct profile *profile = reading_profile(profile_text);
    char *said = reading_said(profile, fields, text, len);

    profile_free(profile);
    return said;
}

static void check(const char *text, const char *expected)
{
    char *said = read_text(conf, text, strlen(text));

    assert_string_equal(said, expected);
    free(said);
}

static void check_fault(const char *text, const char *expected)
{
    char *said = read_text(conf, text, strlen(text));

    if (!strstr(said, expected))
        fail_msg("got \"%.300s\", expected \"%s\"", said, expected);
    free(said);
}

static void a_message_is_a_record(void **state)
{
    (void)state;
    check("UNA:+.? '\n" UNB "UNH+1+IFTMIN:D:96A:UN'\nBGM+340+A-55+9'\nDTM+137:20261124:102'\n"
          "DTM+2:202611250800202611251200:719'\n"
          "NAD+CZ+SHOP::9++The Shop'\nCOM++33100000000:TE'\n"
          "NAD+CN+C-1001::92++Jean:Martin+1 rue de la Paix+Paris++75002+FR'\n"
          "CTA+IC+:Martin'\nCOM+jean@example.fr:EM'\nCOM+0612345678:TE'\n"
          "GID+1+2:PX'\nFTX+AAA+++2 pneus:neige'\nGID+2+1:PX'\nFTX+AAA+++1 cric'\n"
          "UNT+15+1'\n"
          "UNH+2+IFTMIN:D:01B:UN'\nBGM+340+A-56+9'\nUNT+3+2'\n"
          "UNZ+2+77'\n",
          "1@3 A-55|C-1001|Jean Martin|0612345678|2 pneus neige, 1 cric|2026-11-25T08:00:00|"
          "2026-11-25T12:00:00\n"
          "2@18 A-56||||||\n"
          "document: 261124 0800 77\n");
}

static void a_group_ends_where_the_next_begins(void **state)
{
    (void)state;
    /* the telephone is the carrier's, the FTX the second piece's */
    check(MESSAGE("BGM+340+1'NAD+CN+7'NAD+CA+8'COM+1:TE'GID+1'GID+2'FTX+AAA+++x'UNT+9+1'UNZ+1+77'"),
          "1@2 1|7|||x||\ndocument: 261124 0800 77\n");
}

static void separators_are_what_the_service_string_says(void **state)
{
    (void)state;
    check("UNA|*.\\ ~UNB*UNOC|3*S*R*261124|0800*77~UNH*1*IFTMIN|D~BGM*340*A\\~\\\\+'~UNT*3*1~"
          "UNZ*1*77~",
          "1@1 A~\\+'||||||\ndocument: 261124 0800 77\n");
    check("UNB+UNOC:3+S+R+261124:0800+77'UNH+1+IFTMIN:D'BGM+340+A?'?+?:??B'UNT+3+1'UNZ+1+77'",
          "1@1 A'+:?B||||||\ndocument: 261124 0800 77\n");
    check("UNB\x1dUNOB\x1f"
          "1\x1dS\x1dR\x1d"
          "261124\x1f"
          "0800\x1d"
          "77\x1cUNH\x1d"
          "1\x1dIFTMIN\x1f"
          "D\x1c"
          "BGM\x1d"
          "340\x1d"
          "A?B\x1cUNT\x1d"
          "3\x1d"
          "1\x1cUNZ\x1d"
          "1\x1d"
          "77\x1c",
          "1@1 A?B||||||\ndocument: 261124 0800 77\n");
    check_fault("UNA:+.?  'UNB+UNOC:3+S+R'", "line 1, segment 0: UNA names a letter");
    check_fault("UNA::.? 'UNB+UNOC:3+S+R'", "UNA names the same character for two purposes");
}

static void repetitions_come_with_syntax_4(void **state)
{
    (void)state;
    check("UNB+UNOC:4+S+R+20261124:0800+77'UNH+1+IFTMIN:D:01B:UN'BGM+340+A*B'NAD+CN+7'"
          "COM+a@b.fr:EM*0612:TE'UNT+5+1'UNZ+1+77'",
          "1@1 A|7||0612|||\ndocument: 20261124 0800 77\n");
    check("UNB+UNOC:3+S+R+261124:0800+77'UNH+1+IFTMIN:D'BGM+340+A*B'UNT+3+1'UNZ+1+77'",
          "1@1 A*B||||||\ndocument: 261124 0800 77\n");
}

static void lines_may_be_broken_anywhere(void **state)
{
    (void)state;
    check("UNB+UNOC:3+S+R+261124:0800+77'\r\nUNH+1+IFTMIN:D'\r\n\r\n  BGM+340+A-\r\n55?\r\n'1'\r\n"
          "UNT+3+1'\r\nUNZ+1+77'\r\n",
          "1@2 A-55'1||||||\ndocument: 261124 0800 77\n");
}

static void letters_are_of_the_set_that_the_interchange_names(void **state)
{
    static const struct {
        const char *set, *bytes, *letters;
    } cases[] = {
        { "UNOA", "Zo\xC3\xA9", "Zo\u00e9" },
        { "UNOB", "Zo\xE9", "Zo\u00e9" },
        { "UNOC", "Zo\xE9", "Zo\u00e9" },
        { "UNOD", "\xA3\xF3\x64\xBC", "\u0141\u00f3d\u017a" },
        { "UNOE", "\xB0\xD0", "\u0410\u0430" },
        { "UNOF", "\xC1", "\u0391" },
        { "UNOK", "\xFE", "\u015f" },
        { "UNOY", "Zo\xC3\xA9", "Zo\u00e9" },
        { "UNOW", "\xE2\x82\xAC", "\u20ac" },
    };
    char text[300], expected[100];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(text, sizeof(text),
                 "UNB+%s:3+S+R+261124:0800+77'UNH+1+IFTMIN:D'BGM+340+%s'UNT+3+1'UNZ+1+77'",
                 cases[i].set, cases[i].bytes);
        snprintf(expected, sizeof(expected), "1@1 %s||||||\ndocument: 261124 0800 77\n",
                 cases[i].letters);
        check(text, expected);
    }
    check_fault("UNB+UNOX:3+S+R+261124:0800+77'UNZ+0+77'",
                "line 1, segment 1: character set \"UNOX\" is not taken");
    check(MESSAGE("BGM+340+1'NAD+CN+\xFF\x81'UNT+4+1'UNZ+1+77'"),
          "1@2 !encoding customer_number: segment 2: bytes that are no letters in windows-1252\n"
          "document: 261124 0800 77\n");
}

static void several_interchanges_stand_in_one_file(void **state)
{
    (void)state;
    check(MESSAGE("BGM+340+A'UNT+3+1'UNZ+1+77'\n") "UNA|*.? ~\nUNB*UNOC|3*S*R*261124|0800*78~\n"
                                                   "UNG*IFTMIN*S*R*261124|0800*1*UN*D|96A~\n"
                                                   "UNH*1*IFTMIN|D~BGM*340*B~UNT*3*1~\nUNE*1*1~\n"
                                                   "UNZ*1*78~",
          "1@2 A||||||\n2@7 B||||||\ndocument: 261124 0800 77, 261124 0800 78\n");
}

static void an_envelope_that_is_not_whole_refuses_the_file(void **state)
{
    static const struct {
        const char *text, *fault;
    } cases[] = {
        { "", "line 1: the file is empty" },
        { "hello", "line 1, segment 0: not EDIFACT: it begins with neither UNA nor UNB" },
        { "UNH+1+IFTMIN:D'", "not EDIFACT" },
        { UNB, "line 2: the file ends too early: no UNZ" },
        { MESSAGE("BGM+340+A'"), "line 3: the file ends too early: no UNT" },
        { MESSAGE("BGM+340+A"), "line 3, segment 3: the file ends within a segment" },
        { MESSAGE("BGM+340+A'\nUNT+4+1'UNZ+1+77'"),
          "line 4, segment 4: UNT counts 4 segments, there are 3" },
        { MESSAGE("BGM+340+A'\nUNT+3+2'UNZ+1+77'"),
          "line 4, segment 4: UNT has the reference \"2\", its UNH has \"1\"" },
        { MESSAGE("UNT+2+1'UNZ+2+77'"), "UNZ counts 2 messages, there are 1" },
        { MESSAGE("UNT+2+1'UNZ+1+78'"), "UNZ has the reference \"78\", its UNB has \"77\"" },
        { MESSAGE("UNT+x+1'UNZ+1+78'"), "UNT has no count of segments" },
        { MESSAGE("UNT+2+1'UNZ+1+77'hello"), "behind UNZ stands something" },
        { MESSAGE("UNH+2+IFTMIN:D'"), "UNH inside a message that has not ended" },
        { MESSAGE("UNZ+1+77'"), "UNZ before the message" },
        { UNB UNB, "UNB inside an interchange that has not ended" },
        { UNB "BGM+340+A'", "segment BGM outside a message" },
        { UNB "UNT+1+1'", "UNT without UNH" },
        { UNB "UNG+X+S+R+261124:0800+1'UNG+X+S+R+261124:0800+1'", "UNG where no group can begin" },
        { UNB "UNE+0+1'", "UNE where no group can end" },
        { UNB "UNG+X+S+R+261124:0800+1'UNZ+1+77'", "UNZ before the message or group" },
        { UNB "nad+x'", "expected a segment's tag" },
        { UNB "'", "expected a segment's tag" },
        { "UNB+UNOC:9+S+R+261124:0800+77'", "UNB names syntax version \"9\"" },
        { "UNB+UNOC:3+S+R+261124:0800'", "UNB has no control reference" },
        { "UNB+UNOC:3+S+R+261124:0800+77++++++1'", "the interchange says that it is a test" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_fault(cases[i].text, cases[i].fault);
}

static void a_message_of_another_type_is_refused_alone(void **state)
{
    (void)state;
    check(UNB "UNH+1+CONTRL:D:3:UN'UCI+1'UNT+3+1'\nUNH+2+IFTMIN:D'BGM+340+A'UNT+3+2'UNZ+2+77'",
          "1@2 !message_type : segment 2: a message of type CONTRL; IFTMIN is taken here\n"
          "2@3 A||||||\ndocument: 261124 0800 77\n");
}

static void a_record_can_be_a_group_of_a_message(void **state)
{
    static const char statuses[] = "format = \"edifact\"\nkind = \"statuses\"\n"
                                   "record = \"IFTSTA/CNI/STS\"\n"
                                   "field \"order_number\" { path = \"CNI/2.1\" }\n"
                                   "field \"status\" { path = \"STS/2.1\" }\n";
    static const enum field some[] = { FIELD_ORDER_NUMBER, FIELD_STATUS, FIELD_COUNT };
    static const char text[] = UNB "UNH+1+IFTSTA:D:96A:UN'\nBGM+23+1+9'\n"
                                   "CNI+1+A-55'\nSTS+1+31'\nDTM+334:202611240800:203'\nSTS+1+21'\n"
                                   "CNI+2+A-56'\nCNI+3+A-57'\nSTS+1+55'\nUNT+10+1'\n"
                                   "UNH+2+IFTSTA:D:96A:UN'\nBGM+23+1+9'\nUNT+3+2'\nUNZ+2+77'\n";
    struct profile *profile = reading_profile(statuses);
    char *said = reading_said(profile, some, text, strlen(text));

    (void)state;
    assert_string_equal(said, "1@5 A-55|31\n2@7 A-55|21\n3@8 A-56|\n4@10 A-57|55\n5@12 |\n");
    free(said);
    profile_free(profile);
}

static void dates_are_of_the_form_that_they_name(void **state)
{
    static const struct {
        const char *dtm, *expected;
    } cases[] = {
        { "20261124:102", "2026-11-24" },
        { "261124:101", "2026-11-24" },
        { "241126:2", "2026-11-24" },
        { "202611240830:203", "2026-11-24T08:30:00" },
        { "20261124083015:204", "2026-11-24T08:30:15" },
        { "202611240830UTC:303", "2026-11-24T08:30:00Z" },
        { "20261124083000?+01:304", "2026-11-24T08:30:00+01:00" },
        { "202611240830-0330:205", "2026-11-24T08:30:00-03:30" },
        { "20261124:203", "20261124" }, /* not of that form: as it stands, to be refused */
        { "20261124", "2026-11-24" },
        { "2026W48:616", "2026W48" },
        { "20261124-20261126:718", "2026-11-24" },
        { "2026112420261126:711", "2026-11-24" },
    };
    char text[300], expected[200];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(text, sizeof(text), UNB UNH "BGM+340+A'DTM+64:%s'DTM+2:%s'UNT+5+1'UNZ+1+77'",
                 cases[i].dtm, cases[i].dtm);
        snprintf(expected, sizeof(expected), "1@2 A|||||%s|%s\ndocument: 261124 0800 77\n",
                 cases[i].expected, strstr(cases[i].dtm, ":71") ? "2026-11-26" : "");
        check(text, expected);
    }
}

/* --- hostile --- */

static void check_buffer(const struct buffer *b, const char *expected)
{
    char *said = read_text(conf, b->data, b->len);

    if (!strstr(said, expected))
        fail_msg("got \"%.300s\", expected \"%s\"", said, expected);
    free(said);
}

static void bombs_cost_their_sender_the_file(void **state)
{
    struct buffer b;

    (void)state;
    buffer_init(&b, (size_t)64 << 20);
    buffer_add_text(&b, MESSAGE("BGM+340+"));
    for (int i = 0; i < 1000000; i++)
        buffer_add_text(&b, "0123456789");
    check_buffer(&b, "line 3, segment 3: a segment longer than 16 KiB; is its terminator missing?");

    buffer_reset(&b);
    buffer_add_text(&b, MESSAGE("BGM"));
    for (int i = 0; i < 1000000; i++)
        buffer_add_text(&b, "+");
    check_buffer(&b, "segment 3: a segment with more than 512 separators");

    buffer_reset(&b);
    buffer_add_text(&b, MESSAGE("BGM+1"));
    for (int i = 0; i < 600; i++)
        buffer_add_text(&b, i % 60 ? ":a" : "+b");
    check_buffer(&b, "segment 3: a segment with more than 512 components");

    buffer_reset(&b);
    buffer_add_text(&b, MESSAGE("BGM+340+A'"));
    buffer_add(&b, "\0'", 2);
    check_buffer(&b, "line 3, segment 3: a zero byte");

    buffer_reset(&b);
    for (int i = 0; i < 100000; i++)
        buffer_add_text(&b, "UNB+UNOC:3+S+R+261124:0800+77'UNZ+0+77'");
    check_buffer(&b, "document: 261124 0800 77");
    buffer_close(&b);
}

static void a_message_without_end_is_refused_as_one_record(void **state)
{
    struct buffer b;

    (void)state;
    buffer_init(&b, (size_t)64 << 20);
    buffer_add_text(&b, MESSAGE("BGM+340+A'"));
    for (int i = 0; i < 5000; i++)
        buffer_printf(&b, "GID+%d'\nFTX+AAA+++%0200d'\n", i, i);
    buffer_add_text(&b, "UNT+10003+1'\nUNH+2+IFTMIN:D'BGM+340+B'UNT+3+2'UNZ+2+77'");
    check_buffer(&b, "1@2 !too_long : segment 2: more than 4096 segments or 256 KiB in one record\n"
                     "2@10004 B||||||\n");
    buffer_reset(&b);
    buffer_add_text(&b, MESSAGE("BGM+340+"));
    for (int i = 0; i < 9000; i++)
        buffer_add_text(&b, "x");
    buffer_add_text(&b, "'UNT+3+1'UNZ+1+77'");
    check_buffer(&b, "1@2 !too_long order_number: segment 2: longer than 8192 bytes\n");
    buffer_close(&b);
}

static const char many_statuses[] = "format = \"edifact\"\nkind = \"statuses\"\n"
                                    "record = \"IFTSTA/CNI/STS\"\n"
                                    "field \"order_number\" { path = \"CNI/2.1\" }\n"
                                    "field \"status\" { path = \"STS/2.1\" }\n"
                                    "field \"place\" { path = \"NAD[CN]/4\" }\n"
                                    "field \"at\" { path = \"DTM[137]\" }\n";
static const enum field of_statuses[] = { FIELD_ORDER_NUMBER, FIELD_STATUS, FIELD_COUNT };

/* 8 KB in front of 40,000 segments of four bytes are 40,000 records of 8 KB each. */
static void a_value_in_front_of_many_records_is_read_with_each_of_them(void **state)
{
    struct profile *profile = reading_profile(many_statuses);
    struct buffer b;
    char *said;

    (void)state;
    buffer_init(&b, (size_t)64 << 20);
    buffer_printf(&b, UNB "UNH+1+IFTSTA:D:96A:UN'DTM+137:%08000d'CNI+1+A'\n", 0);
    for (int i = 0; i < 40000; i++)
        buffer_add_text(&b, "STS'");
    buffer_add_text(&b, "UNT+40004+1'UNZ+1+77'");
    said = reading_said(profile, of_statuses, b.data, b.len);
    assert_non_null(strstr(said, "40000@3 A|\n"));
    free(said);
    buffer_close(&b);
    profile_free(profile);
}

/* They would wait for each other in more memory than there may be. */
static void values_too_long_together_refuse_their_record(void **state)
{
    struct profile *profile = reading_profile(many_statuses);
    struct buffer b;
    char *said;

    (void)state;
    buffer_init(&b, (size_t)64 << 20);
    buffer_add_text(&b, "UNB+UNOC:3+S+R+261124:0800+77'UNH+1+IFTSTA:D:96A:UN'DTM+137:");
    for (int i = 0; i < 8000; i++)
        buffer_add_text(&b, "\xE9");
    buffer_add_text(&b, "'CNI+1+");
    for (int i = 0; i < 8000; i++)
        buffer_add_text(&b, "\xE9");
    buffer_add_text(&b, "'");
    for (int i = 0; i < 3000; i++)
        buffer_add_text(&b, "STS'");
    buffer_add_text(&b, "UNT+3004+1'UNZ+1+77'");
    said = reading_said(profile, of_statuses, b.data, b.len);
    assert_non_null(strstr(said, "3000@1 !too_long : segment 3004: more than 24 KiB in the values "
                                 "of one record\n"));
    assert_null(strstr(said, "again"));
    free(said);
    buffer_close(&b);
    profile_free(profile);
}

/* Each of 60,000 records would look through 4,000 segments for each of its fields. */
static void much_in_front_of_many_records_refuses_them(void **state)
{
    struct profile *profile = reading_profile(many_statuses);
    struct buffer b;
    char *said;

    (void)state;
    buffer_init(&b, (size_t)64 << 20);
    buffer_add_text(&b, UNB "UNH+1+IFTSTA:D:96A:UN'");
    for (int i = 0; i < 4000; i++)
        buffer_add_text(&b, "NAD+CN'");
    buffer_add_text(&b, "CNI+1+A'\n");
    for (int i = 0; i < 60000; i++)
        buffer_add_text(&b, "STS+1+21'");
    buffer_add_text(&b, "UNT+64003+1'\n"
                        "UNH+2+IFTSTA:D:96A:UN'CNI+1+B'STS+1+21'UNT+4+2'UNZ+2+77'");
    said = reading_said(profile, of_statuses, b.data, b.len);
    assert_non_null(strstr(said,
                           "\n60000@3 !too_long : segment 64003: more than 256 segments, 2048 "
                           "components or 32 KiB in front of the record in its message\n"
                           "60001@4 B|21\n"));
    free(said);
    buffer_close(&b);
    profile_free(profile);
}

static void it_is_the_same_wherever_a_block_ends(void **state)
{
    struct buffer b;

    (void)state;
    buffer_init(&b, (size_t)1 << 20);
    for (int pad = 8000; pad < 8192; pad++) {
        char *said;

        buffer_reset(&b);
        for (int i = 0; i < pad; i++)
            buffer_add_text(&b, " ");
        buffer_add_text(&b, "UNA:+.? 'UNB+UNOC:3+S+R+261124:0800+77'UNH+1+IFTMIN:D'\r\n"
                            "BGM+340+A?"
                            "?'NAD+CN+7?'"
                            "'UNT+4+1'UNZ+1+77'");
        said = read_text(conf, b.data, b.len);
        assert_string_equal(said, "1@1 A?|7'|||||\ndocument: 261124 0800 77\n");
        free(said);
    }
    buffer_close(&b);
}

static void a_path_that_is_none_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *key, *fault;
    } cases[] = {
        { "NAD", "expected segments and a position" },
        { "nad/1", "expected segments and a position" },
        { "NAD/", "expected segments and a position" },
        { "NAD/0", "expected an element from 1 to 512" },
        { "NAD/1.0", "expected a component" },
        { "UNB/5-4", "expected a range of elements" },
        { "NAD/1.1x", "expected segments and a position" },
        { "NAD[CN/1", "expected ']'" },
        { "NAD[]/1", "expected a value in the brackets" },
        { "NAD[x=1]/1", "expected a position before '='" },
        { "NAD[1][2][3][4]/1", "expected at most 3 conditions" },
        { "GID/NAD/LOC/RFF/DTM/1", "expected at most 4 segments" },
        { "DTM[2]/till", "expected segments and a position" },
    };
    char text[300];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct profile *profile = NULL;
        struct error err = { 0 };
        FILE *f = fopen("path-test.conf", "w");

        assert_non_null(f);
        snprintf(text, sizeof(text),
                 "format = \"edifact\"\nrecord = \"IFTMIN\"\nfield \"phone\" { path = \"%s\" }\n",
                 cases[i].key);
        fputs(text, f);
        fclose(f);
        assert_int_equal(profile_load("path-test.conf", &profile, &err), RC_INVALID);
        unlink("path-test.conf");
        if (!strstr(err.text, "path-test.conf:3: field.phone.path: ") ||
            !strstr(err.text, cases[i].fault))
            fail_msg("case %zu: got \"%s\", expected \"%s\"", i, err.text, cases[i].fault);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_a_record),
        cmocka_unit_test(a_group_ends_where_the_next_begins),
        cmocka_unit_test(separators_are_what_the_service_string_says),
        cmocka_unit_test(repetitions_come_with_syntax_4),
        cmocka_unit_test(lines_may_be_broken_anywhere),
        cmocka_unit_test(letters_are_of_the_set_that_the_interchange_names),
        cmocka_unit_test(several_interchanges_stand_in_one_file),
        cmocka_unit_test(an_envelope_that_is_not_whole_refuses_the_file),
        cmocka_unit_test(a_message_of_another_type_is_refused_alone),
        cmocka_unit_test(a_record_can_be_a_group_of_a_message),
        cmocka_unit_test(dates_are_of_the_form_that_they_name),
        cmocka_unit_test(bombs_cost_their_sender_the_file),
        cmocka_unit_test(a_message_without_end_is_refused_as_one_record),
        cmocka_unit_test(a_value_in_front_of_many_records_is_read_with_each_of_them),
        cmocka_unit_test(values_too_long_together_refuse_their_record),
        cmocka_unit_test(much_in_front_of_many_records_refuses_them),
        cmocka_unit_test(it_is_the_same_wherever_a_block_ends),
        cmocka_unit_test(a_path_that_is_none_is_refused_with_its_place),
    };

    file_reader_setup();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
