/* staff_reply_private.h - what the files staff_reply*.c share: one answer on its way. */
#pragma once

#include "domain/staff.h"
#include "domain/zone_shelf.h"
#include "store/contact_task_command.h"
#include "store/staff_answer.h"
#include "store/staff_reply.h"

#define STAFF_REPLY_SUBJECTS_MAX 100
#define STAFF_REPLY_TOLD_MAX     50 /* of one answer; what is open beyond that is the next one's */

/* A task or an alert, as it is. */
struct staff_reply_subject {
    struct staff_reply_number number;
    const char *name;
    bool theirs;     /* this person may answer for it */
    bool over;       /* a person cancelled it; it is closed; it has a result that this person may
                      * not correct */
    bool gone;       /* cancelled, be it by a person or by Relais */
    bool corrects;   /* this person may correct a result */
    const char *was; /* which result it has, and whose; NULL: none */
    const char *has; /* who of the person's own team has it; NULL: nobody of them */
    bool waits;      /* it has no result yet */
};

/* What is to be done for one number, besides what the answer says of it. */
struct staff_reply_work {
    struct staff_reply_act act;
    bool doable; /* as far as was known before the transaction */
    struct contact_report report;
    struct contact_result_ids ids;
    struct contact_recorded recorded; /* act.agreed and act.others point into it */
    struct staff_reply_other others[CONTACT_OTHERS_MAX];
    struct contact_remark remark; /* the note of what is no result of a task; note NULL: none */
    uint64_t audit_id;            /* of what is no result, which has its own */
};

struct staff_reply_job {
    const struct staff_reply_rules *rules;
    const struct staff_answer *answer; /* of a link: its id is 0 */
    enum contact_via via;
    utc_us now;
    struct arena *arena;
    struct staff_reply_done *out;

    struct staff_book book;
    const struct staff_member *me;
    struct zone_shelf zones;
    struct contact_house house;
    struct contact_outcomes outcomes;
    struct staff_reply_outcome *words; /* the same, as they are read */
    struct reply_clock clock;

    struct staff_reply_subject subjects[STAFF_REPLY_SUBJECTS_MAX];
    size_t n_subjects;
    struct notice_matter told[STAFF_REPLY_TOLD_MAX]; /* by the notice that it answers ... */
    size_t n_told, told_all, told_open;              /* ... as struct notice_told says */
    size_t told_named; /* of told_open: what the SMS named, or all if it was no SMS */
    bool named[STAFF_REPLY_TOLD_MAX]; /* of each of `told` */
    bool others;                      /* other notices wait for an answer, too */
    size_t more;                      /* of told_named, left for the next answer */
    size_t unnamed; /* of told_open, not meant by "all": it was counted, and not named */
    struct staff_answer_last last; /* was written to this person after that notice */
    bool is_customer;              /* and may write as one */

    struct staff_reply reply;
    struct staff_reply_work works[STAFF_REPLY_ACTS_MAX];
    size_t n_works;

    uint64_t message_id, mail_id; /* for the answer */
    uint64_t alert_id;            /* for one that is given up */
    uint64_t answer_id;           /* that of them which was used; 0: none */
    unsigned questions;           /* in the last hour, of the same kind */
};

/* The person, the book, the catalogue, the clock. RC_NOTFOUND: nobody who works here. */
enum rc staff_reply_open(struct db *db, struct staff_reply_job *j, unsigned staff_id) MUST_CHECK;
void staff_reply_close(struct staff_reply_job *j);
/* What a number is, and whether it is theirs; NULL: there is no such thing, or no more room. */
enum rc staff_reply_look(struct db *db, struct staff_reply_job *j,
                         const struct staff_reply_number *number,
                         const struct staff_reply_subject **out) MUST_CHECK;
/* What that notice told of; notice_id 0: the last one that the person can have read. */
enum rc staff_reply_told(struct db *db, struct staff_reply_job *j, uint64_t notice_id) MUST_CHECK;
enum rc staff_reply_is_customer(struct db *db, struct staff_reply_job *j) MUST_CHECK;

/* Before the transaction: an act for each number of each command, with the ids that it needs. */
enum rc staff_reply_plan(struct db *db, struct staff_reply_job *j) MUST_CHECK;
/* Part of the transaction: all of them; what cannot be done says so in its fate. */
enum rc staff_reply_do(struct db *db, struct staff_reply_job *j) MUST_CHECK;
