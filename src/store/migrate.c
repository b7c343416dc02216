/*
 * migrate.c - compare what a database has with what the program comes with, and apply the rest.
 *
 * Two connections: one runs the migrations' statements, which may take hours; the other keeps the
 * books (schema_migration) and the lease meanwhile.
 */
#define _GNU_SOURCE
#include "store/migrate.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <errmsg.h>
#include <mysqld_error.h>

#include "config.h"
#include "store/db_private.h"
#include "store/migrate_files.h"
#include "store/migrate_lease.h"
#include "store/sql_script.h"

#define LOG_PART "migrate"
#include "base/log.h"

#define KEEP_EVERY_MS 2000

static const char SQL_TABLE_MIGRATION[] =
    "CREATE TABLE IF NOT EXISTS schema_migration ("
    " number      SMALLINT UNSIGNED NOT NULL PRIMARY KEY,"
    " name        VARCHAR(64)       NOT NULL,"
    " checksum    BINARY(32)        NOT NULL COMMENT 'BLAKE2b-256 of the file',"
    " program     VARCHAR(32)       NOT NULL COMMENT 'the version of Relais that applied it',"
    " statements  INT UNSIGNED      NOT NULL COMMENT 'how many of the file are done',"
    " started_at  DATETIME(6)       NOT NULL,"
    " finished_at DATETIME(6)       NULL COMMENT 'NULL under no lease: it stopped half way'"
    ") COMMENT 'what was applied to this database, and when'";
static const char SQL_TABLE_LOCK[] = "CREATE TABLE IF NOT EXISTS schema_lock ("
                                     " id         TINYINT UNSIGNED NOT NULL PRIMARY KEY,"
                                     " holder     VARCHAR(96)      NOT NULL,"
                                     " expires_at DATETIME(6)      NOT NULL"
                                     ") COMMENT 'who changes the schema just now'";
static const char SQL_LOCK_ROW[] = "INSERT IGNORE INTO schema_lock (id, holder, expires_at)"
                                   " VALUES (1, '', UTC_TIMESTAMP(6))";
static const char SQL_HAS_TABLES[] = "SELECT COUNT(*) FROM information_schema.tables"
                                     " WHERE table_schema = DATABASE()"
                                     " AND table_name IN ('schema_migration', 'schema_lock')";
static const char SQL_IS_CLUSTER[] = "SELECT COUNT(*) FROM information_schema.system_variables"
                                     " WHERE variable_name = 'WSREP_SYNC_WAIT'";
static const char SQL_SEE_OTHERS[] = "SET SESSION wsrep_sync_wait = 1";
static const char SQL_APPLIED[] =
    "SELECT number, name, checksum, program, statements, started_at, finished_at"
    " FROM schema_migration"
    " ORDER BY number";
static const char SQL_BEGIN[] =
    "INSERT INTO schema_migration"
    " (number, name, checksum, program, statements, started_at, finished_at)"
    " VALUES (?, ?, ?, '" PACKAGE_VERSION "', 0, UTC_TIMESTAMP(6), NULL)";
static const char SQL_COUNT[] = "UPDATE schema_migration SET statements = ? WHERE number = ?";
static const char SQL_FINISH[] = "UPDATE schema_migration SET finished_at = UTC_TIMESTAMP(6)"
                                 " WHERE number = ?";
static const char SQL_FORGET[] = "DELETE FROM schema_migration WHERE number = ? AND statements = 0";

struct migrator {
    struct migration_files files;
    MYSQL *mysql;  /* runs the migrations */
    struct db *db; /* keeps the books */
    struct schema_lease lease;
    size_t applied; /* how many of the files the database has */
    bool unfinished;
};

/* --- getting there --- */

static bool is_away(unsigned number)
{
    switch (number) {
    case CR_CONNECTION_ERROR:
    case CR_CONN_HOST_ERROR:
    case CR_SERVER_GONE_ERROR:
    case CR_SERVER_LOST:
    case ER_CON_COUNT_ERROR:
    case ER_UNKNOWN_COM_ERROR:
    case ER_SERVER_SHUTDOWN:
        return true;
    }
    return false;
}

static enum rc execute(MYSQL *mysql, const char *sql, const char *what, struct error *err)
{
    if (mysql_query(mysql, sql) == 0)
        return RC_OK;
    return error_set(err, is_away(mysql_errno(mysql)) ? RC_AGAIN : RC_INVALID, "cannot %s: %s",
                     what, mysql_error(mysql));
}

static enum rc create_database(MYSQL *mysql, const char *name, struct error *err)
{
    char sql[256], quoted[2 * 64 + 1];
    size_t n = 0;

