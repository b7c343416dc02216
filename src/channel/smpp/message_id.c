/* message_id.c - hexadecimal to decimal and back, zeros stripped, lower case. */
#include "channel/smpp/message_id.h"

#include <ctype.h>
#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

/* `text` has hexadecimal digits only; the decimal form may be a fifth longer. Returns its length,
 * 0 when it does not fit. The digits grow from the right end of `out`. */
static size_t hex_to_decimal(const char *text, size_t len, char *out, size_t size)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        unsigned carry = (unsigned)hex_digit(text[i]);
        for (size_t k = 0; k < n; k++) {
            carry += 16 * (unsigned)(out[size - 1 - k] - '0');
            out[size - 1 - k] = (char)('0' + carry % 10);
            carry /= 10;
        }
        while (carry) {
            if (n == size)
                return 0;
            out[size - 1 - n++] = (char)('0' + carry % 10);
            carry /= 10;
        }
    }
    memmove(out, out + size - n, n);
    return n;
}

static size_t strip_zeros(char *text, size_t len)
{
    size_t zeros = 0;

    while (zeros + 1 < len && text[zeros] == '0')
        zeros++;
    memmove(text, text + zeros, len - zeros);
    return len - zeros;
}

/* Drops "0x" and gives the digits in decimal; leaves alone what is no such number. */
static size_t read_hex(char *id, size_t n)
{
    char decimal[SMPP_MESSAGE_ID_SIZE - 1];
    size_t from = n > 2 && id[0] == '0' && id[1] == 'x' ? 2 : 0, m;

    for (size_t i = from; i < n; i++) {
        if (hex_digit(id[i]) < 0)
            return n;
    }
    m = hex_to_decimal(id + from, n - from, decimal, sizeof(decimal));
    if (m == 0)
        return n;
    memcpy(id, decimal, m);
    return m;
}

/* The way back, of decimal digits only; a number of hexadecimal digits is never longer. */
static size_t decimal_to_hex(const char *text, size_t len, char out[SMPP_MESSAGE_ID_SIZE - 1])
{
    static const char digits[] = "0123456789abcdef";
    size_t size = SMPP_MESSAGE_ID_SIZE - 1, n = 0;

    for (size_t i = 0; i < len; i++) {
        unsigned carry = (unsigned)(text[i] - '0');
        for (size_t k = 0; k < n; k++) {
            char *digit = &out[size - 1 - k];
            carry += 10 * (unsigned)hex_digit(*digit);
            *digit = digits[carry % 16];
            carry /= 16;
        }
        if (carry)
            out[size - 1 - n++] = digits[carry];
    }
    memmove(out, out + size - n, n);
    return n;
}

static bool has_letter(const char *digits, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (digits[i] > '9')
            return true;
    }
    return false;
}

bool message_id_other(const char *id, char out[SMPP_MESSAGE_ID_SIZE])
{
    size_t len = strlen(id), n;
    char digits[SMPP_MESSAGE_ID_SIZE - 1];

    if (len == 0 || len >= SMPP_MESSAGE_ID_SIZE || strspn(id, "0123456789abcdef") != len)
        return false;
    if (strspn(id, "0123456789") < len) {
        n = hex_to_decimal(id, len, digits, sizeof(digits));
    } else {
        n = decimal_to_hex(id, len, digits);
        if (!has_letter(digits, n))
            return false;
    }
    if (n == 0)
        return false;
    memcpy(out, digits, n);
    out[n] = '\0';
    return true;
}

void message_id_read(char out[SMPP_MESSAGE_ID_SIZE], const char *text, size_t len,
                     enum smpp_id_form form)
{
    size_t n = 0;

    for (size_t i = 0; i < len && n < SMPP_MESSAGE_ID_SIZE - 1; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c > ' ' && c < 0x7f)
            out[n++] = (char)tolower(c);
    }
    if (form == SMPP_ID_HEX)
        n = read_hex(out, n);
    out[strip_zeros(out, n)] = '\0';
}
