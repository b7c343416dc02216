/* sql_script.h - cut a file of SQL into its statements. Pure text: knows comments and quotes only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct sql_script {
    const char *at, *end;
    unsigned line; /* of `at`, from 1 */
};

struct sql_statement {
    const char *text; /* within the script, without its semicolon */
    size_t len;
    unsigned line; /* where it begins */
};

void sql_script_init(struct sql_script *script, const char *text, size_t len);
/* False: no more. Comments before a statement are left out, those inside it stay. */
bool sql_script_next(struct sql_script *script, struct sql_statement *statement);
