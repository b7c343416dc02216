/*
 * test_smpp_pitfalls.c - where libsmpp34 overflows, leaks, or refuses what carriers send: each of
 * its known faults, met through a whole session, harms nothing and loses nothing. (The bytes are
 * written by hand; run with sanitizers, a read too far or a leak fails the test.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "base/log.h"
#include "channel/smpp/pdu.h"
#include "smpp_rig.h"

static const char receipt_text[] = "id:1a sub:001 dlvrd:001 submit date:2611251200 "
                                   "done date:2611251201 stat:DELIVRD err:000 text:hello";

static void begin_receipt(uint32_t sequence)
{
    deliver_begin(&b, sequence,
                  &(struct deliver_fields){ .source_ton = 1,
                                            .source_npi = 1,
                                            .esm_class = 4,
                                            .text = receipt_text,
                                            .text_len = sizeof(receipt_text) - 1 });
}

static void end_and_send(void)
{
    pdu_end(&b);
    server_send(0);
}

/* The receipt just sent is handed up as what it was. */
static void receipt_is_read(unsigned n)
{
    until(flow.n_receipts == n);
    assert_string_equal(flow.receipt.message_id, "1a");
    assert_int_equal(flow.receipt.state, SMPP_RECEIPT_DELIVERED);
    assert_true(flow.up);
}

static int begin(void **state)
{
    rig_set_up(state);
    flow.ack_at_once = true;
    start_bound();
    return 0;
}

/* ---- unsafe on hostile bytes ---- */

static void twenty_eight_tlvs_of_no_length_overflow_nothing(void **state)
{
    (void)state;
    begin_receipt(1);
    for (unsigned i = 0; i < 28; i++)
        add_tlv(&b, 0x1400 + i, NULL, 0);
    end_and_send();
    receipt_is_read(1);
}

static void sixteen_thousand_tlvs_crash_nothing(void **state)
{
    (void)state;
    begin_receipt(1);
    for (unsigned i = 0; i < 16000; i++)
        add_tlv(&b, 0x0424 + i % 3, NULL, 0);
    end_and_send();
    receipt_is_read(1);
}

static void an_empty_payload_hides_no_text(void **state)
{
    (void)state;
    begin_receipt(1);
    add_tlv(&b, 0x0424, NULL, 0);
    end_and_send();
    receipt_is_read(1);
}

static void no_submit_multi_is_ever_packed(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 10; i++)
        assert_int_equal(submit(i), RC_OK);
    until(heard(4, NULL) == 10);
    assert_int_equal(heard(0x21, NULL), 0);
}

static void a_long_tlv_that_is_logged_smashes_no_stack(void **state)
{
    static const uint8_t value[2000];

    (void)state;
    log_set_level(NULL, LOG_LEVEL_WARN); /* what cannot be read is logged with its first bytes */
    pdu_begin(&b, 5, 0, 1);
    add_bytes(&b, "no NUL anywhere", 15);
    add_tlv(&b, 0x1401, value, 488);
    add_tlv(&b, 0x1402, value, sizeof(value));
    for (unsigned i = 16; i < b.len; i++)
        b.data[i] = b.data[i] ? b.data[i] : 0xff;
    end_and_send();
    until(heard(0x80000005, NULL) == 1);
    log_set_level(NULL, LOG_LEVEL_ERROR);
    begin_receipt(2);
    add_tlv(&b, 0x1401, value, sizeof(value));
    end_and_send();
    receipt_is_read(1);
}

static void no_byte_is_read_before_it_is_there(void **state)
{
    struct pdu pdu;

    (void)state;
    begin_receipt(1);
    pdu_end(&b);
    for (size_t n = 0; n < b.len; n++) {
        uint8_t *exact = malloc(n ? n : 1); /* so that ASan sees a byte too far */
        memcpy(exact, b.data, n);
        assert_int_equal(pdu_take(exact, n, &pdu), PDU_PARTIAL);
        free(exact);
    }
}

static void malformed_tlvs_leak_nothing_and_lose_nothing(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        begin_receipt(i + 1);
        add_tlv(&b, 0x001e, "1a", 3);
        add16(&b, 0x0427);
        add16(&b, 1000 + i); /* goes past the end */
        add8(&b, 2);
        end_and_send();
    }
    receipt_is_read(200);
}

