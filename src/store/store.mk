# store: every SQL statement of the project.
noinst_LIBRARIES += libstore.a
libstore_a_CPPFLAGS = $(AM_CPPFLAGS) $(MARIADB_CFLAGS) $(SODIUM_CFLAGS)
libstore_a_SOURCES = \
	src/store/db.h
STORE_LIBS = libstore.a $(MARIADB_LIBS) $(SODIUM_LIBS)
dist_sql_DATA = sql/0001-core.sql
sqldir = $(pkgdatadir)/sql
