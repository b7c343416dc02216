/* matter_private.h - what the files of matters share. */
#pragma once

#include "store/matter.h"

/* Of a name that the database gave. */
enum matter_kind matter_kind_of(const char *name);
enum matter_state matter_state_of(const char *name);
