/* reach.c - the four ways, as rows. */
#include "domain/reach.h"

#include <string.h>

static const struct way {
    const char *name;
    unsigned n;
    enum channel channels[2];
} ways[] = {
    [REACH_SMS] = { "sms", 1, { CHANNEL_SMS } },
    [REACH_EMAIL] = { "email", 1, { CHANNEL_EMAIL } },
    [REACH_SMS_EMAIL] = { "sms,email", 2, { CHANNEL_SMS, CHANNEL_EMAIL } },
    [REACH_EMAIL_SMS] = { "email,sms", 2, { CHANNEL_EMAIL, CHANNEL_SMS } },
};

#define N_WAYS (sizeof(ways) / sizeof(ways[0]))

const char *reach_name(enum reach reach)
{
    return ways[reach].name;
}

enum rc reach_parse(const char *name, enum reach *out)
{
    for (size_t i = 0; i < N_WAYS; i++) {
        if (strcmp(name, ways[i].name) == 0) {
            *out = (enum reach)i;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

unsigned reach_channels(enum reach reach)
{
    return ways[reach].n;
}

enum channel reach_channel(enum reach reach, unsigned nth)
{
    return ways[reach].channels[nth];
}

bool reach_has(enum reach reach, enum channel channel)
{
    return ways[reach].channels[0] == channel ||
           (ways[reach].n > 1 && ways[reach].channels[1] == channel);
}
