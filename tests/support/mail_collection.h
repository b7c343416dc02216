/* mail_collection.h - real mails, for tests that want them all: others wrote them, so they are not
 * part of the project. */
#pragma once

/* The directory that has them, with bounces/ and odd/ in it: RELAIS_MAIL_DATA names it, or it lies
 * beside the source tree in shared/data/mail. NULL: there is none, and the test is skipped. */
const char *mail_collection(void);
