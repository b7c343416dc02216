/*
 * child.h - run another program: found by its name, started without a shell, ended with us.
 *
 * A child has a process group of its own, so that Ctrl-C reaches us alone and we stop it in order.
 * The kernel sends it SIGTERM when the THREAD that started it ends (PR_SET_PDEATHSIG): start
 * children on a thread that lives as long as the program.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct child {
    pid_t pid; /* 0: none */
    int fd;    /* pidfd: readable when it has ended */
};

#define CHILD_NONE         \
    {                      \
        .pid = 0, .fd = -1 \
    }

/* In PATH, then where Debian keeps servers. The caller frees *path. */
enum rc child_find(const char *name, char **path, struct error *err) MUST_CHECK;
/* `output`: what becomes its stdout and stderr. It inherits no other file. */
enum rc child_start(struct child *child, char *const argv[], int output,
                    struct error *err) MUST_CHECK;
/* RC_OK: it has ended, *status as of waitpid(), the child is none again. RC_AGAIN: not yet. */
enum rc child_wait(struct child *child, int64_t timeout_ms, int *status) MUST_CHECK;
/* SIGTERM, SIGKILL if that was not enough. Returns when it has ended. */
void child_stop(struct child *child, int64_t patience_ms);
/* The same for a process that is not our child, if its command line has the argument `arg`. */
bool child_stop_stray(pid_t pid, const char *arg, int64_t patience_ms);
/* "exit status 1", "signal 9". Returns buf. */
const char *child_ending(int status, char buf[32]);