static void an_integer_tlv_of_another_length_shifts_nothing(void **state)
{
    static const unsigned tags[] = { 0x0005, 0x0204, 0x020a, 0x020c, 0x020e, 0x0423, 0x0427 };

    (void)state;
    for (unsigned i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        deliver_begin(&b, i + 1, &(struct deliver_fields){ .esm_class = 4 });
        add_tlv(&b, tags[i], "\1\2\3\4\5", 5);
        add_tlv(&b, 0x001e, "1a", 3);
        add_tlv(&b, 0x0427, "\2", 1);
        end_and_send();
        receipt_is_read(i + 1);
    }
}

/* ---- refused by the library, sent by carriers ---- */

static void answers_of_every_shape_are_answers(void **state)
{
    static const struct {
        uint32_t status;
        const char *body;
        size_t len;
        const char *id;
    } shapes[] = {
        { 0x400, NULL, 0, "" },                /* a vendor's status */
        { 0x4ff, "", 1, "" },                  /* and a body with it */
        { 0x0b, "77", 3, "119" },              /* an error with an id */
        { 0, NULL, 0, "" },                    /* accepted, without an id */
        { 0, "1F", 3, "31" },                  /* as it should be */
        { 0, "1F\0\x04\x24\0\1x", 8, "31" },   /* TLVs behind the id */
        { 0, "1F", 2, "31" },                  /* no NUL */
        { 0x12345678, "\xff\xff\xff", 3, "" }, /* nothing of it is known */
        { 0, "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", 77,
          "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz" }, /* over 64 */
    };
    struct heard h;

    (void)state;
    server.answers_submits = false;
    for (unsigned i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        assert_int_equal(submit(i + 1), RC_OK);
        until(heard(4, &h) == i + 1);
        pdu_begin(&b, 0x80000004, shapes[i].status, h.sequence);
        if (shapes[i].len)
            add_bytes(&b, shapes[i].body, shapes[i].len);
        end_and_send();
        until(flow.n_results == i + 1);
        assert_int_equal(flow.results[i].outcome, SMPP_ANSWERED);
        assert_int_equal(flow.results[i].status, shapes[i].status);
        assert_string_equal(flow.results[i].id, shapes[i].id);
    }
}

static void a_bind_refused_without_a_body_is_a_refusal(void **state)
{
    struct heard h;

    (void)state;
    smpp_carrier_free(carrier);
    flow.up = false;
    server.answers_binds = false;
    settings.reconnect_max_ms = 100;
    start();
    until(heard(9, &h) == 2);
    server_answer(1, 0x80000009, 0x0e, h.sequence, NULL);
    until(heard(9, &h) == 3);                          /* it was understood, and is tried again */
    server_answer(2, 0x80000009, 0, h.sequence, NULL); /* nor does success need one */
    until(flow.up);
}

static void fields_outside_the_tables_lose_no_receipt(void **state)
{
    static const struct deliver_fields odd[] = {
        { .source_ton = 7, .source_npi = 1 },
        { .source_ton = 1, .source_npi = 77 },
        { .schedule = "000001000000000R" },
        { .validity = "261125120000000+" },
        { .source = "+3360000000100000000000000000000" },
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        struct deliver_fields f = odd[i];
        f.esm_class = 4;
        f.text = receipt_text;
        f.text_len = sizeof(receipt_text) - 1;
        deliver_begin(&b, i + 1, &f);
        end_and_send();
        receipt_is_read(i + 1);
    }
}

static void a_request_numbered_nought_is_answered_with_nought(void **state)
{
    struct heard h;

    (void)state;
    begin_receipt(0);
    end_and_send();
    receipt_is_read(1);
    until(heard(0x80000005, &h) == 1);
    assert_int_equal(h.sequence, 0);
    server_answer(0, 0x15, 0, 0, NULL);
    until(heard(0x80000015, &h) == 1);
    assert_int_equal(h.sequence, 0);
}

