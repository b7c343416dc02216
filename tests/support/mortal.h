/*
 * mortal.h - a child process that ends before or after its Nth statement, as kill -9 would end it.
 *
 * The faults come by the linker: link with -Wl,--wrap=mysql_real_query and
 * -Wl,--wrap=mysql_stmt_execute.
 */
#pragma once

#include <stdbool.h>

/* Runs body(arg) in a child that ends at its nth statement (from 1). True: it came to its end
 * before that; the test fails if body() did not return 0 then. */
bool mortal_run(unsigned nth, bool after, int (*body)(void *arg), void *arg);
