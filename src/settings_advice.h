/* settings_advice.h - what can be written in relais.conf and will hardly do what was meant. */
#pragma once

struct settings;

/* Calls `tell` for each with a sentence that names the key. Looks at files, too: only whoever runs
 * relaisd can tell which it may read. */
void settings_advise(const struct settings *s, void (*tell)(void *arg, const char *words),
                     void *arg);
