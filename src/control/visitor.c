/* visitor.c - what the headers of a request tell of its sender. */
#include "control/visitor.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <sodium.h>

/* In any case, anywhere in the agent's name. */
static const char *const bots[] = {
    "bot",
    "crawl",
    "spider",
    "preview",
    "facebookexternalhit",
    "facebookcatalog",
    "whatsapp",
    "slack",
    "skypeuripreview",
    "embedly",
    "vkshare",
    "snapchat",
    "fetch",
    "scan",
    "monitor",
    "curl/",
    "wget/",
    "python",
    "go-http-client",
    "java/",
    "okhttp",
    "libwww",
    "headless",
    "lighthouse",
    "google-safety",
    "proofpoint",
    "barracuda",
    "mimecast",
    "bingpreview",
};

static bool holds(const char *text, const char *word)
{
    size_t len = strlen(word);

    for (; *text; text++) {
        if (strncasecmp(text, word, len) == 0)
            return true;
    }
    return false;
}

bool visitor_is_bot(const char *method, const char *agent, const char *purpose)
{
    if (strcmp(method, "HEAD") == 0 || !agent || !*agent)
        return true;
    if (purpose && (holds(purpose, "prefetch") || holds(purpose, "preview")))
        return true;
    for (size_t i = 0; i < sizeof(bots) / sizeof(bots[0]); i++) {
        if (holds(agent, bots[i]))
            return true;
    }
    return false;
}

const char *visitor_address(const char *peer, const char *forwarded_for)
{
    const char *comma;

    if (!forwarded_for || (strncmp(peer, "127.", 4) != 0 && strcmp(peer, "::1") != 0))
        return peer;
    comma = strrchr(forwarded_for, ',');
    forwarded_for = comma ? comma + 1 : forwarded_for;
    return forwarded_for + strspn(forwarded_for, " ");
}

void visitor_hash(const uint8_t key[VISITOR_KEY], int64_t day, const char *address, uint8_t out[8])
{
    char text[120];
    int len = snprintf(text, sizeof(text), "%lld %.80s", (long long)day, address);

    _Static_assert(crypto_shorthash_BYTES == 8 && crypto_shorthash_KEYBYTES == VISITOR_KEY,
                   "SipHash");
    crypto_shorthash(out, (const unsigned char *)text, (size_t)len, key);
}