    for (const char *p = name; *p && n < sizeof(quoted) - 2; p++) {
        if (*p == '`')
            quoted[n++] = '`';
        quoted[n++] = *p;
    }
    quoted[n] = '\0';
    snprintf(sql, sizeof(sql),
             "CREATE DATABASE IF NOT EXISTS `%s`"
             " CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci",
             quoted);
    return execute(mysql, sql, "create the database", err);
}

/* Connects into the database, which is made if it is missing. */
static enum rc dial(const struct db_settings *s, MYSQL **out, struct error *err)
{
    unsigned number;
    MYSQL *mysql = db_dial(s, s->database, &number, err);
    enum rc rc = RC_OK;

    if (!mysql && number == ER_BAD_DB_ERROR) {
        mysql = db_dial(s, NULL, &number, err);
        if (mysql)
            rc = create_database(mysql, s->database, err);
        if (mysql && !rc && mysql_select_db(mysql, s->database))
            rc = error_set(err, RC_INVALID, "cannot use the database: %s", mysql_error(mysql));
    }
    if (!mysql) {
        error_prefix(err, "database %s at %s: ", s->database, s->socket ? s->socket : s->host);
        return is_away(number) ? RC_AGAIN : RC_INVALID;
    }
    if (rc) {
        mysql_close(mysql);
        return rc;
    }
    *out = mysql;
    return RC_OK;
}

static enum rc books_failed(enum rc rc, struct error *err)
{
    return error_set(err, rc, "cannot read or write schema_migration: the log says why");
}

static enum rc make_tables(struct migrator *m, struct error *err)
{
    uint64_t tables = 0, cluster = 0;
    enum rc rc = db_query_u64(m->db, SQL_IS_CLUSTER, DB_NO_INPUT, &cluster);

    if (!rc && cluster)
        rc = db_run(m->db, SQL_SEE_OTHERS, DB_NO_INPUT, NULL);
    if (!rc)
        rc = db_query_u64(m->db, SQL_HAS_TABLES, DB_NO_INPUT, &tables);
    if (rc)
        return books_failed(rc, err);
    if (tables == 2)
        return RC_OK;
    rc = execute(m->mysql, SQL_TABLE_MIGRATION, "make the table schema_migration", err);
    if (!rc)
        rc = execute(m->mysql, SQL_TABLE_LOCK, "make the table schema_lock", err);
    return rc;
}

/* --- comparing --- */

static enum rc compare_row(struct migrator *m, const struct db_rows *row, struct error *err)
{
    const uint64_t number = db_get_u64(row, 0);
    const size_t known = m->files.n;
    const struct migration *file;
    char when[CLOCK_TEXT_SIZE];
    size_t len;
    const void *hash;

    if (number > known)
        return error_set(err, RC_INVALID,
                         "the database is newer than this program: it has %s, applied by relais "
                         "%s; this is relais " PACKAGE_VERSION
                         ", which knows migrations up to %s: run that version or a later one",
                         db_get_text(row, 1), db_get_text(row, 3), m->files.items[known - 1].name);
    if (number != m->applied + 1)
        return error_set(err, RC_INVALID,
                         "the table schema_migration has %s, but not the migration %04zu before it",
                         db_get_text(row, 1), m->applied + 1);
    file = &m->files.items[number - 1];
    hash = db_get_bytes(row, 2, &len);
    clock_format(db_get_time(row, 5), when);
    if (len != MIGRATION_HASH_SIZE || memcmp(hash, file->hash, len) != 0)
        return error_set(err, RC_INVALID,
                         "%s was changed after it was applied (%s): put it back as it was; a "
                         "change of the schema goes into a new file",
                         file->path, when);
    m->applied++;
    if (!db_is_null(row, 6))
        return RC_OK;
    m->unfinished = true;
    return error_set(err, RC_OK,
                     "migration %s was begun %s and stopped after %llu of its statements, or one "
                     "more whose answer was lost. Nothing runs it again by itself: bring back the "
                     "backup made before it; or do the "
                     "rest of %s by hand, then UPDATE schema_migration SET finished_at = "
                     "UTC_TIMESTAMP(6) WHERE number = %u",
                     file->name, when, (unsigned long long)db_get_u64(row, 4), file->path,
                     file->number);
}

/* Fills applied and unfinished; what is wrong for good is refused here. */
static enum rc compare(struct migrator *m, struct error *err)
{
    struct db_rows *rows = NULL;
    enum rc rc = db_query(m->db, SQL_APPLIED, DB_NO_INPUT, &rows), end;

    if (rc)
        return books_failed(rc, err);
    m->applied = 0;
    m->unfinished = false;
    while (!rc && db_next(rows))
        rc = compare_row(m, rows, err);
    end = db_rows_end(rows);
    return !rc && end ? books_failed(end, err) : rc;
}

