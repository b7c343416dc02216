/* api_task.h - what the files api_task.c and api_contact_result.c share. */
#pragma once

#include "control/exchange.h"
#include "store/contact_task.h"

#define TASKS_MAX 1000 /* a page */

/* `language`: of the words that say why. */
json_t *task_json(const struct contact_task *t, const char *language);
/* A task as the reply; x->changed is set. */
void task_reply(struct exchange *x, uint64_t id);
