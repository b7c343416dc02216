/* api_template.h - what api_template.c's table takes from api_template_mail.c. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

struct exchange;
struct template_change;
struct template_row;
struct template_sample;

/* Makes the change, and says in the reply which version it is, or why there is none. */
bool template_reply(struct exchange *x, const struct template_change *change);

/* Subject, text and (with "html" in the query) HTML of a sample of a mail. */
void template_put_mail(struct exchange *x, json_t *item, const struct template_sample *s);
/* "files": those of this version, and the pictures in its texts that are not among them. */
void template_put_files(struct exchange *x, const struct template_row *row);

/* "doubts": marks in its texts that are none, and are shown as they stand. */
void template_put_doubts(struct exchange *x, const struct template_row *row);

void template_take_file(struct exchange *x);
void template_drop_file(struct exchange *x);
void template_test(struct exchange *x);