static void a_status_in_a_request_loses_no_receipt(void **state)
{
    (void)state;
    begin_receipt(1);
    b.data[10] = 0x04; /* 0x400 */
    end_and_send();
    receipt_is_read(1);
}

static void a_text_of_255_octets_or_of_thousands_is_read(void **state)
{
    static char text[5000];

    (void)state;
    memset(text, 'x', sizeof(text));
    server_deliver(0, 1, 0, text, 255);
    until(flow.n_inbound == 1);
    assert_int_equal(flow.inbound.len, 255);
    /* as message_payload: a receipt with a long text, over the library's 1,024 */
    memcpy(text, receipt_text, sizeof(receipt_text) - 1);
    deliver_begin(&b, 2, &(struct deliver_fields){ .esm_class = 4 });
    add_tlv(&b, 0x0424, text, sizeof(text));
    end_and_send();
    receipt_is_read(1);
}

static void an_enquire_link_with_a_byte_too_many_is_answered(void **state)
{
    struct heard h;

    (void)state;
    pdu_begin(&b, 0x15, 0, 12);
    add8(&b, 0);
    end_and_send();
    until(heard(0x80000015, &h) == 1);
    assert_int_equal(h.sequence, 12);
}

/* ---- packing ---- */

static void what_does_not_fit_short_message_travels_beside_it(void **state)
{
    struct heard h;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(submit_sized(i, 253 + i), RC_OK);
        until(heard(4, &h) == i + 1);
        /* header, mandatory part with a validity, then sm_length or a TLV of 4 and the text */
        assert_int_equal(h.length, 16 + 49 + 253 + i + (i ? 4 : 0));
    }
    assert_int_equal(submit_sized(9, SMPP_USER_DATA_MAX), RC_OK);
    until(heard(4, &h) == 4);
    assert_true(h.length > SMPP_USER_DATA_MAX);
}

static void nothing_is_cut_in_silence(void **state)
{
    struct pdu_address address;
    struct pdu_buffer out;

    (void)state;
    assert_int_equal(pdu_pack_bind(&out, 9, 1, "relais", "123456789", ""), RC_INVALID);
    assert_int_equal(pdu_pack_bind(&out, 9, 1, "1234567890123456", "", ""), RC_INVALID);
    /* 21 characters would leave no room for the NUL that the library relies on */
    assert_int_equal(pdu_address_out("123456789012345678901", SMPP_TON_FIRST + 1, 1, &address),
                     RC_INVALID);
    assert_int_equal(pdu_address_out("12345678901234567890", SMPP_TON_FIRST + 1, 1, &address),
                     RC_OK);
}

static void a_bind_says_version_3_4(void **state)
{
    struct pdu_buffer out;

    (void)state;
    assert_int_equal(pdu_pack_bind(&out, 9, 1, "a", "b", "c"), RC_OK);
    assert_int_equal(out.len, 16 + 2 + 2 + 2 + 4);
    assert_int_equal(out.bytes[16 + 6], 0x34);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, rig_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(twenty_eight_tlvs_of_no_length_overflow_nothing),
        TEST(sixteen_thousand_tlvs_crash_nothing),
        TEST(an_empty_payload_hides_no_text),
        TEST(no_submit_multi_is_ever_packed),
        TEST(a_long_tlv_that_is_logged_smashes_no_stack),
        TEST(no_byte_is_read_before_it_is_there),
        TEST(malformed_tlvs_leak_nothing_and_lose_nothing),
        TEST(an_integer_tlv_of_another_length_shifts_nothing),
        TEST(answers_of_every_shape_are_answers),
        TEST(a_bind_refused_without_a_body_is_a_refusal),
        TEST(fields_outside_the_tables_lose_no_receipt),
        TEST(a_request_numbered_nought_is_answered_with_nought),
        TEST(a_status_in_a_request_loses_no_receipt),
        TEST(a_text_of_255_octets_or_of_thousands_is_read),
        TEST(an_enquire_link_with_a_byte_too_many_is_answered),
        TEST(what_does_not_fit_short_message_travels_beside_it),
        TEST(nothing_is_cut_in_silence),
        TEST(a_bind_says_version_3_4),
    };

    return cmocka_run_group_tests(tests, rig_begin, NULL);
}
