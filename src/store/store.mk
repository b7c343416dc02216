# store: every SQL statement of the project.
noinst_LIBRARIES += libstore.a
libstore_a_CPPFLAGS = $(AM_CPPFLAGS) $(MARIADB_CFLAGS) $(SODIUM_CFLAGS)
libstore_a_SOURCES = \
	src/store/db.h \
	src/store/inbound.c src/store/inbound.h \
	src/store/outbox.c src/store/outbox.h \
	src/store/outbox_claim.c src/store/outbox_record.c \
	src/store/outbox_recover.c
STORE_LIBS = libstore.a $(MARIADB_LIBS) $(SODIUM_LIBS)
dist_sql_DATA = sql/0001-core.sql
sqldir = $(pkgdatadir)/sql
