/* profile_choice.c - not yet. */
#include "channel/file/profile_choice.h"
