/* kick.h - on the loop, after a change: whoever sends looks at once. */
#pragma once

struct control_house;

void kick_senders(const struct control_house *house);    /* messages or mails were queued */
void refresh_senders(const struct control_house *house); /* a queue or a carrier was changed */
