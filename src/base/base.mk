# base: no word of the business here.
noinst_LIBRARIES += libbase.a
libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(CONFUSE_CFLAGS)
libbase_a_SOURCES = \
	src/base/arena.c src/base/arena.h \
	src/base/buffer.c src/base/buffer.h \
	src/base/clock.c src/base/clock.h \
	src/base/config.c src/base/config.h \
	src/base/config_print.c \
	src/base/config_scan.c src/base/config_scan.h \
	src/base/config_value.c src/base/config_value.h \
	src/base/error.c src/base/error.h \
	src/base/lane.c src/base/lane.h \
	src/base/log.c src/base/log.h \
	src/base/metric.c src/base/metric.h \
	src/base/rc.c src/base/rc.h
BASE_LIBS = libbase.a $(EVENT_LIBS) $(CONFUSE_LIBS)

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_config
tests_unit_test_config_SOURCES = tests/unit/test_config.c
tests_unit_test_config_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_config_LDADD = $(BASE_LIBS) $(UNIT_LIBS)
endif

check_PROGRAMS += tests/fuzz/fuzz_config
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c tests/fuzz/replay.c
tests_fuzz_fuzz_config_LDADD = $(BASE_LIBS)
