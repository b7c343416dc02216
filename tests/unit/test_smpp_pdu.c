/* test_smpp_pdu.c - what must be read is read, what must be refused is refused, and libsmpp34's
 * pitfalls stay where they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <smpp34.h>
#include <smpp34_structs.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "channel/smpp/carrier.h"
#include "channel/smpp/message_id.h"
#include "channel/smpp/pdu.h"
#include "channel/smpp/window.h"
#include "smpp_bytes.h"

static struct bytes b;

/* The PDU in a block of exactly its size, so that ASan sees the first byte too far. */
static struct pdu take_exact(uint8_t **block)
{
    struct pdu pdu;

    *block = malloc(b.len);
    assert_non_null(*block);
    memcpy(*block, b.data, b.len);
    assert_int_equal(pdu_take(*block, b.len, &pdu), PDU_WHOLE);
    return pdu;
}

/* Reads `b` as deliver_sm; text and TLVs of `d` must not be looked at after drop(). */
static uint8_t *block;
static enum rc read_deliver(struct pdu_deliver *d)
{
    struct pdu pdu = take_exact(&block);

    return pdu_read_deliver(&pdu, d);
}

static void drop(void)
{
    free(block);
    block = NULL;
}

static void a_frame_is_taken_only_when_it_is_whole(void **state)
{
    struct pdu pdu;

    (void)state;
    pdu_begin(&b, 0x15, 0, 7);
    pdu_end(&b);
    for (size_t n = 0; n < 16; n++)
        assert_int_equal(pdu_take(b.data, n, &pdu), PDU_PARTIAL);
    assert_int_equal(pdu_take(b.data, 16, &pdu), PDU_WHOLE);
    assert_int_equal(pdu.command_id, 0x15);
    assert_int_equal(pdu.sequence, 7);
    assert_int_equal(pdu.body_len, 0);
}

static void a_length_that_cannot_be_is_broken_at_once(void **state)
{
    static const uint32_t lengths[] = { 0, 1, 15, 65537, 0x7fffffff, 0x80000000, 0xffffffff };
    struct pdu pdu;

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        b.len = 0;
        add32(&b, lengths[i]);
        assert_int_equal(pdu_take(b.data, 4, &pdu), PDU_BROKEN);
    }
    pdu_begin(&b, 5, 0, 9);
    assert_int_equal(pdu_take(b.data, 16, &pdu), PDU_BROKEN);
    assert_int_equal(pdu.sequence, 9); /* for the generic_nack */
}

static void an_ordinary_deliver_sm_is_read(void **state)
{
    struct pdu_deliver d;

    (void)state;
    deliver_begin(&b, 3,
                  &(struct deliver_fields){ .source_ton = 1,
                                            .source_npi = 1,
                                            .esm_class = 4,
                                            .data_coding = 8,
                                            .text = "STOP",
                                            .text_len = 4 });
    pdu_end(&b);
    assert_int_equal(read_deliver(&d), RC_OK);
    assert_string_equal(d.source, "33600000001");
    assert_string_equal(d.destination, "36111");
    assert_int_equal(d.source_ton, 1);
    assert_int_equal(d.esm_class, 4);
    assert_int_equal(d.data_coding, 8);
    assert_int_equal(d.text_len, 4);
    assert_memory_equal(d.text, "STOP", 4);
    assert_false(d.text_cut);
    drop();
}

/* 28 of them overflow a global buffer of the library, 16,000 crash it. */
static void thousands_of_empty_tlvs_harm_nothing(void **state)
{
    static const size_t counts[] = { 28, 16000 };
    struct pdu_deliver d;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        deliver_begin(&b, 1, &(struct deliver_fields){ .text = "x", .text_len = 1 });
        for (size_t n = 0; n < counts[i]; n++)
            add_tlv(&b, 0x1400, "", 0);
        pdu_end(&b);
        assert_int_equal(read_deliver(&d), RC_OK);
        assert_false(d.tlvs.cut);
        drop();
    }
}

