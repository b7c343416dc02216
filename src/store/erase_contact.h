/* erase_contact.h - contacts with a customer who is erased: none is to be made any more, and what
 * was said is forgotten, also in what people of the house were told and what they answered. */
#pragma once

#include <stdint.h>

#include "base/rc.h"

struct db;

/* Part of the erasure's transaction; done again, it finds what came meanwhile. Times, outcomes and
 * who made the contacts stay: they are the house's own. */
enum rc erase_contacts(struct db *db, uint64_t customer_id) MUST_CHECK;
