/* rc.c - names of the return codes. */
#include "base/rc.h"

const char *rc_name(enum rc rc)
{
    switch (rc) {
    case RC_OK:
        return "ok";
    case RC_AGAIN:
        return "again";
    case RC_NOTFOUND:
        return "notfound";
    case RC_CONFLICT:
        return "conflict";
    case RC_INVALID:
        return "invalid";
    case RC_UNKNOWN:
        return "unknown";
    case RC_FAIL:
        return "fail";
    }
    return "?";
}
