/*
 * db.c - the life of a connection: opened at first use, lost, found again; transactions.
 *
 * What a failure means is decided here and nowhere else (db_failed). The rule that matters most:
 * once the database has ended a transaction by itself (a deadlock, a lost connection), no statement
 * of its body may run any more, for it would be committed alone. That is what `doom` is for.
 */
#define _GNU_SOURCE
#include "store/db_private.h"

#include <errmsg.h>
#include <mysqld_error.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_PART "db"
#include "base/log.h"

#define PAUSE_FIRST_US (100 * USEC_PER_MSEC)
#define PAUSE_LAST_US  (5 * USEC_PER_SEC)
#define TRIES_MAX      10
#define FIRST_WORDS    60
#define LANES_MAX      128

enum trouble {
    TROUBLE_OTHER,     /* a fault of ours, or of the database: a person must look */
    TROUBLE_LOST,      /* the connection is gone */
    TROUBLE_REPEAT,    /* the whole transaction must run again */
    TROUBLE_LATER,     /* the connection is good; the database cannot do it now */
    TROUBLE_DUPLICATE, /* a unique key was there */
};

static const struct trouble_line {
    unsigned number;
    enum trouble trouble;
    bool answer_lost;   /* the statement may have been done all the same */
    bool quotes_values; /* the message has data in it: not for the log */
} troubles[] = {
    { CR_CONNECTION_ERROR, TROUBLE_LOST, false, false },
    { CR_CONN_HOST_ERROR, TROUBLE_LOST, false, false },
    { CR_SERVER_GONE_ERROR, TROUBLE_LOST, false, false },
    { CR_SERVER_LOST, TROUBLE_LOST, true, false },
    { CR_SERVER_LOST_EXTENDED, TROUBLE_LOST, true, false },
    { CR_COMMANDS_OUT_OF_SYNC, TROUBLE_LOST, true, false },
    { CR_SSL_CONNECTION_ERROR, TROUBLE_LOST, true, false },
    { CR_MALFORMED_PACKET, TROUBLE_LOST, true, false },
    { CR_STMT_CLOSED, TROUBLE_LOST, false, false },
    { ER_UNKNOWN_STMT_HANDLER, TROUBLE_LOST, false, false },
    { ER_CONNECTION_KILLED, TROUBLE_LOST, false, false },
    { ER_SERVER_SHUTDOWN, TROUBLE_LOST, false, false },
    { ER_NET_READ_INTERRUPTED, TROUBLE_LOST, false, false },
    { ER_NET_READ_ERROR, TROUBLE_LOST, false, false },
    { ER_LOCK_WAIT_TIMEOUT, TROUBLE_REPEAT, false, false },
    { ER_LOCK_DEADLOCK, TROUBLE_REPEAT, false, false },
    { ER_CHECKREAD, TROUBLE_REPEAT, false, false },
    { ER_UNKNOWN_COM_ERROR, TROUBLE_LATER, false, false }, /* Galera: no quorum */
    { ER_QUERY_INTERRUPTED, TROUBLE_LATER, false, false },
    { ER_STATEMENT_TIMEOUT, TROUBLE_LATER, false, false },
    { ER_DISK_FULL, TROUBLE_LATER, false, false },
    { ER_ERROR_ON_WRITE, TROUBLE_LATER, false, false },
    { ER_GET_ERRNO, TROUBLE_LATER, false, false }, /* the system's: no space, most often */
    { ER_TEMP_FILE_WRITE_FAILURE, TROUBLE_LATER, false, false },
    { ER_OUTOFMEMORY, TROUBLE_LATER, false, false },
    { ER_OUT_OF_RESOURCES, TROUBLE_LATER, false, false },
    { ER_LOCK_TABLE_FULL, TROUBLE_LATER, false, false },
    { ER_RECORD_FILE_FULL, TROUBLE_LATER, false, false },
    { ER_OPTION_PREVENTS_STATEMENT, TROUBLE_LATER, false, false }, /* read-only just now */
    { ER_DUP_ENTRY, TROUBLE_DUPLICATE, false, true },
    { ER_DUP_ENTRY_WITH_KEY_NAME, TROUBLE_DUPLICATE, false, true },
    { ER_TRUNCATED_WRONG_VALUE, TROUBLE_OTHER, false, true },
    { ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, TROUBLE_OTHER, false, true },
    { ER_WRONG_VALUE_FOR_TYPE, TROUBLE_OTHER, false, true },
    { ER_WRONG_VALUE, TROUBLE_OTHER, false, true },
    { ER_DATA_OUT_OF_RANGE, TROUBLE_OTHER, false, true },
};

