/* test_smsc_codec.c - the simulator's SMPP: what it reads, what it refuses to read, what it writes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "smsc/codec.h"

/* A submit_sm's body: source 36105, destination 33612345678, receipt wanted, "hello". */
static const uint8_t plain[] = "\0\0\1"
                               "36105\0\1\1"
                               "33612345678\0"
                               "\0\0\0"
                               "\0\0"
                               "\1\0\0\0"
                               "\5hello";
#define PLAIN_SIZE (sizeof(plain) - 1)

static struct pdu body_of(const uint8_t *body, size_t len)
{
    return (struct pdu){ .command = SMPP_SUBMIT_SM, .sequence = 7, .body = body, .len = len };
}

/* The plain body and these bytes behind it, in a buffer of exactly that size. */
static uint8_t *with(const void *more, size_t n)
{
    uint8_t *body = malloc(PLAIN_SIZE + n);

    assert_non_null(body);
    memcpy(body, plain, PLAIN_SIZE);
    memcpy(body + PLAIN_SIZE, more, n);
    return body;
}

static void a_frame_is_whole_only_with_its_last_byte(void **state)
{
    const uint8_t bytes[] = { 0, 0, 0, 17, 0, 0, 0, 21, 0, 0, 0, 0, 0, 0, 0, 9, 'x' };
    struct pdu pdu;
    size_t size = 0;

    (void)state;
    for (size_t n = 0; n < sizeof(bytes); n++)
        assert_int_equal(codec_frame(bytes, n, &pdu, &size), FRAME_PART);
    assert_int_equal(codec_frame(bytes, sizeof(bytes), &pdu, &size), FRAME_WHOLE);
    assert_int_equal(size, 17);
    assert_int_equal(pdu.command, SMPP_ENQUIRE_LINK);
    assert_int_equal(pdu.sequence, 9);
    assert_int_equal(pdu.len, 1);
}

static void a_length_below_a_header_or_beyond_reason_is_refused_at_once(void **state)
{
    const uint8_t below[] = { 0, 0, 0, 15 }, beyond[] = { 0x7F, 0, 0, 0 };
    struct pdu pdu;
    size_t size;

    (void)state;
    assert_int_equal(codec_frame(below, 4, &pdu, &size), FRAME_BAD);
    assert_int_equal(codec_frame(beyond, 4, &pdu, &size), FRAME_BAD);
}

static void a_plain_submit_is_read(void **state)
{
    struct pdu pdu = body_of(plain, PLAIN_SIZE);
    struct submit sm;

    (void)state;
    assert_int_equal(codec_read_submit(&pdu, &sm), ESME_ROK);
    assert_string_equal(sm.source.text, "36105");
    assert_string_equal(sm.destination.text, "33612345678");
    assert_int_equal(sm.destination.ton, 1);
    assert_int_equal(sm.registered_delivery, RECEIPT_ALWAYS);
    assert_int_equal(sm.len, 5);
    assert_memory_equal(sm.data, "hello", 5);
    assert_false(sm.has_reference);
    assert_int_equal(sm.parts, 0);
}

static void every_truncated_submit_is_refused(void **state)
{
    struct submit sm;

    (void)state;
    for (size_t n = 0; n < PLAIN_SIZE; n++) {
        uint8_t *cut = malloc(n ? n : 1);
        struct pdu pdu = body_of(cut, n);
        assert_non_null(cut);
        memcpy(cut, plain, n);
        assert_int_not_equal(codec_read_submit(&pdu, &sm), ESME_ROK);
        free(cut);
    }
}

static void a_reference_and_a_payload_are_read_from_tlvs(void **state)
{
    static const uint8_t tlvs[] = "\x02\x04\0\2\x12\x34"
                                  "\x04\x24\0\7payload";
    uint8_t *body = with(tlvs, sizeof(tlvs) - 1);
    struct pdu pdu = body_of(body, PLAIN_SIZE + sizeof(tlvs) - 1);
    struct submit sm;

    (void)state;
    assert_int_equal(codec_read_submit(&pdu, &sm), ESME_ROK);
    assert_true(sm.has_reference);
    assert_int_equal(sm.reference, 0x1234);
    assert_int_equal(sm.len, 7);
    assert_memory_equal(sm.data, "payload", 7);
    free(body);
}

