/* mail_partners.h - whose files may come by mail, and from whom. Any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct partner_profiles;

enum mail_partner {
    MAIL_PARTNER_NONE,   /* there is no such partner */
    MAIL_PARTNER_CLOSED, /* none of its profiles has a mail_from */
    MAIL_PARTNER_FAULTY, /* one of its profiles is faulty: nobody knows until it is mended */
    MAIL_PARTNER_TAKES,
};

/* `list`: of intake_profiles(). The code in import-CODE@, `len` bytes, in whichever case. *code: as
 * the partner's profiles have it; lives as long as the list. */
enum mail_partner mail_partner_find(const struct partner_profiles *list, unsigned n,
                                    const char *text, size_t len, const char **code);
/* Why `from` may not send files of this partner, a word for the review list; "": it may. `proved`:
 * somebody vouches for it. */
const char *mail_partner_refuses(const struct partner_profiles *list, unsigned n, const char *code,
                                 const char *from, bool proved);
