/*
 * phone.cc - the only C++ of Relais: libphonenumber behind a C function. No exception leaves it.
 *
 * A number takes the library 11 to 20 us, too much for an import. French mobile numbers, most of
 * what comes, take a short way: whether one is valid depends on its first four digits alone, so the
 * library is asked once for each such prefix and its answer is kept. tests/unit/test_phone.c holds
 * the short way against the library over the whole range.
 */
#include "domain/phone.h"

#include <atomic>
#include <cstring>
#include <string>

#include <phonenumbers/logger.h>
#include <phonenumbers/phonenumberutil.h>

extern "C" {
#include "domain/utf8.h"
}

using i18n::phonenumbers::NullLogger;
using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

namespace
{

const struct {
    const char *name, *reason;
} faults[] = {
    { "phone_empty", "is empty" },
    { "phone_not_a_number", "is not a phone number" },
    { "phone_too_short", "has too few digits for a phone number" },
    { "phone_too_long", "has too many digits for a phone number" },
    { "phone_invalid", "is a number that its country does not have" },
};

enum rc refuse(enum phone_fault why, enum phone_fault *fault)
{
    *fault = why;
    return RC_INVALID;
}

enum phone_fault parse_fault(PhoneNumberUtil::ErrorType error)
{
    switch (error) {
    case PhoneNumberUtil::TOO_SHORT_AFTER_IDD:
    case PhoneNumberUtil::TOO_SHORT_NSN:
        return PHONE_TOO_SHORT;
    case PhoneNumberUtil::TOO_LONG_NSN:
        return PHONE_TOO_LONG;
    case PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR:
        return PHONE_INVALID;
    case PhoneNumberUtil::NOT_A_NUMBER:
    case PhoneNumberUtil::NO_PARSING_ERROR:
        break;
    }
    return PHONE_NOT_A_NUMBER;
}

enum phone_fault validity_fault(PhoneNumberUtil::ValidationResult result)
{
    switch (result) {
    case PhoneNumberUtil::TOO_SHORT:
    case PhoneNumberUtil::IS_POSSIBLE_LOCAL_ONLY:
        return PHONE_TOO_SHORT;
    case PhoneNumberUtil::TOO_LONG:
        return PHONE_TOO_LONG;
    case PhoneNumberUtil::IS_POSSIBLE:
    case PhoneNumberUtil::INVALID_COUNTRY_CODE:
    case PhoneNumberUtil::INVALID_LENGTH:
        break;
    }
    return PHONE_INVALID;
}

/* Made at its first use. Its default logger writes what partners sent to stdout. */
const PhoneNumberUtil &library()
{
    static const PhoneNumberUtil *const util = [] {
        PhoneNumberUtil *made = PhoneNumberUtil::GetInstance();
        made->SetLogger(new NullLogger);
        return made;
    }();

    return *util;
}

enum rc ask_library(const char *text, const char *region, char out[E164_SIZE],
                    enum phone_fault *fault)
{
    const PhoneNumberUtil &util = library();
    PhoneNumber number;
    std::string e164;
    PhoneNumberUtil::ErrorType error = util.Parse(text, region, &number);

