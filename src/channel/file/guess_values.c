/* guess_values.c - what the values of a column look like: telephone numbers, dates, amounts ... */
#include <ctype.h>
#include <string.h>

#include "channel/file/guess_private.h"
#include "domain/local_time.h"
#include "domain/mail_address.h"
#include "domain/phone.h"
#include "domain/value.h"

#define VALUE_LOOK 200 /* bytes: a longer one is a text */
#define EXAMPLE    60  /* bytes kept of one */
#define PHONES     40  /* values of a column that are tried as phone numbers, in all regions */

/* In the order of preference where numbers are good in several. */
const char guess_regions[GUESS_REGIONS][3] = { "FR", "BE", "CH", "LU", "DE", "ES",
                                               "IT", "NL", "GB", "PT", "AT", "US" };

/* --- one value --- */

static size_t count_digits(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += isdigit((unsigned char)*text) != 0;
    return n;
}

static void look_at_phone(struct tally *t, const char *text)
{
    const size_t digits = count_digits(text);
    enum phone_fault fault;
    char e164[E164_SIZE];
    bool good = false;

    if (t->tried == PHONES)
        return;
    t->tried++;
    if (digits < 6 || digits > 16 || text[strspn(text, "0123456789 +.-()/")])
        return;
    for (int i = 0; i < GUESS_REGIONS; i++) {
        if (phone_to_e164(text, guess_regions[i], e164, &fault))
            continue;
        good = true;
        t->phones_of[i]++;
    }
    t->of[SHAPE_PHONE] += good;
    t->of[SHAPE_DIALLED] += good && (*text == '+' || *text == '0' || *text == '(');
}

static bool is_mail(const char *text)
{
    char address[ADDRESS_SIZE];
    enum mail_fault fault;

    return mail_address_normalise(text, address, &fault) == RC_OK;
}

static void look_at_date(struct tally *t, const struct value_taster *taster, const char *text)
{
    static const struct {
        enum date_form form;
        enum value_shape shape;
    } forms[] = { { DATE_ISO, SHAPE_ISO }, { DATE_DMY, SHAPE_DMY }, { DATE_MDY, SHAPE_MDY } };
    utc_us at;

    if (count_digits(text) < 6)
        return;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
        t->of[forms[i].shape] += value_time(text, forms[i].form, taster->zone, &at) == RC_OK;
}

/* A number with its decimals behind a comma or a point. Three digits may be thousands: that says
 * nothing. */
static void look_at_number(struct tally *t, const char *text)
{
    const size_t plain = strspn(text, "0123456789");
    const char *sign = strpbrk(text, ",.");
    int64_t value;

    if (*text && !text[plain]) {
        t->of[SHAPE_INTEGER]++;
        t->of[SHAPE_POSTCODE] += plain >= 4 && plain <= 5;
        return;
    }
    if (sign && strpbrk(sign + 1, ",.")) /* "1.234,50": the last one counts */
        sign = strrchr(text, ',') > strrchr(text, '.') ? strrchr(text, ',') : strrchr(text, '.');
    if (!sign || strspn(sign + 1, "0123456789") == 3)
        return;
    if (*sign == ',')
        t->of[SHAPE_COMMA] += value_decimal(text, DECIMAL_COMMA, 3, "EUR", &value) == RC_OK;
    else
        t->of[SHAPE_DOT] += value_decimal(text, DECIMAL_DOT, 3, "EUR", &value) == RC_OK;
}

static void look_at_letters(struct tally *t, const char *text)
{
    const size_t len = strlen(text);
    size_t letters = 0;
    bool yes;

    while (isalpha((unsigned char)text[letters]))
        letters++;
    t->of[SHAPE_ANSWER] += value_yes_no(text, &yes) == RC_OK;
    t->of[SHAPE_LETTERS2] += letters == len && len == 2;
    t->of[SHAPE_LETTERS3] += letters == len && len == 3;
    /* "2000 AB", "SW1A 1AA", "D-80331", "L-1234" */
    if (letters < len && len <= 9 && count_digits(text) >= 2 && count_digits(text) <= 5 &&
        text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -")] == '\0' &&
        count_digits(text) < len)
        t->of[SHAPE_POSTCODE]++;
}

static enum rc note_distinct(struct tally *t, struct arena *arena, const char *text)
{
    const size_t len = text_prefix(text, strlen(text), EXAMPLE);

    for (unsigned i = 0; i < t->n_distinct; i++) {
        if (strncmp(t->distinct[i], text, len) == 0 && strlen(t->distinct[i]) == len) {
            t->repeats++;
            return RC_OK;
        }
    }
    if (t->n_distinct == GUESS_WORDS_MAX) {
        t->more_distinct = true;
        return RC_OK;
    }
    t->distinct[t->n_distinct] = arena_copy(arena, text, len);
    return t->distinct[t->n_distinct++] ? RC_OK : RC_FAIL;
}

enum rc tally_add(struct tally *t, struct value_taster *taster, const char *text, size_t len)
{
    char value[VALUE_LOOK + 1];
    enum rc rc;

    while (len && (unsigned char)*text <= ' ') {
        text++;
        len--;
    }
    while (len && (unsigned char)text[len - 1] <= ' ')
        len--;
    if (!len)
        return RC_OK;
    t->seen++;
    if (len > VALUE_LOOK)
        len = text_prefix(text, len, VALUE_LOOK / 4); /* characters of at most four bytes */
    memcpy(value, text, len);
    value[len] = '\0';
    for (char *c = value; *c; c++)
        *c = (unsigned char)*c < ' ' ? ' ' : *c;
    rc = note_distinct(t, taster->arena, value);
    look_at_phone(t, value);
    t->of[SHAPE_MAIL] += is_mail(value);
    look_at_date(t, taster, value);
    look_at_number(t, value);
    look_at_letters(t, value);
    return rc;
}