/* One of 488 bytes smashes the stack of the library's dump; over 1,024 it refuses. */
static void a_long_message_payload_is_read(void **state)
{
    static uint8_t payload[60000];
    static const size_t sizes[] = { 487, 488, 1024, 1025, 60000 };
    struct pdu_deliver d;

    (void)state;
    memset(payload, 'p', sizeof(payload));
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        deliver_begin(&b, 1, &(struct deliver_fields){ 0 });
        add_tlv(&b, 0x0424, payload, sizes[i]);
        pdu_end(&b);
        assert_int_equal(read_deliver(&d), RC_OK);
        assert_int_equal(d.text_len, sizes[i]);
        assert_memory_equal(d.text, payload, sizes[i]);
        drop();
    }
}

/* The library leaks a list element on each of these. */
static void a_tlv_that_goes_past_the_end_leaves_those_before_it(void **state)
{
    struct pdu_deliver d;

    (void)state;
    deliver_begin(&b, 1, &(struct deliver_fields){ .esm_class = 4 });
    add_tlv(&b, 0x001e, "abc", 4);
    add_tlv(&b, 0x0427, "\2", 1);
    add16(&b, 0x0424);
    add16(&b, 500);
    add8(&b, 'x');
    pdu_end(&b);
    assert_int_equal(read_deliver(&d), RC_OK);
    assert_true(d.tlvs.cut);
    assert_int_equal(d.tlvs.receipted_id_len, 4);
    assert_int_equal(d.tlvs.message_state, 2);
    assert_null(d.tlvs.payload);
    drop();
}

/* The library reads two bytes whatever the length says, and everything behind is shifted. */
static void an_integer_tlv_of_a_wrong_length_does_not_shift_the_next(void **state)
{
    struct pdu_deliver d;

    (void)state;
    deliver_begin(&b, 1, &(struct deliver_fields){ .text = "x", .text_len = 1 });
    add_tlv(&b, 0x0204, "\1\2\3", 3); /* user_message_reference wants 2 */
    add_tlv(&b, 0x0427, "\1\2", 2);   /* message_state wants 1 */
    add_tlv(&b, 0x020e, "", 0);       /* sar_total_segments wants 1 */
    add_tlv(&b, 0x0423, "\3\0\x2a", 3);
    pdu_end(&b);
    assert_int_equal(read_deliver(&d), RC_OK);
    assert_int_equal(d.tlvs.reference, 0);
    assert_int_equal(d.tlvs.message_state, -1);
    assert_true(d.tlvs.has_network_error);
    assert_int_equal(d.tlvs.network_error, 42);
    drop();
}

static void what_the_library_refuses_and_carriers_send_is_read(void **state)
{
    static uint8_t long_text[255];
    const struct deliver_fields odd[] = {
        { .source_ton = 7, .text = "x", .text_len = 1 },
        { .source_npi = 2, .text = "x", .text_len = 1 },
        { .validity = "240101000000000R", .text = "x", .text_len = 1 },
        { .schedule = "240101000000000R", .text = "x", .text_len = 1 },
        { .source = "a name that is longer than 20 letters", .text = "x", .text_len = 1 },
        { .text = long_text, .text_len = 254 },
        { .text = long_text, .text_len = 255 },
    };
    struct pdu_deliver d, untouched = { .esm_class = 99 };
    size_t mandatory;

    (void)state;
    memset(long_text, 'x', sizeof(long_text));
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        struct pdu pdu;
        deliver_begin(&b, 1, &odd[i]);
        pdu_end(&b);
        assert_int_equal(read_deliver(&d), RC_OK);
        assert_int_equal(d.text_len, odd[i].text_len);
        assert_memory_equal(d.text, odd[i].text, d.text_len);
        if (odd[i].source)
            assert_string_equal(d.source, odd[i].source);
        drop();
        /* else this test would be about nothing */
        pdu = take_exact(&block);
        assert_int_equal(pdu_scan_deliver(&pdu, &d, &mandatory), RC_OK);
        if (odd[i].text_len != 254) {
            assert_int_equal(pdu_library_deliver(&pdu, mandatory, &untouched), RC_INVALID);
            assert_int_equal(untouched.esm_class, 99);
        }
        drop();
    }
    /* sequence_number 0 and a status that no table has */
    deliver_begin(&b, 0, &(struct deliver_fields){ .text = "x", .text_len = 1 });
    b.data[10] = 0x04;
    pdu_end(&b);
    assert_int_equal(read_deliver(&d), RC_OK);
    assert_int_equal(d.text_len, 1);
    drop();
}

