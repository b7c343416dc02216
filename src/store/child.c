/* child.c - fork and exec with an argument array, and pidfds to hear of the end. */
#define _GNU_SOURCE
#include "store/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define COMMAND_LINE_MAX 8192

enum rc child_find(const char *name, char **path, struct error *err)
{
    static const char more[] = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/usr/libexec";
    const char *const lists[] = { getenv("PATH"), more };

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        for (const char *p = lists[i]; p && *p;) {
            const size_t len = strcspn(p, ":");
            char *candidate;

            if (asprintf(&candidate, "%.*s/%s", (int)len, p, name) < 0)
                return error_set(err, RC_FAIL, "no memory");
            if (p[0] == '/' && access(candidate, X_OK) == 0) {
                *path = candidate;
                return RC_OK;
            }
            free(candidate);
            p += len + (p[len] == ':');
        }
    }
    return error_set(err, RC_NOTFOUND, "%s not found in PATH or in /usr/sbin", name);
}

/* Between fork and exec: only what is safe after a fork of a threaded program. */
static void child_become(char *const argv[], int output, pid_t parent)
{
    static const int reset[] = { SIGPIPE, SIGHUP, SIGINT, SIGTERM, SIGCHLD, SIGUSR1, SIGUSR2 };
    sigset_t none;
    int null;

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(127); /* it died before the kernel knew what we want then */
    for (size_t i = 0; i < sizeof(reset) / sizeof(reset[0]); i++)
        signal(reset[i], SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
        dup2(output, STDERR_FILENO) < 0)
        _exit(127);
    close_range(STDERR_FILENO + 1, ~0U, 0);
    execv(argv[0], argv);
    _exit(127);
}

enum rc child_start(struct child *child, char *const argv[], int output, struct error *err)
{
    const pid_t parent = getpid();
    pid_t pid = fork();
    int fd;

    if (pid == 0)
        child_become(argv, output, parent);
    if (pid < 0)
        return error_set(err, RC_FAIL, "cannot start %s: %s", argv[0], strerror(errno));
    fd = pidfd_open(pid, 0);
    if (fd < 0) {
        const int why = errno;
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        return error_set(err, RC_FAIL, "cannot watch %s: %s", argv[0], strerror(why));
    }
    *child = (struct child){ .pid = pid, .fd = fd };
    return RC_OK;
}

/* True when the process behind the pidfd has ended. */
static bool wait_for_end(int fd, int64_t timeout_ms)
{
    const int64_t until = clock_monotonic_us() + timeout_ms * USEC_PER_MSEC;
    struct pollfd p = { .fd = fd, .events = POLLIN };
    int64_t left = timeout_ms;

    do {
        if (poll(&p, 1, (int)left) > 0)
            return true;
        left = (until - clock_monotonic_us()) / USEC_PER_MSEC;
    } while (left > 0);
    return false;
}

enum rc child_wait(struct child *child, int64_t timeout_ms, int *status)
{
    if (!wait_for_end(child->fd, timeout_ms))
        return RC_AGAIN;
    *status = 0;
    while (waitpid(child->pid, status, 0) < 0 && errno == EINTR)
        ;
    close(child->fd);
    *child = (struct child)CHILD_NONE;
    return RC_OK;
}

void child_stop(struct child *child, int64_t patience_ms)
{
    int status;

    if (child->pid == 0)
        return;
    kill(child->pid, SIGTERM);
    if (child_wait(child, patience_ms, &status) == RC_OK)
        return;
    kill(child->pid, SIGKILL);
    while (child_wait(child, patience_ms, &status))
        ;
}

/* Arguments in /proc/PID/cmdline end with NUL each. */
static bool process_has_argument(pid_t pid, const char *arg)
{
    char path[64], line[COMMAND_LINE_MAX];
    ssize_t len;
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    len = read(fd, line, sizeof(line) - 1);
    close(fd);
    if (len <= 0)
        return false;
    line[len] = '\0';
    for (const char *p = line; p < line + len; p += strlen(p) + 1) {
        if (strcmp(p, arg) == 0)
            return true;
    }
    return false;
}

bool child_stop_stray(pid_t pid, const char *arg, int64_t patience_ms)
{
    int fd = pid > 1 ? pidfd_open(pid, 0) : -1;
    bool is_it;

    if (fd < 0)
        return false;
    is_it = process_has_argument(pid, arg); /* asked after the pidfd: a number used again is seen */
    if (is_it) {
        pidfd_send_signal(fd, SIGTERM, NULL, 0);
        if (!wait_for_end(fd, patience_ms)) {
            pidfd_send_signal(fd, SIGKILL, NULL, 0);
            wait_for_end(fd, patience_ms);
        }
    }
    close(fd);
    return is_it;
}

const char *child_ending(int status, char buf[32])
{
    if (WIFSIGNALED(status))
        snprintf(buf, 32, "signal %d", WTERMSIG(status));
    else
        snprintf(buf, 32, "exit status %d", WEXITSTATUS(status));
    return buf;
}
