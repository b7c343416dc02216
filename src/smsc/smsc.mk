# smsc: the carrier simulator; shares nothing with channel/smpp, so that neither hides the other's faults.
noinst_LIBRARIES += libsmsc.a
libsmsc_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(EVENT_TLS_CFLAGS)
libsmsc_a_SOURCES = \
	src/smsc/account.c src/smsc/account.h \
	src/smsc/address.c src/smsc/address.h \
	src/smsc/bytes.c src/smsc/bytes.h \
	src/smsc/chance.c src/smsc/chance.h \
	src/smsc/codec.c src/smsc/codec.h \
	src/smsc/control.c src/smsc/control.h \
	src/smsc/delivery.c src/smsc/delivery.h \
	src/smsc/delivery_wire.c \
	src/smsc/inbound.c src/smsc/inbound.h \
	src/smsc/journal.c src/smsc/journal.h \
	src/smsc/latency.c src/smsc/latency.h \
	src/smsc/pool.c src/smsc/pool.h \
	src/smsc/scenario.c src/smsc/scenario.h \
	src/smsc/scenario_keys.c \
	src/smsc/session.c src/smsc/session.h \
	src/smsc/session_pdu.c \
	src/smsc/smsc.c src/smsc/smsc.h \
	src/smsc/stats.c src/smsc/stats.h \
	src/smsc/submit.c src/smsc/submit.h \
	src/smsc/tally.c src/smsc/tally.h \
	src/smsc/text.c src/smsc/text.h \
	src/smsc/timeline.c src/smsc/timeline.h \
	src/smsc/window.c \
	src/smsc/wire.c src/smsc/wire.h
SMSC_LIBS = libsmsc.a $(BASE_LIBS) $(EVENT_TLS_LIBS)

bin_PROGRAMS += relais-smsc
relais_smsc_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) -DRELAIS_VERSION='"$(PACKAGE_VERSION)"'
relais_smsc_SOURCES = src/relais-smsc.c
relais_smsc_LDADD = $(SMSC_LIBS)

EXTRA_PROGRAMS += tests/bench/bench_smsc
tests_bench_bench_smsc_SOURCES = tests/bench/bench_smsc.c
tests_bench_bench_smsc_LDADD = $(BASE_LIBS)

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_smsc_codec tests/unit/test_smsc_latency \
	tests/unit/test_smsc_session tests/unit/test_smsc_tally tests/unit/test_smsc_text
tests_unit_test_smsc_codec_SOURCES = tests/unit/test_smsc_codec.c
tests_unit_test_smsc_codec_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_smsc_codec_LDADD = $(SMSC_LIBS) $(UNIT_LIBS)
tests_unit_test_smsc_latency_SOURCES = tests/unit/test_smsc_latency.c
tests_unit_test_smsc_latency_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_smsc_latency_LDADD = $(SMSC_LIBS) $(UNIT_LIBS)
tests_unit_test_smsc_session_SOURCES = tests/unit/test_smsc_session.c
tests_unit_test_smsc_session_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -D_GNU_SOURCE
tests_unit_test_smsc_session_LDADD = $(SMSC_LIBS) $(UNIT_LIBS)
tests_unit_test_smsc_tally_SOURCES = tests/unit/test_smsc_tally.c
tests_unit_test_smsc_tally_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_smsc_tally_LDADD = $(SMSC_LIBS) $(UNIT_LIBS)
tests_unit_test_smsc_text_SOURCES = tests/unit/test_smsc_text.c
tests_unit_test_smsc_text_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_smsc_text_LDADD = $(SMSC_LIBS) $(UNIT_LIBS)
endif

check_PROGRAMS += tests/fuzz/fuzz_smsc_pdu
tests_fuzz_fuzz_smsc_pdu_SOURCES = tests/fuzz/fuzz_smsc_pdu.c tests/fuzz/replay.c
tests_fuzz_fuzz_smsc_pdu_LDADD = $(SMSC_LIBS)
EXTRA_DIST += tests/bench/bench_smsc.py

scenariosdir = $(pkgdatadir)/scenarios
dist_scenarios_DATA = contrib/scenarios/calm.conf contrib/scenarios/busy.conf \
	contrib/scenarios/rough.conf contrib/scenarios/demo.conf
dist_man_MANS = doc/relais-smsc.1
TESTS += tests/integration/test_smsc.py
EXTRA_DIST += tests/integration/test_smsc.py
