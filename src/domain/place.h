/*
 * place.h - where a customer's clock hangs: time zone, country, and the department of France that
 * has holidays of its own. Pure but for the names of time zones (domain/local_time.h).
 */
#pragma once

#define PLACE_ZONE_SIZE 41

struct place {
    char zone[PLACE_ZONE_SIZE]; /* "Europe/Paris" */
    char country[3];            /* of its holidays */
    char region[4];             /* as holiday_is() takes it */
};

struct place_question {
    const char *timezone; /* the customer's own; "": not told */
    const char *country, *postcode;
    const char *address;    /* E.164 */
    const char *house_zone; /* where nothing else tells */
};

/*
 * The customer's own time zone; else that of a French overseas postcode, or number; else the main
 * one of the country; else the house's. A time zone that nobody knows is as none.
 */
void place_of(const struct place_question *q, struct place *out);
