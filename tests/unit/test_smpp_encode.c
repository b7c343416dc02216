/* test_smpp_encode.c - what leaves for a carrier is the text, whole, in as many parts as were
 * promised, in the form that this carrier reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "channel/smpp/encode.h"
#include "domain/sms_text.h"
#include "domain/utf8.h"

static struct smpp_carrier_settings set;
static struct smpp_pieces pieces;

static int plain(void **state)
{
    (void)state;
    set = (struct smpp_carrier_settings){ .gsm_data_coding = -1, .ucs2_data_coding = 8 };
    memset(&pieces, 0xee, sizeof(pieces));
    return 0;
}

static unsigned parts_of(const char *text)
{
    struct sms_measure m;

    assert_int_equal(sms_text_measure(text, &m), RC_OK);
    return m.parts;
}

static enum rc encode(const char *text)
{
    return encode_text(&set, text, parts_of(text), 0xabcdef, &pieces);
}

static const char *repeat(const char *what, unsigned n)
{
    static char text[4000];

    text[0] = '\0';
    while (n-- > 0)
        strcat(text, what);
    return text;
}

/* By the book, bit by bit: the septets behind a header, without the CR that only fills. */
static size_t unpack(const uint8_t *octets, size_t len, size_t header, uint8_t *septets)
{
    size_t bit = (header * 8 + 6) / 7 * 7 - header * 8, n = 0;

    for (; bit + 7 <= len * 8; bit += 7) {
        unsigned value = 0;
        for (unsigned i = 0; i < 7; i++)
            value |= (unsigned)(octets[(bit + i) / 8] >> (bit + i) % 8 & 1) << i;
        septets[n++] = (uint8_t)value;
    }
    if (n > 0 && bit == len * 8 && septets[n - 1] == '\r')
        n--;
    return n;
}

/* The octets that say `text` under a data_coding: septets as the domain cuts them, UTF-16BE, or a
 * byte a character. */
static size_t octets_of(const char *text, uint8_t coding, uint8_t *out)
{
    static struct sms_split split;
    size_t len = strlen(text), n = 0;

    if (coding == 0) {
        assert_int_equal(sms_text_split(text, &split), RC_OK);
        for (unsigned i = 0; i < split.parts; i++) {
            memcpy(out + n, split.part[i].data, split.part[i].length);
            n += split.part[i].length;
        }
        return n;
    }
    for (size_t at = 0; at < len;) {
        uint32_t c = utf8_next(text, len, &at), high = 0xd800 + ((c - 0x10000) >> 10);
        if (coding == 8 && c > 0xffff) {
            out[n++] = (uint8_t)(high >> 8);
            out[n++] = (uint8_t)high;
            c = 0xdc00 + (c & 0x3ff);
        }
        if (coding == 8)
            out[n++] = (uint8_t)(c >> 8);
        out[n++] = (uint8_t)c;
    }
    return n;
}

/* All pieces without their headers, joined, say this text and nothing else. */
static void check_text(const char *expected)
{
    uint8_t said[4000], wanted[4000];
    size_t n = 0;

    for (unsigned i = 0; i < pieces.n; i++) {
        const struct smpp_piece *p = &pieces.piece[i];
        size_t header = p->esm_class & SMPP_ESM_UDHI ? 1 + (size_t)p->user_data[0] : 0;
        assert_int_equal(p->data_coding, pieces.piece[0].data_coding);
        if (set.gsm_packed && p->data_coding == 0) {
            n += unpack(p->user_data + header, p->len - header, header, said + n);
        } else {
            memcpy(said + n, p->user_data + header, p->len - header);
            n += p->len - header;
        }
    }
    assert_int_equal(octets_of(expected, pieces.piece[0].data_coding, wanted), n);
    assert_memory_equal(said, wanted, n);
}

static void a_short_text_is_one_piece_without_a_header_however_long_ones_are_joined(void **state)
{
    (void)state;
    for (int how = SMPP_CONCAT_UDH8; how <= SMPP_CONCAT_PAYLOAD; how++) {
        set.concatenation = how;
        assert_int_equal(encode("Bonjour é €"), RC_OK);
        assert_int_equal(pieces.n, 1);
        assert_true(pieces.whole);
        assert_int_equal(pieces.piece[0].esm_class, 0);
        assert_int_equal(pieces.piece[0].sar_n, 0);
        assert_false(pieces.piece[0].payload);
        check_text("Bonjour é €");
    }
}

static void udh8_numbers_each_part(void **state)
{
    const char *text = repeat("abcdefghi ", 40);

    (void)state;
    assert_int_equal(encode(text), RC_OK);
    assert_int_equal(pieces.n, 3);
    assert_false(pieces.whole);
    assert_memory_equal(pieces.piece[1].user_data, "\x05\x00\x03\xef\x03\x02", 6);
    assert_int_equal(pieces.piece[1].len, 6 + 153);
    check_text(text);
}

