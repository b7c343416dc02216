/* test_smpp_receipt.c - delivery receipts as carriers really write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "channel/smpp/receipt.h"

static struct smpp_receipt r;

static enum rc read_text(const char *text)
{
    struct pdu_deliver d = { .source = "33612345678",
                             .destination = "36111",
                             .source_ton = 1,
                             .esm_class = 0x04,
                             .text = (const uint8_t *)text,
                             .text_len = strlen(text),
                             .tlvs = { .message_state = -1 } };

    memset(&r, 0, sizeof(r));
    assert_true(receipt_is(&d));
    return receipt_read(&d, SMPP_ID_AS_IS, &r);
}

static void the_text_of_the_standard_is_read_whole(void **state)
{
    (void)state;
    assert_int_equal(read_text("id:0123456789 sub:001 dlvrd:001 submit date:2601021530 "
                               "done date:260102153107 stat:DELIVRD err:000 text:Bonjour"),
                     RC_OK);
    assert_string_equal(r.message_id, "123456789");
    assert_int_equal(r.state, SMPP_RECEIPT_DELIVERED);
    assert_true(r.final);
    assert_string_equal(r.stat, "DELIVRD");
    assert_string_equal(r.err, "000");
    assert_int_equal(r.code, 0);
    assert_string_equal(r.address, "+33612345678");
    assert_string_equal(r.sender, "36111");
    assert_int_equal(r.submit_at, INT64_C(1767367800000000));
    assert_int_equal(r.done_at, INT64_C(1767367867000000));
}

static void carriers_have_forms_of_their_own(void **state)
{
    static const struct {
        const char *text, *id;
        enum smpp_receipt_state state;
        uint32_t code;
    } forms[] = {
        { "id:12 sub:001 dlvrd:000 submit date:2601021530 done date:2601021531 stat:UNDELIV "
          "err:011 "
          "Text:",
          "12", SMPP_RECEIPT_UNDELIVERABLE, 11 },
        { "ID:12 SUB:001 DLVRD:001 SUBMIT DATE:2601021530 DONE DATE:2601021531 STAT:DELIVRD ERR:0",
          "12", SMPP_RECEIPT_DELIVERED, 0 },
        { "stat:EXPIRED err:3 id:77", "77", SMPP_RECEIPT_EXPIRED, 3 },
        { "id: 12 stat: REJECTD err: 0x0B", "12", SMPP_RECEIPT_REJECTED, 11 },
        { "id:\"ab-12\" sub:\"001\" stat:\"DELIVRD\" err:\"5\"", "ab-12", SMPP_RECEIPT_DELIVERED,
          5 },
        { "id:12,sub:001,dlvrd:001,stat:ACCEPTD,err:000", "12", SMPP_RECEIPT_ACCEPTED, 0 },
        { "id:12 submit_date:2601021530 done_date:2601021531 stat:deleted", "12",
          SMPP_RECEIPT_DELETED, 0 },
        { "id:12 stat:DELIVERED", "12", SMPP_RECEIPT_DELIVERED, 0 },
        { "id:12\r\nstat:ENROUTE\r\n", "12", SMPP_RECEIPT_ENROUTE, 0 },
        { "id:12 stat:UNKNOWN err: text:stat:DELIVRD", "12", SMPP_RECEIPT_UNKNOWN, 0 },
        { "message id:12 status:FAILED error:42", "12", SMPP_RECEIPT_UNDELIVERABLE, 42 },
        { "id=12 stat=BUFFRED", "12", SMPP_RECEIPT_ENROUTE, 0 },
        { "id:12 stat:DELIVRD err:99999999999999999999", "12", SMPP_RECEIPT_DELIVERED, 0 },
        { "text:hello id:12 stat:DELIVRD", "12", SMPP_RECEIPT_DELIVERED, 0 },
        { "id:12 sub:001 stat:", NULL, 0, 0 },
        { "id: stat:DELIVRD", NULL, 0, 0 },
        { "sub:001 dlvrd:001 stat:DELIVRD err:000", NULL, 0, 0 },
        { "", NULL, 0, 0 },
        { "hello", NULL, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        enum rc rc = read_text(forms[i].text);
        assert_int_equal(rc, forms[i].id ? RC_OK : RC_INVALID);
        if (rc)
            continue;
        assert_string_equal(r.message_id, forms[i].id);
        assert_int_equal(r.state, forms[i].state);
        assert_int_equal(r.code, forms[i].code);
    }
}

static void the_quoted_text_of_our_message_cannot_forge_fields(void **state)
{
    (void)state;
    assert_int_equal(read_text("id:1 stat:UNDELIV err:001 text:id:2 stat:DELIVRD"), RC_OK);
    assert_string_equal(r.message_id, "1");
    assert_int_equal(r.state, SMPP_RECEIPT_UNDELIVERABLE);
    assert_int_equal(read_text("id:1 text:stat:DELIVRD"), RC_INVALID);
}

static void a_state_that_nobody_knows_is_handed_up_without_an_end(void **state)
{
    (void)state;
    assert_int_equal(read_text("id:1 stat:WOBBLY"), RC_OK);
    assert_int_equal(r.state, SMPP_RECEIPT_UNKNOWN);
    assert_false(r.final);
    assert_string_equal(r.stat, "WOBBLY");
    assert_int_equal(read_text("id:1 stat:UNKNOWN"), RC_OK);
    assert_true(r.final);
}

static void dates_come_in_four_lengths(void **state)
{
    static const struct {
        const char *text;
        utc_us at;
    } dates[] = {
        { "2601021530", INT64_C(1767367800000000) },
        { "260102153007", INT64_C(1767367807000000) },
        { "202601021530", INT64_C(1767367800000000) },
        { "20260102153007", INT64_C(1767367807000000) },
        { "2613021530", 0 },
        { "2601022530", 0 },
        { "26010215", 0 },
        { "26-01-02 15", 0 },
        { "0000000000", 0 },
    };
    char text[64];

    (void)state;
    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
        snprintf(text, sizeof(text), "id:1 stat:DELIVRD done date:%s", dates[i].text);
        assert_int_equal(read_text(text), RC_OK);
        assert_int_equal(r.done_at, dates[i].at);
    }
}

static struct pdu_deliver tlv_receipt(void)
{
    return (struct pdu_deliver){ .source = "33612345678",
                                 .destination = "MAGASIN",
                                 .source_ton = 1,
                                 .esm_class = 0x04,
                                 .text = (const uint8_t *)"",
                                 .tlvs = { .receipted_id = (const uint8_t *)"00AB",
                                           .receipted_id_len = 5,
                                           .message_state = 2 } };
}

static void tlvs_alone_are_enough(void **state)
{
    struct pdu_deliver d = tlv_receipt();

    (void)state;
    d.tlvs.has_network_error = true;
    d.tlvs.network_type = 3;
    d.tlvs.network_error = 1234;
    d.tlvs.reference = 7;
    assert_int_equal(receipt_read(&d, SMPP_ID_AS_IS, &r), RC_OK);
    assert_string_equal(r.message_id, "ab");
    assert_int_equal(r.state, SMPP_RECEIPT_DELIVERED);
    assert_int_equal(r.code, 1234);
    assert_string_equal(r.err, "3:1234");
    assert_int_equal(r.reference, 7);
    assert_int_equal(receipt_read(&d, SMPP_ID_HEX, &r), RC_OK);
    assert_string_equal(r.message_id, "171");
}

static void a_reference_names_the_message_when_no_id_does(void **state)
{
    struct pdu_deliver d = tlv_receipt();

    (void)state;
    d.tlvs.receipted_id = NULL;
    d.tlvs.receipted_id_len = 0;
    assert_int_equal(receipt_read(&d, SMPP_ID_AS_IS, &r), RC_INVALID);
    d.tlvs.reference = 7;
    assert_int_equal(receipt_read(&d, SMPP_ID_AS_IS, &r), RC_OK);
    assert_string_equal(r.message_id, "");
}

static void a_state_number_outside_the_table_leaves_the_word(void **state)
{
    struct pdu_deliver d = tlv_receipt();

    (void)state;
    d.tlvs.message_state = 200;
    d.text = (const uint8_t *)"stat:EXPIRED";
    d.text_len = 12;
    assert_int_equal(receipt_read(&d, SMPP_ID_AS_IS, &r), RC_OK);
    assert_int_equal(r.state, SMPP_RECEIPT_EXPIRED);
}

static void a_receipt_in_ucs2_or_behind_a_header_is_read(void **state)
{
    static const char ascii[] = "id:12 stat:DELIVRD";
    uint8_t wide[2 * sizeof(ascii)] = { 0 }, headed[sizeof(ascii) + 4] = { 3, 0, 1, 0 };
    struct pdu_deliver d = { .esm_class = 0x04, .tlvs = { .message_state = -1 } };

    (void)state;
    for (size_t i = 0; i < sizeof(ascii) - 1; i++)
        wide[2 * i + 1] = (uint8_t)ascii[i];
    d.data_coding = 8;
    d.text = wide;
    d.text_len = 2 * (sizeof(ascii) - 1);
    assert_int_equal(receipt_read(&d, SMPP_ID_AS_IS, &r), RC_OK);
    assert_string_equal(r.message_id, "12");
    memcpy(headed + 4, ascii, sizeof(ascii));
    d.data_coding = 0;
    d.esm_class = 0x44;
    d.text = headed;
    d.text_len = sizeof(headed) - 1;
    assert_int_equal(receipt_read(&d, SMPP_ID_AS_IS, &r), RC_OK);
    assert_int_equal(r.state, SMPP_RECEIPT_DELIVERED);
}

static void a_handset_cannot_send_a_receipt(void **state)
{
    struct pdu_deliver d = { .text = (const uint8_t *)"id:1 stat:DELIVRD",
                             .text_len = 17,
                             .tlvs = { .message_state = -1 } };

    (void)state;
    assert_false(receipt_is(&d));
    d.esm_class = 0x08; /* its acknowledgement is a message as well */
    assert_false(receipt_is(&d));
    d.esm_class = 0x20; /* the carrier's own intermediate notification */
    assert_true(receipt_is(&d));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_of_the_standard_is_read_whole),
        cmocka_unit_test(carriers_have_forms_of_their_own),
        cmocka_unit_test(the_quoted_text_of_our_message_cannot_forge_fields),
        cmocka_unit_test(a_state_that_nobody_knows_is_handed_up_without_an_end),
        cmocka_unit_test(dates_come_in_four_lengths),
        cmocka_unit_test(tlvs_alone_are_enough),
        cmocka_unit_test(a_reference_names_the_message_when_no_id_does),
        cmocka_unit_test(a_state_number_outside_the_table_leaves_the_word),
        cmocka_unit_test(a_receipt_in_ucs2_or_behind_a_header_is_read),
        cmocka_unit_test(a_handset_cannot_send_a_receipt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