    if (error != PhoneNumberUtil::NO_PARSING_ERROR)
        return refuse(parse_fault(error), fault);
    if (!util.IsValidNumber(number))
        return refuse(validity_fault(util.IsPossibleNumberWithReason(number)), fault);
    util.Format(number, PhoneNumberUtil::E164, &e164);
    if (e164.size() >= E164_SIZE)
        return refuse(PHONE_TOO_LONG, fault);
    std::memcpy(out, e164.c_str(), e164.size() + 1);
    return RC_OK;
}

enum known : unsigned char { NOT_ASKED, VALID, NOT_VALID };

std::atomic<unsigned char> mobile_prefixes[2000]; /* by the first four digits, from 6000 */

bool mobile_is_valid(const char *national)
{
    int prefix = (national[0] - '0') * 1000 + (national[1] - '0') * 100 + (national[2] - '0') * 10 +
                 (national[3] - '0');
    std::atomic<unsigned char> &kept = mobile_prefixes[prefix - 6000];
    char probe[E164_SIZE];
    enum phone_fault fault;

    if (kept.load(std::memory_order_relaxed) == NOT_ASKED) {
        std::string e164 = std::string("+33") + national;
        kept.store(ask_library(e164.c_str(), "FR", probe, &fault) ? NOT_VALID : VALID,
                   std::memory_order_relaxed);
    }
    return kept.load(std::memory_order_relaxed) == VALID;
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/*
 * The nine digits behind 0 or +33, when the text is a French mobile number written plainly: digits
 * with at most one space, dot or hyphen between two of them. Anything else is for the library.
 */
bool plain_french_mobile(const char *text, const char *region, char national[10])
{
    size_t n = 0;

    if (std::strncmp(text, "+33", 3) == 0)
        text += 3;
    else if (text[0] == '0' && std::strcmp(region, "FR") == 0)
        text += 1;
    else
        return false;
    for (; *text; text++) {
        if ((*text == ' ' || *text == '.' || *text == '-') && is_digit(text[1]))
            text++;
        if (!is_digit(*text) || n == 9)
            return false;
        national[n++] = *text;
    }
    national[n] = '\0';
    return n == 9 && (national[0] == '6' || national[0] == '7');
}

/* The library reads letters as keys of a telephone ("0612ABC345"); people who fill in forms do not
 * mean that. Words before the number ("Tel. 06...") may stand. */
bool has_letters_inside(const char *text)
{
    for (text += std::strcspn(text, "+0123456789"); *text; text++) {
        if ((*text >= 'A' && *text <= 'Z') || (*text >= 'a' && *text <= 'z'))
            return true;
    }
    return false;
}

enum rc to_e164(const char *text, const char *region, char out[E164_SIZE], enum phone_fault *fault)
{
    size_t len = strnlen(text, PHONE_TEXT_MAX + 1);
    char national[10];

    if (text[std::strspn(text, " \t\r\n")] == '\0')
        return refuse(PHONE_EMPTY, fault);
    if (len > PHONE_TEXT_MAX)
        return refuse(PHONE_NOT_A_NUMBER, fault);
    if (plain_french_mobile(text, region, national) && mobile_is_valid(national)) {
        std::memcpy(out, "+33", 3);
        std::memcpy(out + 3, national, sizeof(national));
        return RC_OK;
    }
    if (has_letters_inside(text) || !utf8_valid(text, len, nullptr))
        return refuse(PHONE_NOT_A_NUMBER, fault);
    return ask_library(text, region, out, fault);
}

enum rc example_of(const char *region, char out[E164_SIZE])
{
    PhoneNumber number;
    std::string e164;

    if (!library().GetExampleNumberForType(region, PhoneNumberUtil::MOBILE, &number))
        return RC_NOTFOUND;
    library().Format(number, PhoneNumberUtil::E164, &e164);
    if (e164.size() >= E164_SIZE)
        return RC_NOTFOUND;
    std::memcpy(out, e164.c_str(), e164.size() + 1);
    return RC_OK;
}

} // namespace

const char *phone_fault_name(enum phone_fault f)
{
    return faults[f].name;
}

const char *phone_fault_reason(enum phone_fault f)
{
    return faults[f].reason;
}

enum rc phone_to_e164(const char *text, const char *region, char out[E164_SIZE],
                      enum phone_fault *fault)
{
    try {
        return to_e164(text, region, out, fault);
    } catch (...) { /* only std::bad_alloc can come here */
        *fault = PHONE_NOT_A_NUMBER;
        return RC_FAIL;
    }
}

enum rc phone_example(const char *region, char out[E164_SIZE])
{
    try {
        return example_of(region, out);
    } catch (...) {
        return RC_FAIL;
    }
}
