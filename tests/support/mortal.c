/* mortal.c - see mortal.h. */
#include "tests/support/mortal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mysql.h>
#include <sys/wait.h>
#include <unistd.h>

#define DIED 9

static struct {
    unsigned at, count; /* at 0: none */
    bool after;
} plan;

int __real_mysql_real_query(MYSQL *mysql, const char *sql, unsigned long len);
int __real_mysql_stmt_execute(MYSQL_STMT *stmt);
int __wrap_mysql_real_query(MYSQL *mysql, const char *sql, unsigned long len);
int __wrap_mysql_stmt_execute(MYSQL_STMT *stmt);

static void die_if_due(bool after)
{
    if (plan.at && plan.count == plan.at && plan.after == after)
        _exit(DIED);
}

int __wrap_mysql_real_query(MYSQL *mysql, const char *sql, unsigned long len)
{
    int result;

    plan.count++;
    die_if_due(false);
    result = __real_mysql_real_query(mysql, sql, len);
    die_if_due(true);
    return result;
}

int __wrap_mysql_stmt_execute(MYSQL_STMT *stmt)
{
    int result;

    plan.count++;
    die_if_due(false);
    result = __real_mysql_stmt_execute(stmt);
    die_if_due(true);
    return result;
}

bool mortal_run(unsigned nth, bool after, int (*body)(void *arg), void *arg)
{
    int status;
    const pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        plan.at = nth;
        plan.after = after;
        plan.count = 0;
        _exit(body(arg));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == DIED);
    return WEXITSTATUS(status) == 0;
}
