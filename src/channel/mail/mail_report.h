/* mail_report.h - of a bounce: what the mail system says, and the mail that came back. */
#pragma once

#include <stdbool.h>

struct arena;
struct mail_bytes;
struct mail_entity;
struct mail_facts;
struct mail_skeleton;

/* A part that is read here, and is no attachment. */
bool mail_report_is_of_it(const struct mail_entity *e);
/* Sets facts->report, returned and feedback_type; facts->text was read before. */
void mail_report_read(struct mail_bytes *bytes, const struct mail_skeleton *k, struct arena *arena,
                      struct mail_facts *facts);