static void a_deliver_sm_cut_anywhere_is_refused_or_says_so(void **state)
{
    struct pdu_deliver d;
    size_t whole, text_at;

    (void)state;
    deliver_begin(&b, 1, &(struct deliver_fields){ .text = "id:1 stat:DELIVRD", .text_len = 17 });
    whole = b.len;
    text_at = whole - 17;
    for (size_t n = 16; n < whole; n++) {
        deliver_begin(&b, 1,
                      &(struct deliver_fields){ .text = "id:1 stat:DELIVRD", .text_len = 17 });
        b.len = n;
        pdu_end(&b);
        if (n < text_at) {
            assert_int_equal(read_deliver(&d), RC_INVALID);
        } else {
            assert_int_equal(read_deliver(&d), RC_OK);
            assert_true(d.text_cut);
            assert_int_equal(d.text_len, n - text_at);
        }
        drop();
    }
}

static void a_field_without_its_nul_is_refused(void **state)
{
    struct pdu_deliver d;

    (void)state;
    pdu_begin(&b, 5, 0, 1);
    memset(b.data + b.len, 'A', 5000);
    b.len += 5000;
    pdu_end(&b);
    assert_int_equal(read_deliver(&d), RC_INVALID);
    drop();
}

static const char *response_id(uint32_t status, const void *body, size_t len)
{
    static char id[65];
    struct pdu pdu;

    pdu_begin(&b, 0x80000004, status, 1);
    add_bytes(&b, body, len);
    pdu_end(&b);
    pdu = take_exact(&block);
    pdu_read_text(&pdu, id, sizeof(id));
    assert_int_equal(pdu.status, status);
    drop();
    return id;
}