/* --- a column --- */

bool tally_is(const struct tally *t, enum value_shape shape)
{
    const unsigned whole = shape == SHAPE_PHONE || shape == SHAPE_DIALLED ? t->tried : t->seen;

    return whole && t->of[shape] * 10 >= whole * 9;
}

/* Of dates that people type some are none: more than half is enough. */
bool tally_is_date(const struct tally *t)
{
    return t->of[SHAPE_ISO] * 2 > t->seen || t->of[SHAPE_DMY] * 2 > t->seen ||
           t->of[SHAPE_MDY] * 2 > t->seen;
}

static bool is_number(const struct tally *t)
{
    const unsigned n = t->of[SHAPE_INTEGER] + t->of[SHAPE_COMMA] + t->of[SHAPE_DOT];

    return t->seen && n * 10 >= t->seen * 9;
}

const char *tally_says(const struct tally *t)
{
    if (!t->seen)
        return "no values";
    if (tally_is(t, SHAPE_MAIL))
        return "mail addresses";
    if (tally_is_date(t))
        return "dates";
    if (tally_is(t, SHAPE_DIALLED))
        return "telephone numbers";
    if (tally_is(t, SHAPE_ANSWER))
        return "yes or no";
    if (is_number(t))
        return "numbers";
    return t->n_distinct > 1 && !t->more_distinct && t->repeats ? "a few words" : "texts";
}

/* What the values of a field look like; fields that are not named may hold anything. */
static const struct {
    const char *field;
    enum {
        WANT_PHONE,
        WANT_MAIL,
        WANT_DATE,
        WANT_NUMBER,
        WANT_ANSWER,
        WANT_TWO,
        WANT_THREE,
        WANT_POSTCODE,
        WANT_FEW
    } want;
} wants[] = {
    { "phone", WANT_PHONE },
    { "email", WANT_MAIL },
    { "birth_date", WANT_DATE },
    { "consent_at", WANT_DATE },
    { "ordered_at", WANT_DATE },
    { "window_from", WANT_DATE },
    { "window_to", WANT_DATE },
    { "issued_on", WANT_DATE },
    { "due_on", WANT_DATE },
    { "paid_on", WANT_DATE },
    { "at", WANT_DATE },
    { "valid_from", WANT_DATE },
    { "valid_to", WANT_DATE },
    { "until", WANT_DATE },
    { "weight", WANT_NUMBER },
    { "collect", WANT_NUMBER },
    { "amount", WANT_NUMBER },
    { "price", WANT_NUMBER },
    { "minor", WANT_ANSWER },
    { "do_not_contact", WANT_ANSWER },
    { "consent_sms", WANT_ANSWER },
    { "consent_email", WANT_ANSWER },
    { "country", WANT_TWO },
    { "language", WANT_TWO },
    { "currency", WANT_THREE },
    { "postcode", WANT_POSTCODE },
    { "status", WANT_FEW },
    { "state", WANT_FEW },
    { "withdrawn", WANT_ANSWER },
};

static enum tally_fit yes_if(bool fits)
{
    return fits ? FIT_YES : FIT_NO;
}

/* Words that we can translate are as good as ours. */
static bool is_translated(const struct tally *t, enum field f)
{
    unsigned known = 0;

    for (unsigned i = 0; i < t->n_distinct; i++)
        known += guess_word_of(f, t->distinct[i]) != NULL;
    return t->n_distinct && known * 2 >= t->n_distinct;
}

enum tally_fit tally_fits(const struct tally *t, enum field f)
{
    const char *name = f < FIELD_CUSTOM_FIRST ? field_info(f)->name : "";
    size_t i = 0;

    if (!t->seen)
        return FIT_OPEN;
    while (i < sizeof(wants) / sizeof(wants[0]) && strcmp(wants[i].field, name) != 0)
        i++;
    if (i == sizeof(wants) / sizeof(wants[0]))
        return tally_is(t, SHAPE_MAIL) ? FIT_NO : FIT_OPEN;
    switch (wants[i].want) {
    case WANT_PHONE: /* there is always somebody who writes "none" */
        return yes_if(t->of[SHAPE_PHONE] * 2 >= t->tried);
    case WANT_MAIL:
        return yes_if(t->of[SHAPE_MAIL] * 2 >= t->seen);
    case WANT_DATE:
        return yes_if(tally_is_date(t));
    case WANT_NUMBER:
        return yes_if(is_number(t));
    case WANT_ANSWER:
        return yes_if(tally_is(t, SHAPE_ANSWER) || is_translated(t, f));
    case WANT_TWO:
        return yes_if(tally_is(t, SHAPE_LETTERS2) || is_translated(t, f));
    case WANT_THREE:
        return yes_if(tally_is(t, SHAPE_LETTERS3));
    case WANT_POSTCODE:
        return tally_is(t, SHAPE_POSTCODE)  ? FIT_YES
               : tally_is(t, SHAPE_INTEGER) ? FIT_NO
                                            : FIT_OPEN;
    case WANT_FEW:
        return is_translated(t, f) ? FIT_YES : t->more_distinct ? FIT_NO : FIT_OPEN;
    }
    return FIT_OPEN;
}
