#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "domain/place.h"

static void says(const char *timezone, const char *country, const char *postcode,
                 const char *address, const char *zone, const char *of, const char *region)
{
    const struct place_question q = { timezone, country, postcode, address, "Europe/Brussels" };
    struct place p;

    memset(&p, 'x', sizeof(p));
    place_of(&q, &p);
    assert_string_equal(p.zone, zone);
    assert_string_equal(p.country, of);
    assert_string_equal(p.region, region);
}

static void the_customers_own_time_zone_wins(void **state)
{
    (void)state;
    says("America/Toronto", "FR", "97410", "+262692000000", "America/Toronto", "FR", "974");
    says("Mars/Olympus", "FR", "69001", "+33612345678", "Europe/Paris", "FR", "");
}

static void overseas_postcodes_tell_the_time_zone(void **state)
{
    (void)state;
    says("", "FR", "97110", "+33612345678", "America/Guadeloupe", "FR", "971");
    says("", "FR", "97200", "+33612345678", "America/Martinique", "FR", "972");
    says("", "FR", "97300", "+33612345678", "America/Cayenne", "FR", "973");
    says("", "FR", "97410", "+33612345678", "Indian/Reunion", "FR", "974");
    says("", "FR", "97500", "+33612345678", "America/Miquelon", "FR", "");
    says("", "FR", "97600", "+33612345678", "Indian/Mayotte", "FR", "976");
    says("", "FR", "97133", "+33612345678", "America/St_Barthelemy", "FR", "977");
    says("", "FR", "97150", "+33612345678", "America/Marigot", "FR", "978");
    says("", "FR", "98714", "+33612345678", "Pacific/Tahiti", "FR", "");
    says("", "FR", "98800", "+33612345678", "Pacific/Noumea", "FR", "");
    says("", "RE", "", "", "Indian/Reunion", "FR", "974");
}

static void overseas_numbers_tell_it_when_the_postcode_does_not(void **state)
{
    (void)state;
    says("", "FR", "", "+590690123456", "America/Guadeloupe", "FR", "971");
    says("", "FR", "", "+594694123456", "America/Cayenne", "FR", "973");
    says("", "FR", "", "+596696123456", "America/Martinique", "FR", "972");
    says("", "FR", "", "+262692123456", "Indian/Reunion", "FR", "974");
    says("", "FR", "", "+262639123456", "Indian/Mayotte", "FR", "976");
    says("", "FR", "", "+508551234", "America/Miquelon", "FR", "");
    says("", "FR", "", "+687712345", "Pacific/Noumea", "FR", "");
    says("", "FR", "", "+68987123456", "Pacific/Tahiti", "FR", "");
    says("", "FR", "97110", "+262692123456", "America/Guadeloupe", "FR", "971");
    says("", "BE", "", "+262692123456", "Europe/Brussels", "BE", "");
}

static void else_the_country_tells_it_and_else_the_house(void **state)
{
    (void)state;
    says("", "FR", "69001", "+33612345678", "Europe/Paris", "FR", "");
    says("", "FR", "67000", "+33612345678", "Europe/Paris", "FR", "AM");
    says("", "FR", "57000", "+33612345678", "Europe/Paris", "FR", "AM");
    says("", "FR", "68100", "+33612345678", "Europe/Paris", "FR", "AM");
    says("", "DE", "67059", "+4915112345678", "Europe/Berlin", "DE", "");
    says("", "US", "10001", "+12125550100", "America/New_York", "US", "");
    says("", "ZZ", "", "+33612345678", "Europe/Brussels", "ZZ", "");
    says("", "", "", "", "Europe/Brussels", "", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_customers_own_time_zone_wins),
        cmocka_unit_test(overseas_postcodes_tell_the_time_zone),
        cmocka_unit_test(overseas_numbers_tell_it_when_the_postcode_does_not),
        cmocka_unit_test(else_the_country_tells_it_and_else_the_house),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