/* All of these the library refuses. */
static void every_shape_of_response_is_read(void **state)
{
    char sixty_six[67];

    (void)state;
    assert_string_equal(response_id(0, "abc", 4), "abc");
    assert_string_equal(response_id(0x0405, "", 0), "");
    assert_string_equal(response_id(0x58, "abc", 4), "abc");
    assert_string_equal(response_id(0, "", 0), "");
    assert_string_equal(response_id(0, "abc\0\x04\x23\0\x03\0\0\0", 11), "abc");
    assert_string_equal(response_id(0, "abc", 3), "abc"); /* without NUL */
    memset(sixty_six, '9', 66);
    sixty_six[66] = '\0';
    assert_int_equal(strlen(response_id(0, sixty_six, 67)), 64);
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static struct pdu_buffer out;

static enum rc pack_text(size_t len)
{
    static uint8_t text[SMPP_USER_DATA_MAX + 1];
    struct pdu_address from, to;

    memset(text, 'x', sizeof(text));
    assert_int_equal(pdu_address_out("MAGASIN", SMPP_TON_AUTO, 1, &from), RC_OK);
    assert_int_equal(pdu_address_out("+33600000001", SMPP_TON_AUTO, 1, &to), RC_OK);
    return pdu_pack_submit(&out, 77,
                           &(struct smpp_submit){ .piece = { .user_data = text, .len = len },
                                                  .reference = 0x1234,
                                                  .validity_s = 86400 + 3600,
                                                  .want_receipt = true },
                           &from, &to);
}

static void a_submit_is_packed_byte_for_byte(void **state)
{
    (void)state;
    pdu_begin(&b, 4, 0, 77);
    add_text(&b, "");
    add8(&b, 5);
    add8(&b, 0);
    add_text(&b, "MAGASIN");
    add8(&b, 1);
    add8(&b, 1);
    add_text(&b, "33600000001");
    add_bytes(&b, "\0\0\0", 3);
    add_text(&b, "");
    add_text(&b, "000001010000000R");
    add_bytes(&b, "\1\0\0\0", 4);
    add8(&b, 5);
    add_bytes(&b, "xxxxx", 5);
    add_tlv(&b, 0x0204, "\x12\x34", 2);
    pdu_end(&b);
    assert_int_equal(pack_text(5), RC_OK);
    assert_int_equal(out.len, b.len);
    assert_memory_equal(out.bytes, b.data, b.len);
}

/* As libsmpp34 has it, but for the number and what stands behind the mandatory part. */
static size_t pack_with_the_library(const struct pdu_address *from, const struct pdu_address *to,
                                    const char *validity, const char *text, uint8_t bytes[1024])
{
    submit_sm_t s = { .command_id = SUBMIT_SM,
                      .sequence_number = 77,
                      .source_addr_ton = from->ton,
                      .source_addr_npi = from->npi,
                      .dest_addr_ton = to->ton,
                      .dest_addr_npi = to->npi,
                      .esm_class = 0x40,
                      .registered_delivery = 1,
                      .data_coding = 8,
                      .sm_length = (uint8_t)strlen(text) };
    int len = 0;

    snprintf((char *)s.source_addr, sizeof(s.source_addr), "%s", from->text);
    snprintf((char *)s.destination_addr, sizeof(s.destination_addr), "%s", to->text);
    snprintf((char *)s.validity_period, sizeof(s.validity_period), "%s", validity);
    memcpy(s.short_message, text, strlen(text));
    assert_int_equal(smpp34_pack2(bytes, 1024, &len, &s), 0);
    return (size_t)len;
}

static void every_byte_of_a_submit_is_as_the_library_has_it(void **state)
{
    static const struct {
        const char *from, *text, *validity;
        uint32_t validity_s;
    } rows[] = {
        { "MAGASIN", "x", "", 0 },
        { "36105", "", "000000000100000R", 60 },
        { "+33612345678", "un texte", "000001010000000R", 86400 + 3600 },
        { "36105", "0123456789012345678901234567890123456789", "000203000000000R", 63 * 86400 },
    };
    uint8_t bytes[1024];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pdu_address from, to;
        struct smpp_submit submit = { .piece = { .user_data = (const uint8_t *)rows[i].text,
                                                 .len = strlen(rows[i].text),
                                                 .esm_class = 0x40,
                                                 .data_coding = 8 },
                                      .validity_s = rows[i].validity_s,
                                      .want_receipt = true };
        size_t len;

        assert_int_equal(pdu_address_out(rows[i].from, SMPP_TON_AUTO, 1, &from), RC_OK);
        assert_int_equal(pdu_address_out("+33600000001", SMPP_TON_AUTO, 1, &to), RC_OK);
        len = pack_with_the_library(&from, &to, rows[i].validity, rows[i].text, bytes);
        assert_int_equal(pdu_pack_submit(&out, 77, &submit, &from, &to), RC_OK);
        assert_int_equal(out.len, len);
        assert_memory_equal(out.bytes, bytes, len);
    }
}

static void a_text_too_long_for_sm_length_travels_as_payload(void **state)
{
    static const size_t sizes[] = { 0, 1, 140, 252, 253, 254, 255, 1025, SMPP_USER_DATA_MAX };

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        assert_int_equal(pack_text(sizes[i]), RC_OK);
        assert_int_equal(be32(out.bytes), out.len);
        if (sizes[i] > 253) {
            const uint8_t *tlv = out.bytes + out.len - sizes[i] - 4;
            assert_int_equal(tlv[0] << 8 | tlv[1], 0x0424);
            assert_int_equal(tlv[2] << 8 | tlv[3], sizes[i]);
        }
    }
    assert_int_equal(pack_text(SMPP_USER_DATA_MAX + 1), RC_INVALID);
}