static const struct trouble_line *trouble_find(unsigned number)
{
    static const struct trouble_line other = { 0, TROUBLE_OTHER, false, false };

    for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++) {
        if (troubles[i].number == number)
            return &troubles[i];
    }
    return &other;
}

struct db *db_open(const struct db_settings *settings, unsigned lane)
{
    struct db *db = calloc(1, sizeof(*db));

    if (!db)
        return NULL;
    mysql_thread_init();
    db->settings = settings;
    db->lane = lane;
    return db;
}

static void db_hang_up(struct db *db)
{
    mysql_close(db->mysql); /* NULL is fine */
    db->mysql = NULL;
    statement_drop_all(db);
}

void db_close(struct db *db)
{
    if (!db)
        return;
    if (db->second)
        db_hang_up(db->second);
    free(db->second);
    db_hang_up(db);
    free(db);
    mysql_thread_end();
}

struct db *db_second(struct db *db)
{
    if (!db->second)
        db->second = calloc(1, sizeof(*db));
    if (db->second) {
        db->second->settings = db->settings;
        db->second->lane = db->lane + LANES_MAX;
    }
    return db->second;
}

unsigned db_node(const struct db *db)
{
    return db->settings->node_id;
}

unsigned db_lane(const struct db *db)
{
    return db->lane;
}

const unsigned char *db_pseudonym_key(const struct db *db)
{
    return db->settings->pseudonym_key;
}

/* --- the connection comes and goes --- */

static void db_complain(struct db *db, const char *event, unsigned number, const char *message)
{
    char safe[LOG_TEXT_SIZE];

    if (db->complained == number)
        return;
    db->complained = number;
    log_warn("lane=%u database=%s errno=%u error=\"%s\"", db->lane, event, number,
             log_text(safe, message, strlen(message)));
}

static void db_lose(struct db *db, unsigned number, const char *message)
{
    if (!db->away_since)
        db->away_since = clock_monotonic_us();
    db_complain(db, "lost", number, message);
    db_hang_up(db);
}

static enum rc db_connect(struct db *db)
{
    const int64_t now = clock_monotonic_us();
    struct error err;
    unsigned number;

    if (now < db->retry_at)
        return RC_AGAIN;
    db->mysql = db_dial(db->settings, db->settings->database, &number, &err);
    if (!db->mysql) {
        if (!db->away_since)
            db->away_since = now;
        db_complain(db, "away", number, err.text);
        db->pause_us = db->pause_us ? db->pause_us * 2 : PAUSE_FIRST_US;
        if (db->pause_us > PAUSE_LAST_US)
            db->pause_us = PAUSE_LAST_US;
        db->retry_at = clock_monotonic_us() + db->pause_us;
        return RC_AGAIN;
    }
    if (db->away_since)
        log_info("lane=%u database=back away_ms=%lld", db->lane,
                 (long long)((clock_monotonic_us() - db->away_since) / USEC_PER_MSEC));
    db->away_since = 0;
    db->complained = 0;
    db->pause_us = 0;
    db->retry_at = 0;
    return RC_OK;
}

/* The server hung up while we were idle (a restart, wait_timeout, KILL): better seen before a
 * statement goes out, while nothing can be in doubt. */
static bool db_was_hung_up(struct db *db)
{
    struct pollfd p = { .fd = mysql_get_socket(db->mysql), .events = POLLRDHUP };

    return poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL));
}

enum rc db_ready(struct db *db)
{
    if (db->in_transaction)
        return db->doom == DOOM_NONE ? RC_OK : RC_AGAIN;
    if (db->mysql && db_was_hung_up(db))
        db_lose(db, CR_SERVER_GONE_ERROR, "the server closed the connection");
    return db->mysql ? RC_OK : db_connect(db);
}

static void log_fault(struct db *db, unsigned number, bool secret, const char *message,
                      const char *sql)
{
    char safe[LOG_TEXT_SIZE], words[LOG_TEXT_SIZE];

    if (secret)
        message = "(not shown: it quotes data)";
    log_error("lane=%u statement=\"%s\" errno=%u error=\"%s\"", db->lane,
              log_text(words, sql, strnlen(sql, FIRST_WORDS)), number,
              log_text(safe, message, strlen(message)));
}

