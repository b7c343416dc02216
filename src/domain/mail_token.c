/* mail_token.c - eight bytes of id, eight of BLAKE2b, and base 32 (RFC 4648) over both. */
#include "domain/mail_token.h"

#include <string.h>

#include <sodium.h>

#define ID_BYTES   8
#define HASH_BYTES 8
#define BYTES      (ID_BYTES + HASH_BYTES)
#define DIGITS     (MAIL_TOKEN_SIZE - 1)
#define DIGIT_BITS 5

_Static_assert(DIGITS == (8 * BYTES + DIGIT_BITS - 1) / DIGIT_BITS, "as many digits as it takes");
_Static_assert(MAIL_TOKEN_KEY_SIZE == crypto_generichash_KEYBYTES, "a key of libsodium");

static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";

static const char letters[MAIL_TOKEN_KINDS] = {
    [MAIL_TOKEN_BOUNCE] = 'b', [MAIL_TOKEN_REPLY] = 'r', [MAIL_TOKEN_UNSUBSCRIBE] = 'u',
    [MAIL_TOKEN_ALERT] = 'a',  [MAIL_TOKEN_HOUSE] = 'h', [MAIL_TOKEN_NOTICE] = 'n',
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The kind is in what is hashed: a token of one kind is none of another. */
static void bytes_of(const uint8_t key[MAIL_TOKEN_KEY_SIZE], enum mail_token_kind kind, uint64_t id,
                     uint8_t out[BYTES])
{
    uint8_t in[1 + ID_BYTES] = { (uint8_t)letters[kind] }, hash[crypto_generichash_BYTES_MIN];

    for (unsigned i = 0; i < ID_BYTES; i++)
        out[i] = in[1 + i] = (uint8_t)(id >> (8 * (ID_BYTES - 1 - i)));
    crypto_generichash(hash, sizeof(hash), in, sizeof(in), key, MAIL_TOKEN_KEY_SIZE);
    memcpy(out + ID_BYTES, hash, HASH_BYTES);
}

static void write_digits(const uint8_t bytes[BYTES], char out[DIGITS])
{
    uint32_t pending = 0;
    unsigned bits = 0;
    size_t n = 0;

    for (size_t i = 0; i < BYTES; i++) {
        pending = pending << 8 | bytes[i];
        for (bits += 8; bits >= DIGIT_BITS; bits -= DIGIT_BITS)
            out[n++] = digits[pending >> (bits - DIGIT_BITS) & 31];
    }
    out[n] = digits[pending << (DIGIT_BITS - bits) & 31];
}

/* The id that stands in it, whether or not its hash is right. */
static bool read_id(const char *text, uint64_t *id)
{
    uint64_t value = 0;

    /* 13 digits are 65 bits: the last of them belongs to the hash. */
    for (size_t i = 0; i < 13; i++) {
        const char *digit = text[i] ? strchr(digits, lower(text[i])) : NULL;
        uint64_t d;
        if (!digit)
            return false;
        d = (uint64_t)(digit - digits);
        value = i < 12 ? value << DIGIT_BITS | d : value << (DIGIT_BITS - 1) | d >> 1;
    }
    *id = value;
    return true;
}

void mail_token_write(const uint8_t key[MAIL_TOKEN_KEY_SIZE], enum mail_token_kind kind,
                      uint64_t id, char out[MAIL_TOKEN_SIZE])
{
    uint8_t bytes[BYTES];

    bytes_of(key, kind, id, bytes);
    write_digits(bytes, out);
    out[DIGITS] = '\0';
}

void mail_token_local(const uint8_t key[MAIL_TOKEN_KEY_SIZE], enum mail_token_kind kind,
                      uint64_t id, char out[MAIL_TOKEN_SIZE + 2])
{
    out[0] = letters[kind];
    out[1] = '-';
    mail_token_write(key, kind, id, out + 2);
}

bool mail_token_read_as(const uint8_t key[MAIL_TOKEN_KEY_SIZE], enum mail_token_kind kind,
                        const char *text, size_t len, uint64_t *id)
{
    char right[MAIL_TOKEN_SIZE], given[MAIL_TOKEN_SIZE] = "";
    uint64_t named;

    if (len != DIGITS || !read_id(text, &named))
        return false;
    for (size_t i = 0; i < DIGITS; i++)
        given[i] = lower(text[i]);
    mail_token_write(key, kind, named, right);
    if (sodium_memcmp(right, given, DIGITS) != 0)
        return false;
    *id = named;
    return true;
}

bool mail_token_read(const uint8_t key[MAIL_TOKEN_KEY_SIZE], const char *local, size_t len,
                     enum mail_token_kind *kind, uint64_t *id)
{
    const char *letter;

    if (len != DIGITS + 2 || local[1] != '-' || !local[0])
        return false;
    letter = memchr(letters, lower(local[0]), sizeof(letters));
    if (!letter ||
        !mail_token_read_as(key, (enum mail_token_kind)(letter - letters), local + 2, DIGITS, id))
        return false;
    *kind = (enum mail_token_kind)(letter - letters);
    return true;
}
