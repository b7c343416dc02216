/* visitor.h - who follows a link: a human, or a program that looks at it for one. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Messengers fetch a link for its preview, carriers and mail servers to look for harm, before any
 * human sees it. `agent`: User-Agent, `purpose`: Purpose or Sec-Purpose; NULL: not sent.
 */
bool visitor_is_bot(const char *method, const char *agent, const char *purpose);

/* Where a request came from when a server of our own machine passed it on: the last address of
 * X-Forwarded-For, which that server wrote. Else the peer. */
const char *visitor_address(const char *peer, const char *forwarded_for);

#define VISITOR_KEY 16
/* Tells the visitors of a day apart and leads back to nobody: keyed, and other on another day. */
void visitor_hash(const uint8_t key[VISITOR_KEY], int64_t day, const char *address, uint8_t out[8]);
