/* api_import.h - what the files api_import*.c share. */
#pragma once

struct exchange;
struct import;

/* The intake is told to look at the import's partner, once the call is back on the loop. */
void import_hint_partner(struct exchange *x);

/* api_import_undo.c: what undoing did, added to the reply; two handlers of api_import.c's table. */
void import_put_undone(struct exchange *x, const struct import *import);
void import_undo_command(struct exchange *x);
void import_replay_command(struct exchange *x);
