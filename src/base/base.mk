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
	src/base/lane.c src/base/lane.h src/base/turn.h \
	src/base/log.c src/base/log.h \
	src/base/metric.c src/base/metric.h \
	src/base/near_name.c src/base/near_name.h \
	src/base/pair.c src/base/pair.h \
	src/base/rc.c src/base/rc.h \
	src/base/runner.c src/base/runner.h
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

if HAVE_CMOCKA
check_PROGRAMS += \
	tests/unit/test_arena \
	tests/unit/test_buffer \
	tests/unit/test_clock \
	tests/unit/test_error \
	tests/unit/test_lane \
	tests/unit/test_log \
	tests/unit/test_metric \
	tests/unit/test_rc \
	tests/unit/test_runner
tests_unit_test_arena_SOURCES = tests/unit/test_arena.c
tests_unit_test_arena_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_arena_LDADD = $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_buffer_SOURCES = tests/unit/test_buffer.c
tests_unit_test_buffer_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_buffer_LDADD = $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_clock_SOURCES = tests/unit/test_clock.c
tests_unit_test_clock_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_clock_LDADD = $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_error_SOURCES = tests/unit/test_error.c
tests_unit_test_error_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_error_LDADD = $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_lane_SOURCES = tests/unit/test_lane.c
tests_unit_test_lane_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_lane_LDADD = $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_log_SOURCES = tests/unit/test_log.c
tests_unit_test_log_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_log_LDADD = $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_metric_SOURCES = tests/unit/test_metric.c
tests_unit_test_metric_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_metric_LDADD = $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_rc_SOURCES = tests/unit/test_rc.c
tests_unit_test_rc_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_rc_LDADD = $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_runner_SOURCES = tests/unit/test_runner.c
tests_unit_test_runner_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_runner_LDADD = $(BASE_LIBS) $(UNIT_LIBS)
endif
