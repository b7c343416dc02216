/* standalone_dir.h - the directory of a private server: whose it is, what lies in it. For
 * standalone.c. */
#pragma once

#include "store/standalone.h"

struct server_dir {
    char *path; /* absolute */
    char *data, *socket, *config, *log;
    int lock; /* held while we live */
};

/* Makes and locks it; one that another process holds is waited for so long. On failure nothing is
 * held. */
enum rc server_dir_open(struct server_dir *dir, const char *path, int64_t patience_ms,
                        struct error *err) MUST_CHECK;
void server_dir_close(struct server_dir *dir);
/* The process that a relaisd before us had started here; 0: none known. */
pid_t server_dir_stray(const struct server_dir *dir);
/* Writes down the process that runs here now, for the one after us. */
void server_dir_note(const struct server_dir *dir, pid_t server);
enum rc server_dir_write_config(const struct server_dir *dir,
                                const struct standalone_settings *settings,
                                struct error *err) MUST_CHECK;
/* Fills data/ if it is not there. A filling that was interrupted is begun again. */
enum rc server_dir_install(const struct server_dir *dir, struct error *err) MUST_CHECK;
enum rc server_dir_open_log(const struct server_dir *dir, int *fd, struct error *err) MUST_CHECK;
/* "--NAME=VALUE" on the heap; NULL: no memory. */
char *server_option(const char *name, const char *value);