/* The library cuts a password at 8 characters and says nothing. */
static void a_bind_that_does_not_fit_is_refused_not_cut(void **state)
{
    (void)state;
    assert_int_equal(pdu_pack_bind(&out, 9, 1, "me", "12345678", ""), RC_OK);
    assert_int_equal(pdu_pack_bind(&out, 9, 1, "me", "123456789", ""), RC_INVALID);
    assert_int_equal(pdu_pack_bind(&out, 9, 1, "1234567890123456", "x", ""), RC_INVALID);
    assert_int_equal(pdu_pack_bind(&out, 9, 1, "me", "x", "1234567890123"), RC_INVALID);
    pdu_begin(&b, 2, 0, 1);
    add_text(&b, "me");
    add_text(&b, "pw");
    add_text(&b, "vma");
    add_bytes(&b, "\x34\0\0", 3);
    add_text(&b, "");
    pdu_end(&b);
    assert_int_equal(pdu_pack_bind(&out, 2, 1, "me", "pw", "vma"), RC_OK);
    assert_int_equal(out.len, b.len);
    assert_memory_equal(out.bytes, b.data, b.len);
}

/* The library packs neither sequence 0 nor a status outside its table. */
static void an_answer_carries_the_number_it_was_asked_with(void **state)
{
    (void)state;
    pdu_pack_simple(&out, 0x80000005, 0x0401, 0);
    assert_int_equal(out.len, 17);
    assert_int_equal(be32(out.bytes + 4), 0x80000005);
    assert_int_equal(be32(out.bytes + 8), 0x0401);
    assert_int_equal(be32(out.bytes + 12), 0);
    pdu_pack_simple(&out, 0x80000015, 0, 0xffffffff);
    assert_int_equal(out.len, 16);
    assert_int_equal(be32(out.bytes + 12), 0xffffffff);
}

static void an_address_tells_its_own_kind(void **state)
{
    struct pdu_address a;

    (void)state;
    assert_int_equal(pdu_address_out("+33612345678", SMPP_TON_AUTO, 1, &a), RC_OK);
    assert_int_equal(a.ton, 1);
    assert_int_equal(a.npi, 1);
    assert_string_equal(a.text, "33612345678");
    assert_int_equal(pdu_address_out("36111", SMPP_TON_AUTO, 1, &a), RC_OK);
    assert_int_equal(a.ton, 3);
    assert_int_equal(a.npi, 0);
    assert_int_equal(pdu_address_out("MAGASIN", SMPP_TON_AUTO, 1, &a), RC_OK);
    assert_int_equal(a.ton, 5);
    assert_int_equal(pdu_address_out("36111", SMPP_TON_FIRST + 6, 8, &a), RC_OK);
    assert_int_equal(a.ton, 6);
    assert_int_equal(a.npi, 8);
    assert_int_equal(pdu_address_out("", SMPP_TON_AUTO, 1, &a), RC_INVALID);
    assert_int_equal(pdu_address_out("+", SMPP_TON_AUTO, 1, &a), RC_INVALID);
    assert_int_equal(pdu_address_out("+33abc", SMPP_TON_AUTO, 1, &a), RC_INVALID);
    assert_int_equal(pdu_address_out("twelve chars", SMPP_TON_AUTO, 1, &a), RC_INVALID);
    /* 21 characters leave no room for the NUL that the library reads up to */
    assert_int_equal(pdu_address_out("123456789012345678901", SMPP_TON_FIRST, 1, &a), RC_INVALID);
    assert_int_equal(pdu_address_out("12345678901234567890", SMPP_TON_FIRST, 1, &a), RC_OK);
}

static const char *id_of(const char *text, enum smpp_id_form form)
{
    static char id[SMPP_MESSAGE_ID_SIZE];

    message_id_read(id, text, strlen(text), form);
    return id;
}

