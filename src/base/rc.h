/*
 * rc.h - what every function that can fail returns.
 *
 * Zero is success, so `if (rc)` always reads "if it went wrong". A business answer ("no consent",
 * "no such keyword") is not an error: it has an enum of its own.
 */
#pragma once

#define MUST_CHECK __attribute__((warn_unused_result))

enum rc {
    RC_OK = 0,
    RC_AGAIN,    /* not now: queue full, link down, database away; the same call may work later */
    RC_NOTFOUND, /* the thing named does not exist */
    RC_CONFLICT, /* somebody else got there first, or it is no longer in the state expected */
    RC_INVALID,  /* the input is wrong; trying again will not help */
    RC_UNKNOWN,  /* a COMMIT whose outcome nobody can tell: look before acting */
    RC_FAIL,     /* the outside world failed; the detail is in the log */
};

const char *rc_name(enum rc rc);