enum rc db_failed(struct db *db, unsigned number, const char *message, const char *sql,
                  enum db_effect effect)
{
    const struct trouble_line *line = trouble_find(number);
    char copy[512]; /* the message belongs to what is freed below */

    switch (line->trouble) {
    case TROUBLE_LOST:
        snprintf(copy, sizeof(copy), "%s", message);
        db_lose(db, number, copy);
        if (db->in_transaction)
            db->doom = DOOM_LATER;
        else if (effect == DB_WRITES && line->answer_lost)
            return RC_UNKNOWN;
        return RC_AGAIN;
    case TROUBLE_REPEAT:
        if (db->in_transaction)
            db->doom = DOOM_REPEAT;
        return RC_AGAIN;
    case TROUBLE_LATER:
        db_complain(db, "refusing", number, message);
        if (db->in_transaction)
            db->doom = DOOM_LATER;
        return RC_AGAIN;
    case TROUBLE_DUPLICATE:
        return RC_CONFLICT;
    case TROUBLE_OTHER:
        log_fault(db, number, line->quotes_values, message, sql);
        return RC_FAIL;
    }
    return RC_FAIL;
}

/* --- transactions --- */

static enum rc transaction_begin(struct db *db)
{
    static const char begin[] = "START TRANSACTION";
    enum rc rc = db_ready(db);

    if (rc)
        return rc;
    if (mysql_real_query(db->mysql, begin, sizeof(begin) - 1))
        return db_failed(db, mysql_errno(db->mysql), mysql_error(db->mysql), begin, DB_READS);
    db->in_transaction = true;
    db->doom = DOOM_NONE;
    return RC_OK;
}

/* A COMMIT that was refused did nothing. Of any other failure nobody can say: the answer was lost,
 * or the server itself does not know (1180). The connection goes, so that nothing stays open in it.
 */
static enum rc transaction_commit(struct db *db)
{
    static const char commit[] = "COMMIT";
    unsigned number;
    char message[512];

    if (mysql_real_query(db->mysql, commit, sizeof(commit) - 1) == 0) {
        db->complained = 0;
        return RC_OK;
    }
    number = mysql_errno(db->mysql);
    snprintf(message, sizeof(message), "%s", mysql_error(db->mysql));
    switch (trouble_find(number)->trouble) {
    case TROUBLE_REPEAT:
        db->doom = DOOM_REPEAT;
        return RC_AGAIN;
    case TROUBLE_LATER:
        if (number == ER_UNKNOWN_COM_ERROR) {
            db_lose(db, number, message);
            return RC_AGAIN;
        }
        break;
    case TROUBLE_OTHER:
    case TROUBLE_LOST:
    case TROUBLE_DUPLICATE:
        break;
    }
    db_complain(db, "commit-unknown", number, message);
    db_lose(db, number, message);
    return RC_UNKNOWN;
}

static void transaction_rollback(struct db *db)
{
    static const char rollback[] = "ROLLBACK";
    char message[512];

    if (!db->mysql || mysql_real_query(db->mysql, rollback, sizeof(rollback) - 1) == 0)
        return;
    snprintf(message, sizeof(message), "%s", mysql_error(db->mysql));
    db_lose(db, mysql_errno(db->mysql), message); /* the server rolls back what is left open */
}

static enum rc transaction_try(struct db *db, db_body *body, void *arg)
{
    enum rc rc = transaction_begin(db);

    if (rc)
        return rc;
    rc = body(db, arg);
    if (db->doom != DOOM_NONE)
        rc = RC_AGAIN; /* whatever body() made of it */
    if (!rc)
        rc = transaction_commit(db);
    if (rc)
        transaction_rollback(db);
    db->in_transaction = false;
    return rc;
}

enum rc db_transaction(struct db *db, db_body *body, void *arg)
{
    const int64_t deadline = clock_monotonic_us() + db->settings->timeout_ms * USEC_PER_MSEC;
    int tries = 0;
    enum rc rc;

    if (db->in_transaction) {
        log_error("lane=%u transaction=refused reason=\"it is inside another one\"", db->lane);
        return RC_FAIL;
    }
    do {
        db->doom = DOOM_NONE;
        rc = transaction_try(db, body, arg);
    } while (rc == RC_AGAIN && db->doom == DOOM_REPEAT && ++tries < TRIES_MAX &&
             clock_monotonic_us() < deadline);
    if (rc == RC_AGAIN && db->doom == DOOM_REPEAT)
        log_warn("lane=%u transaction=given-up tries=%d", db->lane, tries);
    db->doom = DOOM_NONE;
    return rc;
}