static void ids_in_different_clothes_are_the_same(void **state)
{
    (void)state;
    assert_string_equal(id_of("00001A2B", SMPP_ID_HEX), "6699");
    assert_string_equal(id_of("1a2b", SMPP_ID_HEX), "6699");
    assert_string_equal(id_of("0x1A2B", SMPP_ID_HEX), "6699");
    assert_string_equal(id_of("0000006699", SMPP_ID_AS_IS), "6699");
    assert_string_equal(id_of("ffffffffffffffffffff", SMPP_ID_HEX), "1208925819614629174706175");
    assert_string_equal(id_of(" ABC-Def ", SMPP_ID_AS_IS), "abc-def");
    assert_string_equal(id_of("no hex", SMPP_ID_HEX), "nohex");
    assert_string_equal(id_of("000", SMPP_ID_AS_IS), "0");
    assert_string_equal(id_of("000", SMPP_ID_HEX), "0");
    assert_string_equal(id_of("", SMPP_ID_HEX), "");
    assert_string_equal(id_of("\x01\xff", SMPP_ID_AS_IS), "");
}

static void an_id_of_64_characters_keeps_them(void **state)
{
    char text[80];

    (void)state;
    memset(text, 'F', sizeof(text));
    text[64] = '\0';
    /* as a decimal it would have 78 digits */
    assert_int_equal(strlen(id_of(text, SMPP_ID_HEX)), 64);
    assert_int_equal(id_of(text, SMPP_ID_HEX)[0], 'f');
    text[64] = 'F';
    text[79] = '\0';
    assert_int_equal(strlen(id_of(text, SMPP_ID_AS_IS)), 64);
}

static void a_window_gives_each_submit_a_number_of_its_own(void **state)
{
    struct window w;
    struct window_slot *late;
    uint32_t sequence = 0x7ffffff0;

    (void)state;
    assert_int_equal(window_init(&w, 10), RC_OK);
    late = window_add(&w, &sequence);
    assert_int_equal(late->sequence, 0x7ffffff1);
    for (unsigned i = 0; i < 1000; i++) {
        struct window_slot *slot = window_add(&w, &sequence);
        assert_non_null(slot);
        assert_ptr_not_equal(slot, late);
        assert_in_range(sequence, 1, 0x7fffffff);
        assert_ptr_equal(window_find(&w, sequence), slot);
        window_remove(&w, slot);
        assert_null(window_find(&w, sequence));
    }
    assert_ptr_equal(window_oldest(&w), late);
    for (unsigned i = 0; i < 9; i++)
        assert_non_null(window_add(&w, &sequence));
    assert_null(window_add(&w, &sequence));
    assert_null(window_find(&w, 0));
    window_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_is_taken_only_when_it_is_whole),
        cmocka_unit_test(a_length_that_cannot_be_is_broken_at_once),
        cmocka_unit_test(an_ordinary_deliver_sm_is_read),
        cmocka_unit_test(thousands_of_empty_tlvs_harm_nothing),
        cmocka_unit_test(a_long_message_payload_is_read),
        cmocka_unit_test(a_tlv_that_goes_past_the_end_leaves_those_before_it),
        cmocka_unit_test(an_integer_tlv_of_a_wrong_length_does_not_shift_the_next),
        cmocka_unit_test(what_the_library_refuses_and_carriers_send_is_read),
        cmocka_unit_test(a_deliver_sm_cut_anywhere_is_refused_or_says_so),
        cmocka_unit_test(a_field_without_its_nul_is_refused),
        cmocka_unit_test(every_shape_of_response_is_read),
        cmocka_unit_test(a_submit_is_packed_byte_for_byte),
        cmocka_unit_test(every_byte_of_a_submit_is_as_the_library_has_it),
        cmocka_unit_test(a_text_too_long_for_sm_length_travels_as_payload),
        cmocka_unit_test(a_bind_that_does_not_fit_is_refused_not_cut),
        cmocka_unit_test(an_answer_carries_the_number_it_was_asked_with),
        cmocka_unit_test(an_address_tells_its_own_kind),
        cmocka_unit_test(ids_in_different_clothes_are_the_same),
        cmocka_unit_test(an_id_of_64_characters_keeps_them),
        cmocka_unit_test(a_window_gives_each_submit_a_number_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