static void udh16_has_a_wider_number_and_shorter_parts(void **state)
{
    const char *text = repeat("abcdefghi ", 30);

    (void)state;
    set.concatenation = SMPP_CONCAT_UDH16;
    assert_int_equal(encode(text), RC_OK);
    assert_int_equal(pieces.n, 2);
    assert_memory_equal(pieces.piece[0].user_data, "\x06\x08\x04\xcd\xef\x02\x01", 7);
    assert_int_equal(pieces.piece[0].len, 7 + 152);
    check_text(text);
}

static void udh16_never_needs_a_part_more_than_was_promised(void **state)
{
    const char *text = repeat("x", 306);

    (void)state;
    set.concatenation = SMPP_CONCAT_UDH16;
    assert_int_equal(encode(text), RC_OK); /* 2 x 153, which is more than 2 x 152 */
    assert_int_equal(pieces.n, 2);
    assert_int_equal(pieces.piece[0].user_data[0], 5);
    check_text(text);
    text = repeat("ç", 134);
    assert_int_equal(encode(text), RC_OK);
    assert_int_equal(pieces.n, 2);
    assert_int_equal(pieces.piece[0].user_data[0], 5);
    check_text(text);
}

static void udh16_cuts_no_pair(void **state)
{
    char text[1000];

    (void)state;
    set.concatenation = SMPP_CONCAT_UDH16;
    snprintf(text, sizeof(text), "%151s€%100s", "", ""); /* the euro's pair at 152 and 153 */
    assert_int_equal(encode(text), RC_OK);
    assert_int_equal(pieces.piece[0].len, 7 + 151);
    check_text(text);
    snprintf(text, sizeof(text), "%65s\xf0\x9f\x9a\x9a%40s", "", ""); /* a lorry at 66 and 67 */
    assert_int_equal(encode(text), RC_OK);
    assert_int_equal(pieces.piece[0].len, 7 + 2 * 65);
    check_text(text);
}

static void sar_leaves_the_text_alone_and_numbers_beside_it(void **state)
{
    const char *text = repeat("ç", 200);

    (void)state;
    set.concatenation = SMPP_CONCAT_SAR;
    assert_int_equal(encode(text), RC_OK);
    assert_int_equal(pieces.n, 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(pieces.piece[i].esm_class, 0);
        assert_int_equal(pieces.piece[i].sar_ref, 0xcdef);
        assert_int_equal(pieces.piece[i].sar_n, 3);
        assert_int_equal(pieces.piece[i].sar_i, i + 1);
    }
    assert_int_equal(pieces.piece[0].len, 134);
    check_text(text);
}

static void payload_sends_a_long_text_whole(void **state)
{
    const char *text = repeat("0123456789", 100);

    (void)state;
    set.concatenation = SMPP_CONCAT_PAYLOAD;
    assert_int_equal(encode(text), RC_OK);
    assert_int_equal(pieces.n, 1);
    assert_true(pieces.whole);
    assert_true(pieces.piece[0].payload);
    assert_int_equal(pieces.piece[0].len, 1000);
    check_text(text);
}

static void latin1_goes_in_its_own_bytes_cut_where_septets_are(void **state)
{
    char text[1000];

    (void)state;
    set.alphabet = SMPP_ALPHABET_LATIN1;
    assert_int_equal(encode("déjà @ {1}"), RC_OK);
    assert_int_equal(pieces.piece[0].data_coding, 3);
    assert_memory_equal(pieces.piece[0].user_data, "d\xe9j\xe0 @ {1}", 10);
    assert_int_equal(pieces.piece[0].len, 10);
    /* 80 braces are 160 septets on the air: one part; 81 are two, cut as septets would be. */
    assert_int_equal(encode(repeat("{", 80)), RC_OK);
    assert_int_equal(pieces.n, 1);
    snprintf(text, sizeof(text), "%s", repeat("{", 81));
    assert_int_equal(encode(text), RC_OK);
    assert_int_equal(pieces.n, 2);
    assert_int_equal(pieces.piece[0].len, 6 + 76);
    check_text(text);
}

static void what_the_alphabet_lacks_goes_in_ucs2_if_the_parts_allow(void **state)
{
    (void)state;
    set.alphabet = SMPP_ALPHABET_LATIN1;
    assert_int_equal(encode("10 €"), RC_OK);
    assert_int_equal(pieces.piece[0].data_coding, 8);
    check_text("10 €");
    set.alphabet = SMPP_ALPHABET_ASCII;
    assert_int_equal(encode("10 E"), RC_OK);
    assert_int_equal(pieces.piece[0].data_coding, 1);
    assert_int_equal(encode("été"), RC_OK);
    assert_int_equal(pieces.piece[0].data_coding, 8);
    check_text("été");
    /* 71 characters: one SMS of septets, two of UCS-2; two were not promised. */
    assert_int_equal(encode(repeat("é", 71)), RC_CONFLICT);
    assert_int_equal(encode(repeat("é", 70)), RC_OK);
    /* What the GSM alphabet lacks was counted as UCS-2 from the beginning. */
    assert_int_equal(encode(repeat("ç", 71)), RC_OK);
    assert_int_equal(pieces.n, 2);
}