/* --- applying --- */

/* Sends one statement and keeps the lease while the server works on it, for hours if need be. A
 * lease that was lost is heard of before the next statement. */
static int run_statement(struct migrator *m, const struct sql_statement *st)
{
    struct pollfd p = { .fd = mysql_get_socket(m->mysql), .events = POLLIN };
    int failed = mysql_send_query(m->mysql, st->text, st->len);
    bool lost = false;

    while (!failed && poll(&p, 1, KEEP_EVERY_MS) <= 0)
        lost = lost || schema_lease_keep(&m->lease, NULL);
    if (!failed)
        failed = mysql_read_query_result(m->mysql);
    if (!failed)
        mysql_free_result(mysql_store_result(m->mysql));
    return failed;
}

/* Whether the server itself said no, so that the statement did nothing: of a connection that broke
 * nobody can say. */
static bool was_refused(unsigned number)
{
    return number < CR_MIN_ERROR && !is_away(number) && number != ER_CONNECTION_KILLED;
}

/* *untouched: the very first statement was refused. */
static enum rc run_script(struct migrator *m, const struct migration *file, bool *untouched,
                          struct error *err)
{
    struct sql_script script;
    struct sql_statement st;
    uint64_t done = 0;
    enum rc rc;

    sql_script_init(&script, file->text, file->len);
    while (sql_script_next(&script, &st)) {
        rc = schema_lease_keep(&m->lease, err);
        if (rc)
            return rc;
        if (run_statement(m, &st)) {
            error_set(err, RC_INVALID, "%s:%u: %s (error %u); %llu statements before it are done",
                      file->path, st.line, mysql_error(m->mysql), mysql_errno(m->mysql),
                      (unsigned long long)done);
            *untouched = done == 0 && was_refused(mysql_errno(m->mysql));
            return RC_INVALID;
        }
        rc = db_run(m->db, SQL_COUNT, DB_IN(db_u64(++done), db_u64(file->number)), NULL);
        if (rc)
            return books_failed(rc, err);
    }
    return RC_OK;
}

static enum rc apply(struct migrator *m, const struct migration *file, struct error *err)
{
    const int64_t began = clock_monotonic_us();
    bool untouched = false;
    enum rc rc = db_run(
        m->db, SQL_BEGIN,
        DB_IN(db_u64(file->number), db_text(file->name), db_bytes(file->hash, sizeof(file->hash))),
        NULL);

    if (rc)
        return books_failed(rc, err);
    rc = run_script(m, file, &untouched, err);
    if (rc) {
        /* As if never begun. */
        if (untouched && db_run(m->db, SQL_FORGET, DB_IN(db_u64(file->number)), NULL))
            log_warn("migration=%s note=\"could not be taken back\"", file->name);
        return rc;
    }
    rc = db_run(m->db, SQL_FINISH, DB_IN(db_u64(file->number)), NULL);
    if (rc)
        return books_failed(rc, err);
    log_info("migration=%s applied_ms=%lld", file->name,
             (long long)((clock_monotonic_us() - began) / USEC_PER_MSEC));
    return RC_OK;
}

/* Under the lease nobody else is at work, so what is unfinished now stopped half way. */
static enum rc apply_rest(struct migrator *m, struct error *err)
{
    enum rc rc = execute(m->mysql, SQL_LOCK_ROW, "write to the table schema_lock", err);

    if (!rc)
        rc = schema_lease_take(&m->lease, m->db, err);
    if (rc)
        return rc;
    rc = compare(m, err);
    if (!rc && m->unfinished)
        rc = RC_INVALID; /* compare() wrote the sentence */
    while (!rc && m->applied < m->files.n) {
        rc = apply(m, &m->files.items[m->applied], err);
        m->applied += !rc;
    }
    schema_lease_release(&m->lease);
    return rc;
}

enum rc migrate_run(const struct db_settings *settings, const char *sqldir, struct error *err)
{
    struct migrator m = { 0 };
    enum rc rc = migration_files_load(&m.files, sqldir, err);

    if (rc)
        return rc;
    rc = dial(settings, &m.mysql, err);
    if (rc)
        goto out;
    m.db = db_open(settings, 0);
    if (!m.db) {
        rc = error_set(err, RC_FAIL, "no memory");
        goto out;
    }
    rc = make_tables(&m, err);
    if (!rc)
        rc = compare(&m, err);
    if (!rc && (m.unfinished || m.applied < m.files.n))
        rc = apply_rest(&m, err);
out:
    db_close(m.db);
    if (m.mysql)
        mysql_close(m.mysql);
    migration_files_close(&m.files);
    return rc;
}