static void a_tlv_longer_than_the_pdu_is_refused(void **state)
{
    static const uint8_t tlv[] = "\x04\x24\0\x09payload";
    uint8_t *body = with(tlv, sizeof(tlv) - 1);
    struct pdu pdu = body_of(body, PLAIN_SIZE + sizeof(tlv) - 1);
    struct submit sm;

    (void)state;
    assert_int_equal(codec_read_submit(&pdu, &sm), ESME_RINVTLV);
    free(body);
}

static void parts_are_known_by_header_and_by_tlv(void **state)
{
    static const uint8_t by_tlv[] = "\x02\x0c\0\2\0\x4d\x02\x0e\0\1\3\x02\x0f\0\1\2";
    static const uint8_t by_header[] = "\0\0\1"
                                       "36105\0\1\1"
                                       "33612345678\0"
                                       "\x40\0\0"
                                       "\0\0"
                                       "\1\0\0\0"
                                       "\x09\6\x08\4\1\2\3\1xy";
    uint8_t *body = with(by_tlv, sizeof(by_tlv) - 1);
    struct pdu pdu = body_of(body, PLAIN_SIZE + sizeof(by_tlv) - 1);
    struct submit sm;

    (void)state;
    assert_int_equal(codec_read_submit(&pdu, &sm), ESME_ROK);
    assert_int_equal(sm.concat_ref, 77);
    assert_int_equal(sm.part, 2);
    assert_int_equal(sm.parts, 3);
    free(body);
    pdu = body_of(by_header, sizeof(by_header) - 1);
    assert_int_equal(codec_read_submit(&pdu, &sm), ESME_ROK);
    assert_int_equal(sm.header_len, 7);
    assert_int_equal(sm.concat_ref, 0x102);
    assert_int_equal(sm.part, 1);
    assert_int_equal(sm.parts, 3);
}

static void a_system_id_of_17_characters_is_refused(void **state)
{
    static const uint8_t body[] = "12345678901234567\0secret\0\0\x34\0\0";
    struct pdu pdu = body_of(body, sizeof(body));
    struct bind bind;

    (void)state;
    assert_int_equal(codec_read_bind(&pdu, &bind), ESME_RINVSYSID);
    pdu = body_of(body + 1, sizeof(body) - 1);
    assert_int_equal(codec_read_bind(&pdu, &bind), ESME_ROK);
    assert_string_equal(bind.system_id, "2345678901234567");
    assert_string_equal(bind.password, "secret");
}

static void a_written_answer_has_the_bytes_of_the_specification(void **state)
{
    static const uint8_t wanted[] = "\0\0\0\x13\x80\0\0\4\0\0\0\0\0\0\0\7"
                                    "42";
    struct bytes out;

    (void)state;
    bytes_init(&out, 100);
    codec_write_submit_resp(&out, ESME_ROK, 7, "42");
    assert_int_equal(bytes_len(&out), sizeof(wanted));
    assert_memory_equal(out.data, wanted, sizeof(wanted));
    bytes_close(&out);
}

static void output_never_passes_its_limit(void **state)
{
    struct bytes out;

    (void)state;
    bytes_init(&out, 40);
    for (uint32_t i = 0; i < 10; i++)
        codec_write_header(&out, SMPP_ENQUIRE_LINK, ESME_ROK, i);
    assert_int_equal(bytes_len(&out), 32);
    assert_true(out.full);
    bytes_close(&out);
}

static void statuses_have_names(void **state)
{
    char buf[STATUS_NAME_SIZE];

    (void)state;
    assert_string_equal(codec_status_name(0x58, buf), "ESME_RTHROTTLED");
    assert_string_equal(codec_status_name(0x400, buf), "0x00000400");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_is_whole_only_with_its_last_byte),
        cmocka_unit_test(a_length_below_a_header_or_beyond_reason_is_refused_at_once),
        cmocka_unit_test(a_plain_submit_is_read),
        cmocka_unit_test(every_truncated_submit_is_refused),
        cmocka_unit_test(a_reference_and_a_payload_are_read_from_tlvs),
        cmocka_unit_test(a_tlv_longer_than_the_pdu_is_refused),
        cmocka_unit_test(parts_are_known_by_header_and_by_tlv),
        cmocka_unit_test(a_system_id_of_17_characters_is_refused),
        cmocka_unit_test(a_written_answer_has_the_bytes_of_the_specification),
        cmocka_unit_test(output_never_passes_its_limit),
        cmocka_unit_test(statuses_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
