/* log.c - format one event and hand it to stderr or syslog in one write. */
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"

#define LINE_SIZE 2048
#define PARTS_MAX 32

static const char *const level_names[] = { "error", "warn", "info", "debug" };
static const int syslog_levels[] = { LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

static struct {
    pthread_rwlock_t lock;
    bool syslog;
    enum log_level level;
    size_t n;
    struct {
        char name[24];
        enum log_level level;
    } parts[PARTS_MAX];
} settings = { .lock = PTHREAD_RWLOCK_INITIALIZER, .level = LOG_LEVEL_INFO };

enum rc log_level_parse(const char *name, enum log_level *level)
{
    for (size_t i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++) {
        if (strcmp(name, level_names[i]) == 0) {
            *level = (enum log_level)i;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

void log_to_stderr(void)
{
    pthread_rwlock_wrlock(&settings.lock);
    settings.syslog = false;
    pthread_rwlock_unlock(&settings.lock);
}

void log_to_syslog(const char *program)
{
    openlog(program, LOG_PID | LOG_NDELAY, LOG_DAEMON);
    pthread_rwlock_wrlock(&settings.lock);
    settings.syslog = true;
    pthread_rwlock_unlock(&settings.lock);
}

void log_reset_levels(void)
{
    pthread_rwlock_wrlock(&settings.lock);
    settings.level = LOG_LEVEL_INFO;
    settings.n = 0;
    pthread_rwlock_unlock(&settings.lock);
}

void log_set_level(const char *part, enum log_level level)
{
    pthread_rwlock_wrlock(&settings.lock);
    if (!part) {
        settings.level = level;
    } else if (settings.n < PARTS_MAX) {
        snprintf(settings.parts[settings.n].name, sizeof(settings.parts[0].name), "%s", part);
        settings.parts[settings.n++].level = level;
    }
    pthread_rwlock_unlock(&settings.lock);
}

bool log_enabled(enum log_level level, const char *part)
{
    enum log_level wanted;

    pthread_rwlock_rdlock(&settings.lock);
    wanted = settings.level;
    for (size_t i = 0; i < settings.n; i++) {
        if (strcmp(settings.parts[i].name, part) == 0)
            wanted = settings.parts[i].level;
    }
    pthread_rwlock_unlock(&settings.lock);
    return level <= wanted;
}

/* A partial write to a full pipe loses the rest of the line: a log never stops the daemon. */
static void write_line(const char *line, size_t len)
{
    ssize_t ignored = write(STDERR_FILENO, line, len);

    (void)ignored;
}

void log_write(enum log_level level, const char *part, const char *fmt, ...)
{
    char line[LINE_SIZE], when[CLOCK_TEXT_SIZE];
    va_list ap;
    int head, body;
    size_t len;

    if (!log_enabled(level, part))
        return;
    head = snprintf(line, sizeof(line), "%s %-5s %s ", clock_format(clock_now(), when),
                    level_names[level], part);
    va_start(ap, fmt);
    body = vsnprintf(line + head, sizeof(line) - (size_t)head - 1, fmt, ap);
    va_end(ap);
    if (body < 0)
        return;
    if (settings.syslog) {
        syslog(syslog_levels[level], "%s", line + CLOCK_TEXT_SIZE);
        return;
    }
    len = strlen(line);
    line[len++] = '\n';
    write_line(line, len);
}

const char *log_text(char buf[LOG_TEXT_SIZE], const char *text, size_t len)
{
    size_t out = 0;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (out + 8 > LOG_TEXT_SIZE) {
            memcpy(buf + out, "...", 3);
            out += 3;
            break;
        }
        if (c == '"' || c == '\\') {
            buf[out++] = '\\';
            buf[out++] = (char)c;
        } else if (c < 0x20 || c == 0x7f) {
            out += (size_t)snprintf(buf + out, 5, "\\x%02x", c);
        } else {
            buf[out++] = (char)c;
        }
    }
    buf[out] = '\0';
    return buf;
}

const char *log_address(char buf[LOG_ADDRESS_SIZE], const char *address)
{
    const char *at = strchr(address, '@');
    size_t len = strlen(address);

    if (at)
        snprintf(buf, LOG_ADDRESS_SIZE, "%.1s...%s", address, at);
    else if (len >= 7)
        snprintf(buf, LOG_ADDRESS_SIZE, "%.3s...%s", address, address + len - 2);
    else
        snprintf(buf, LOG_ADDRESS_SIZE, "%s", address); /* a short code is no one's secret */
    return buf;
}
