/*
 * control.h - the unix socket of --control: one command a line in, one line of JSON out.
 *
 * Tests and rehearsals steer the carrier by it. Every answer has "ok"; when that is false, "error"
 * says why. Who may connect is a matter of the socket's directory; the socket itself is mode 0600.
 */
#pragma once

#include <stdio.h>

#include "base/error.h"

struct control;
struct smsc;

enum rc control_open(struct smsc *c, const char *path, struct control **out,
                     struct error *err) MUST_CHECK;
void control_close(struct control *control); /* NULL is fine */
void control_print_commands(FILE *out);      /* for --help */

struct buffer;
/* One command; for tests without a socket. */
void control_run(struct smsc *c, const char *line, struct buffer *answer);
