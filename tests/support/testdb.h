/*
 * testdb.h - a private MariaDB server with the schema of Relais in it, for tests that need a real
 * one.
 *
 * It starts at the first call, once a test program, in a directory of its own under TMPDIR (or
 * /tmp), and goes away when the program ends. A test that cannot have it fails: every function
 * prints why and aborts. Link $(TESTDB_LIBS) before the rooms' libraries (see src/store/store.mk).
 */
#pragma once

struct db;
struct db_settings;

/* A new connection as node 1, lane 0. The caller closes it with db_close(). */
struct db *testdb_open(void);
/* The same for another lane: connections of one test that write consents must differ in it. */
struct db *testdb_open_lane(unsigned lane);
const struct db_settings *testdb_settings(void);
/* Empties every table but those of the migrations, and the catalogue of outcomes that these fill:
 * each test begins with a fresh database. */
void testdb_reset(void);
/* Runs one statement as it stands, for preparing a scene. */
void testdb_sql(const char *sql);
/* The directory of the migrations in the source tree. */
const char *testdb_sqldir(void);
