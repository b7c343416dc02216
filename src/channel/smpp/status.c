/* status.c - the words and the meaning of command_status, outcomes and receipt states. */
#include <smpp34.h>

#include <strings.h>

#include "channel/smpp/smpp.h"
#include "channel/smpp/status_policy.h"

#define VENDOR_FIRST 0x400 /* SMPP 3.4, 5.1.3 */
#define VENDOR_LAST  0x4ff

/*
 * What is not in this table is temporary, and flow limits how often it tries: carriers use vendor
 * codes and reserved ones for anything from "no credit" to "busy".
 */
static const struct {
    uint32_t status;
    enum smpp_status_class class;
    const char *name;
} statuses[] = {
    { ESME_ROK, SMPP_STATUS_OK, "ESME_ROK" },
    { ESME_RTHROTTLED, SMPP_STATUS_THROTTLED, "ESME_RTHROTTLED" },
    { ESME_RMSGQFUL, SMPP_STATUS_THROTTLED, "ESME_RMSGQFUL" },
    { ESME_RINVMSGLEN, SMPP_STATUS_PERMANENT, "ESME_RINVMSGLEN" },
    { ESME_RINVCMDLEN, SMPP_STATUS_PERMANENT, "ESME_RINVCMDLEN" },
    { ESME_RINVCMDID, SMPP_STATUS_TEMPORARY, "ESME_RINVCMDID" },
    { ESME_RINVBNDSTS, SMPP_STATUS_TEMPORARY, "ESME_RINVBNDSTS" },
    { ESME_RALYBND, SMPP_STATUS_TEMPORARY, "ESME_RALYBND" },
    { ESME_RINVPRTFLG, SMPP_STATUS_PERMANENT, "ESME_RINVPRTFLG" },
    { ESME_RINVREGDLVFLG, SMPP_STATUS_PERMANENT, "ESME_RINVREGDLVFLG" },
    { ESME_RSYSERR, SMPP_STATUS_TEMPORARY, "ESME_RSYSERR" },
    { ESME_RINVSRCADR, SMPP_STATUS_PERMANENT, "ESME_RINVSRCADR" },
    { ESME_RINVDSTADR, SMPP_STATUS_PERMANENT, "ESME_RINVDSTADR" },
    { ESME_RINVMSGID, SMPP_STATUS_PERMANENT, "ESME_RINVMSGID" },
    { ESME_RBINDFAIL, SMPP_STATUS_TEMPORARY, "ESME_RBINDFAIL" },
    { ESME_RINVPASWD, SMPP_STATUS_TEMPORARY, "ESME_RINVPASWD" },
    { ESME_RINVSYSID, SMPP_STATUS_TEMPORARY, "ESME_RINVSYSID" },
    { ESME_RINVSERTYP, SMPP_STATUS_PERMANENT, "ESME_RINVSERTYP" },
    { ESME_RINVESMCLASS, SMPP_STATUS_PERMANENT, "ESME_RINVESMCLASS" },
    { ESME_RSUBMITFAIL, SMPP_STATUS_TEMPORARY, "ESME_RSUBMITFAIL" },
    { ESME_RINVSRCTON, SMPP_STATUS_PERMANENT, "ESME_RINVSRCTON" },
    { ESME_RINVSRCNPI, SMPP_STATUS_PERMANENT, "ESME_RINVSRCNPI" },
    { ESME_RINVDSTTON, SMPP_STATUS_PERMANENT, "ESME_RINVDSTTON" },
    { ESME_RINVDSTNPI, SMPP_STATUS_PERMANENT, "ESME_RINVDSTNPI" },
    { ESME_RINVSYSTYP, SMPP_STATUS_TEMPORARY, "ESME_RINVSYSTYP" },
    { ESME_RINVREPFLAG, SMPP_STATUS_PERMANENT, "ESME_RINVREPFLAG" },
    { ESME_RINVSCHED, SMPP_STATUS_PERMANENT, "ESME_RINVSCHED" },
    { ESME_RINVEXPIRY, SMPP_STATUS_PERMANENT, "ESME_RINVEXPIRY" },
    { ESME_RINVDFTMSGID, SMPP_STATUS_PERMANENT, "ESME_RINVDFTMSGID" },
    { ESME_RX_T_APPN, SMPP_STATUS_TEMPORARY, "ESME_RX_T_APPN" },
    { ESME_RX_P_APPN, SMPP_STATUS_PERMANENT, "ESME_RX_P_APPN" },
    { ESME_RX_R_APPN, SMPP_STATUS_PERMANENT, "ESME_RX_R_APPN" },
    { ESME_RINVOPTPARSTREAM, SMPP_STATUS_PERMANENT, "ESME_RINVOPTPARSTREAM" },
    { ESME_ROPTPARNOTALLWD, SMPP_STATUS_PERMANENT, "ESME_ROPTPARNOTALLWD" },
    { ESME_RINVPARLEN, SMPP_STATUS_PERMANENT, "ESME_RINVPARLEN" },
    { ESME_RMISSINGOPTPARAM, SMPP_STATUS_PERMANENT, "ESME_RMISSINGOPTPARAM" },
    { ESME_RINVOPTPARAMVAL, SMPP_STATUS_PERMANENT, "ESME_RINVOPTPARAMVAL" },
    { ESME_RDELIVERYFAILURE, SMPP_STATUS_PERMANENT, "ESME_RDELIVERYFAILURE" },
    { ESME_RUNKNOWNERR, SMPP_STATUS_TEMPORARY, "ESME_RUNKNOWNERR" },
};
#define STATUSES (sizeof(statuses) / sizeof(statuses[0]))

enum smpp_status_class smpp_status_class(uint32_t command_status)
{
    for (size_t i = 0; i < STATUSES; i++) {
        if (statuses[i].status == command_status)
            return statuses[i].class;
    }
    return SMPP_STATUS_TEMPORARY;
}

const char *smpp_status_name(uint32_t command_status)
{
    for (size_t i = 0; i < STATUSES; i++) {
        if (statuses[i].status == command_status)
            return statuses[i].name;
    }
    return command_status >= VENDOR_FIRST && command_status <= VENDOR_LAST ? "vendor" : "reserved";
}

bool status_from_name(const char *name, uint32_t *status)
{
    for (size_t i = 0; i < STATUSES; i++) {
        if (strcasecmp(statuses[i].name, name) == 0) {
            *status = statuses[i].status;
            return true;
        }
    }
    return false;
}

const char *smpp_status_class_name(enum smpp_status_class c)
{
    static const char *const names[SMPP_STATUS_CLASSES] = { "ok", "throttled", "temporary",
                                                            "permanent" };

    return names[c];
}

const char *smpp_outcome_name(enum smpp_outcome o)
{
    static const char *const names[] = { "answered", "unsent", "unknown", "late" };

    return names[o];
}

const char *smpp_receipt_state_name(enum smpp_receipt_state s)
{
    static const char *const names[] = { "enroute",       "delivered", "expired", "deleted",
                                         "undeliverable", "accepted",  "unknown", "rejected" };

    return names[s];
}
