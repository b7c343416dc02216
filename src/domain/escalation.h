/*
 * escalation.h - a policy: who is told when, until what people are reminded of is settled. Pure: no
 * I/O, no clock. Its times are working time; domain/escalation_time.h counts them.
 *
 *   after 60m employee by sms
 *   after 60m employee by sms and mail
 *   after 2h manager by sms urgent
 *   after 4h person paula by mail
 *   repeat every 4h 3 times
 *   late skip 2h
 *   acknowledged again after 8h
 *
 * A sentence a line, or with ; between them. Without `late`, what was missed is made up whenever;
 * without `acknowledged`, whoever says that they are at it is not asked again.
 */
#pragma once

#include "domain/staff.h"

struct buffer;

#define ESCALATION_STEPS_MAX   20
#define ESCALATION_NAME_MAX    40                           /* characters */
#define ESCALATION_TEXT_MAX    4000                         /* bytes of a policy */
#define ESCALATION_AFTER_MAX   (1000 * 3600 * USEC_PER_SEC) /* working time */
#define ESCALATION_REPEATS_MAX 100
#define ESCALATION_REPEAT_MIN  (5 * 60 * USEC_PER_SEC)

enum escalation_whom {
    ESCALATE_EMPLOYEE, /* whose the matter is */
    ESCALATE_MANAGER,  /* of that person; of nobody: a manager of the team */
    ESCALATE_DIRECTOR,
    ESCALATE_PERSON, /* of that login */
};

struct escalation_step {
    int64_t after_us; /* working time since the step before; of the first: since the beginning */
    enum escalation_whom whom;
    char login[STAFF_LOGIN_SIZE]; /* of ESCALATE_PERSON; else "" */
    bool by_sms, by_mail, urgent;
};

struct escalation_policy {
    struct escalation_step steps[ESCALATION_STEPS_MAX];
    size_t n;
    int64_t repeat_us; /* of the last step, working time; 0: it is not repeated */
    unsigned repeats;  /* how often */
    int64_t skip_us;   /* a step that is later than this is skipped; 0: it is made up whenever */
    int64_t ack_us;    /* what was acknowledged goes on after so much working time; 0: never */
};

/* RC_INVALID: err says in which line, what is wrong and what was expected. */
enum rc escalation_parse(const char *text, struct escalation_policy *out,
                         struct error *err) MUST_CHECK;
/* The sentences of a policy, a line each, as escalation_parse() reads them. */
void escalation_print(const struct escalation_policy *policy, struct buffer *out);
/* One of its steps: "manager by sms urgent". */
void escalation_print_step(const struct escalation_step *step, struct buffer *out);
