/* place.c - tables of places: France overseas, and the main time zone of each country. */
#include "domain/place.h"

#include <stdio.h>
#include <string.h>

#include "domain/local_time.h"

/* The first that fits is taken: Mayotte's numbers are among those of La Réunion (ARCEP). */
static const struct overseas {
    const char *postcode, *country, *prefix, *zone, *region;
} overseas[] = {
    { "97133", "BL", NULL, "America/St_Barthelemy", "977" },
    { "97150", "MF", NULL, "America/Marigot", "978" },
    { "977", NULL, NULL, "America/St_Barthelemy", "977" },
    { "978", NULL, NULL, "America/Marigot", "978" },
    { "971", "GP", "+590", "America/Guadeloupe", "971" },
    { "972", "MQ", "+596", "America/Martinique", "972" },
    { "973", "GF", "+594", "America/Cayenne", "973" },
    { "976", "YT", "+262269", "Indian/Mayotte", "976" },
    { NULL, NULL, "+262639", "Indian/Mayotte", "976" },
    { "974", "RE", "+262", "Indian/Reunion", "974" },
    { "975", "PM", "+508", "America/Miquelon", "" },
    { "986", "WF", "+681", "Pacific/Wallis", "" },
    { "987", "PF", "+689", "Pacific/Tahiti", "" },
    { "988", "NC", "+687", "Pacific/Noumea", "" },
};

/* Where a country has several, the one where most people live. */
static const struct main_zone {
    char country[3];
    const char *zone;
} main_zones[] = {
    { "AD", "Europe/Andorra" },      { "AE", "Asia/Dubai" },
    { "AL", "Europe/Tirane" },       { "AR", "America/Argentina/Buenos_Aires" },
    { "AT", "Europe/Vienna" },       { "AU", "Australia/Sydney" },
    { "BA", "Europe/Sarajevo" },     { "BE", "Europe/Brussels" },
    { "BF", "Africa/Ouagadougou" },  { "BG", "Europe/Sofia" },
    { "BJ", "Africa/Porto-Novo" },   { "BR", "America/Sao_Paulo" },
    { "BY", "Europe/Minsk" },        { "CA", "America/Toronto" },
    { "CD", "Africa/Kinshasa" },     { "CG", "Africa/Brazzaville" },
    { "CH", "Europe/Zurich" },       { "CI", "Africa/Abidjan" },
    { "CL", "America/Santiago" },    { "CM", "Africa/Douala" },
    { "CN", "Asia/Shanghai" },       { "CO", "America/Bogota" },
    { "CY", "Asia/Nicosia" },        { "CZ", "Europe/Prague" },
    { "DE", "Europe/Berlin" },       { "DK", "Europe/Copenhagen" },
    { "DZ", "Africa/Algiers" },      { "EE", "Europe/Tallinn" },
    { "EG", "Africa/Cairo" },        { "ES", "Europe/Madrid" },
    { "FI", "Europe/Helsinki" },     { "FR", "Europe/Paris" },
    { "GA", "Africa/Libreville" },   { "GB", "Europe/London" },
    { "GR", "Europe/Athens" },       { "HK", "Asia/Hong_Kong" },
    { "HR", "Europe/Zagreb" },       { "HU", "Europe/Budapest" },
    { "IE", "Europe/Dublin" },       { "IL", "Asia/Jerusalem" },
    { "IN", "Asia/Kolkata" },        { "IS", "Atlantic/Reykjavik" },
    { "IT", "Europe/Rome" },         { "JP", "Asia/Tokyo" },
    { "KR", "Asia/Seoul" },          { "LB", "Asia/Beirut" },
    { "LI", "Europe/Vaduz" },        { "LT", "Europe/Vilnius" },
    { "LU", "Europe/Luxembourg" },   { "LV", "Europe/Riga" },
    { "MA", "Africa/Casablanca" },   { "MC", "Europe/Monaco" },
    { "MD", "Europe/Chisinau" },     { "ME", "Europe/Podgorica" },
    { "MG", "Indian/Antananarivo" }, { "MK", "Europe/Skopje" },
    { "ML", "Africa/Bamako" },       { "MT", "Europe/Malta" },
    { "MU", "Indian/Mauritius" },    { "MX", "America/Mexico_City" },
    { "NE", "Africa/Niamey" },       { "NL", "Europe/Amsterdam" },
    { "NO", "Europe/Oslo" },         { "NZ", "Pacific/Auckland" },
    { "PL", "Europe/Warsaw" },       { "PT", "Europe/Lisbon" },
    { "QA", "Asia/Qatar" },          { "RO", "Europe/Bucharest" },
    { "RS", "Europe/Belgrade" },     { "RU", "Europe/Moscow" },
    { "SE", "Europe/Stockholm" },    { "SG", "Asia/Singapore" },
    { "SI", "Europe/Ljubljana" },    { "SK", "Europe/Bratislava" },
    { "SM", "Europe/San_Marino" },   { "SN", "Africa/Dakar" },
    { "TG", "Africa/Lome" },         { "TN", "Africa/Tunis" },
    { "TR", "Europe/Istanbul" },     { "UA", "Europe/Kyiv" },
    { "US", "America/New_York" },    { "VA", "Europe/Vatican" },
    { "ZA", "Africa/Johannesburg" },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool begins(const char *text, const char *prefix)
{
    return prefix && strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool same(const char *text, const char *other)
{
    return other && strcmp(text, other) == 0;
}

/* By postcode before number: who moved keeps the number. */
static const struct overseas *find_overseas(const struct place_question *q)
{
    for (size_t i = 0; i < COUNT(overseas); i++) {
        if (begins(q->postcode, overseas[i].postcode) || same(q->country, overseas[i].country))
            return &overseas[i];
    }
    for (size_t i = 0; i < COUNT(overseas); i++) {
        if (begins(q->address, overseas[i].prefix))
            return &overseas[i];
    }
    return NULL;
}

static bool is_french(const char *country)
{
    bool french = strcmp(country, "FR") == 0;

    for (size_t i = 0; i < COUNT(overseas); i++)
        french |= same(country, overseas[i].country);
    return french;
}

static const char *main_zone(const char *country)
{
    for (size_t i = 0; i < COUNT(main_zones); i++) {
        if (strcmp(main_zones[i].country, country) == 0)
            return main_zones[i].zone;
    }
    return NULL;
}

static bool is_alsace_moselle(const char *postcode)
{
    return begins(postcode, "57") || begins(postcode, "67") || begins(postcode, "68");
}

void place_of(const struct place_question *q, struct place *out)
{
    const struct overseas *there = is_french(q->country) ? find_overseas(q) : NULL;
    const char *zone = there ? there->zone : main_zone(q->country), *region = "";

    if (there)
        region = there->region;
    else if (same(q->country, "FR") && is_alsace_moselle(q->postcode))
        region = "AM";
    if (*q->timezone && local_zone_is_known(q->timezone))
        zone = q->timezone;
    if (!zone)
        zone = q->house_zone;
    snprintf(out->zone, sizeof(out->zone), "%s", zone);
    snprintf(out->country, sizeof(out->country), "%.2s", there ? "FR" : q->country);
    snprintf(out->region, sizeof(out->region), "%s", region);
}
