/* db_connect.c - dial a MariaDB server and set up the session. */
#include "store/db_private.h"

#include <errmsg.h>
#include <stdio.h>
#include <string.h>

static int library_failed;

/* Not thread-safe in Connector/C, and every lane opens a connection of its own: so it is done
 * before main(), where there is one thread for certain. */
__attribute__((constructor)) static void library_start(void)
{
    library_failed = mysql_library_init(0, NULL, NULL);
}

static unsigned seconds(int64_t ms)
{
    return ms <= 1000 ? 1 : (unsigned)((ms + 999) / 1000);
}

/*
 * Times in UTC; nothing is cut or guessed to fit a column; no gap locks (FACTS: with the default
 * isolation they make conflicts between nodes). Waiting for a row lock ends before our own patience
 * for an answer does, so that it shows as 1205 and not as a lost connection.
 */
static void set_session(MYSQL *mysql, int64_t timeout_ms)
{
    unsigned wait = seconds(timeout_ms) / 2;
    char text[256];

    if (wait < 1)
        wait = 1;
    if (wait > 5)
        wait = 5;
    snprintf(text, sizeof(text),
             "SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,"
             "NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', "
             "innodb_lock_wait_timeout = %u, autocommit = 1",
             wait);
    mysql_options(mysql, MYSQL_INIT_COMMAND, text);
    mysql_options(mysql, MYSQL_INIT_COMMAND,
                  "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
}

static void set_options(MYSQL *mysql, const struct db_settings *s)
{
    const unsigned timeout = seconds(s->timeout_ms), off = 0;
    const unsigned protocol = s->socket ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
    const my_bool yes = 1, no = 0;

    mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &timeout);
    mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &timeout);
    mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &timeout);
    mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol);
    mysql_options(mysql, MYSQL_OPT_RECONNECT, &no);
    mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &off); /* a server must not ask for our files */
    mysql_options(mysql, MYSQL_REPORT_DATA_TRUNCATION, &yes);
    mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (s->tls_ca) {
        mysql_options(mysql, MYSQL_OPT_SSL_CA, s->tls_ca);
        mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &yes);
        mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
    }
    set_session(mysql, s->timeout_ms);
}

MYSQL *db_dial(const struct db_settings *s, const char *database, unsigned *number,
               struct error *err)
{
    MYSQL *mysql;

    mysql = library_failed ? NULL : mysql_init(NULL);
    if (!mysql) {
        *number = CR_OUT_OF_MEMORY;
        error_set(err, RC_FAIL, "no memory for a database connection");
        return NULL;
    }
    set_options(mysql, s);
    if (!mysql_real_connect(mysql, s->socket ? NULL : s->host, s->user, s->password, database,
                            s->socket ? 0 : s->port, s->socket, CLIENT_FOUND_ROWS)) {
        *number = mysql_errno(mysql);
        error_set(err, RC_FAIL, "%s", mysql_error(mysql));
        mysql_close(mysql);
        return NULL;
    }
    return mysql;
}
