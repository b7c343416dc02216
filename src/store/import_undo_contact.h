/* import_undo_contact.h - customers go with the import that brought them, and what was planned with
 * them ends. */
#pragma once

#include "base/rc.h"
#include "store/id_list.h"

struct db;

/* Part of the transaction that removes the customers `gone` (its text is made), who had no contacts
 * yet: their open tasks are cancelled, and they are under way in no plan. */
enum rc import_undo_contacts(struct db *db, const struct id_list *gone) MUST_CHECK;
