/* relaisctl_partner.h - what the files relaisctl_partner*.c share. */
#pragma once

#include "channel/file/profile.h"
#include "relaisctl.h"

/* The directory of profiles: relaisd's when it answers (and is asked), else what the configuration
 * says. False: a message was printed. */
bool partner_profiles_dir(struct ctl *ctl, bool ask, char out[CTL_PATH_SIZE]);
/* The profile with which the file is read: by its path or its name, or, with a partner's code, the
 * one of that partner's which takes such a file. NULL: a message was printed. */
struct profile *partner_profile(struct ctl *ctl, const char *name, const char *file, int fd);
/* A regular file, opened for reading. -1: a message was printed. */
int partner_open(const char *path);

/* relaisctl_partner_known.c: which of the file's customers, orders and invoices relaisd has. */
struct known_keys;
struct known_keys *known_keys_new(struct ctl *ctl, const struct profile *profile);
void known_keys_free(struct known_keys *keys);
void known_keys_row(struct known_keys *keys, const struct partner_row *row);
/* What they came to, or why nobody knows: added to the report. Of how many keys the rows would be
 * refused: "refused" in it. */
void known_keys_end(struct known_keys *keys, json_t *report);

/* relaisctl_partner_report.c: shows what relaisctl_partner_test.c found. */
void partner_show_report(const json_t *report);