static void data_codings_are_what_the_settings_say(void **state)
{
    (void)state;
    set.gsm_data_coding = 0xf1;
    set.ucs2_data_coding = 0x18;
    assert_int_equal(encode("a"), RC_OK);
    assert_int_equal(pieces.piece[0].data_coding, 0xf1);
    assert_int_equal(encode("ç"), RC_OK);
    assert_int_equal(pieces.piece[0].data_coding, 0x18);
}

static void packed_septets_are_those_of_the_standard(void **state)
{
    (void)state;
    set.gsm_packed = 1;
    assert_int_equal(encode("hellohello"), RC_OK);
    assert_int_equal(pieces.piece[0].len, 9);
    assert_memory_equal(pieces.piece[0].user_data, "\xe8\x32\x9b\xfd\x46\x97\xd9\xec\x37", 9);
}

static void packed_texts_of_every_length_come_back_as_they_were(void **state)
{
    static const int hows[] = { SMPP_CONCAT_UDH8, SMPP_CONCAT_UDH16, SMPP_CONCAT_SAR,
                                SMPP_CONCAT_PAYLOAD };
    static const char *const units[] = { "x", "@", "é", "€" };

    (void)state;
    set.gsm_packed = 1;
    for (unsigned h = 0; h < 4; h++) {
        set.concatenation = hows[h];
        for (unsigned u = 0; u < 4; u++) {
            for (unsigned n = 1; n < 460; n++) {
                const char *text = repeat(units[u], n);
                assert_int_equal(encode(text), RC_OK);
                for (unsigned i = 0; i < pieces.n && !pieces.whole; i++)
                    assert_in_range(pieces.piece[i].len, 1, 140);
                check_text(text);
            }
        }
    }
}

static void seven_bits_left_over_are_not_an_at_sign(void **state)
{
    (void)state;
    set.gsm_packed = 1;
    assert_int_equal(encode("1234567"), RC_OK);
    assert_int_equal(pieces.piece[0].len, 7);
    assert_int_equal(pieces.piece[0].user_data[6] >> 1, '\r');
    check_text("1234567");
    assert_int_equal(encode("1234567@"), RC_OK);
    check_text("1234567@");
}

static void a_last_cr_of_the_text_is_not_taken_for_filling(void **state)
{
    (void)state;
    set.gsm_packed = 1;
    assert_int_equal(encode("1234567\r"), RC_OK);
    assert_int_equal(pieces.piece[0].len, 8);
    assert_int_equal(pieces.piece[0].user_data[7], '\r');
    check_text("1234567\r\r"); /* the handset does one twice, by 6.1.2.3.1 no harm */
}

static void a_full_part_packed_is_140_octets(void **state)
{
    (void)state;
    set.gsm_packed = 1;
    assert_int_equal(encode(repeat("y", 306)), RC_OK);
    assert_int_equal(pieces.piece[0].len, 140);
    assert_int_equal(encode(repeat("\r", 160)), RC_OK);
    assert_int_equal(pieces.piece[0].len, 140);
}

static void a_text_of_another_length_than_promised_is_refused(void **state)
{
    (void)state;
    assert_int_equal(encode_text(&set, "a", 2, 1, &pieces), RC_INVALID);
    assert_int_equal(encode_text(&set, "\xff", 1, 1, &pieces), RC_INVALID);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, plain)
    const struct CMUnitTest tests[] = {
        TEST(a_short_text_is_one_piece_without_a_header_however_long_ones_are_joined),
        TEST(udh8_numbers_each_part),
        TEST(udh16_has_a_wider_number_and_shorter_parts),
        TEST(udh16_never_needs_a_part_more_than_was_promised),
        TEST(udh16_cuts_no_pair),
        TEST(sar_leaves_the_text_alone_and_numbers_beside_it),
        TEST(payload_sends_a_long_text_whole),
        TEST(latin1_goes_in_its_own_bytes_cut_where_septets_are),
        TEST(what_the_alphabet_lacks_goes_in_ucs2_if_the_parts_allow),
        TEST(data_codings_are_what_the_settings_say),
        TEST(packed_septets_are_those_of_the_standard),
        TEST(packed_texts_of_every_length_come_back_as_they_were),
        TEST(seven_bits_left_over_are_not_an_at_sign),
        TEST(a_last_cr_of_the_text_is_not_taken_for_filling),
        TEST(a_full_part_packed_is_140_octets),
        TEST(a_text_of_another_length_than_promised_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
