# channel/smpp: SMPP 3.4 towards the carriers.
noinst_LIBRARIES += libsmpp.a
libsmpp_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(EVENT_TLS_CFLAGS) $(SMPP34_CFLAGS)
libsmpp_a_SOURCES = \
	src/channel/smpp/carrier.c src/channel/smpp/carrier.h \
	src/channel/smpp/carrier_config.c \
	src/channel/smpp/counters.c src/channel/smpp/counters.h \
	src/channel/smpp/dial.c src/channel/smpp/dial.h \
	src/channel/smpp/encode.c src/channel/smpp/encode.h \
	src/channel/smpp/late.c src/channel/smpp/late.h \
	src/channel/smpp/message_id.c src/channel/smpp/message_id.h \
	src/channel/smpp/pdu.c src/channel/smpp/pdu.h \
	src/channel/smpp/octets.h src/channel/smpp/pdu_library.c src/channel/smpp/pdu_pack.c \
	src/channel/smpp/pdu_strict.c src/channel/smpp/pdu_strict.h \
	src/channel/smpp/receipt.c src/channel/smpp/receipt.h \
	src/channel/smpp/session.c src/channel/smpp/session.h src/channel/smpp/session_private.h \
	src/channel/smpp/session_in.c \
	src/channel/smpp/smpp.h \
	src/channel/smpp/status.c \
	src/channel/smpp/status_policy.c src/channel/smpp/status_policy.h \
	src/channel/smpp/subscriber.c src/channel/smpp/subscriber.h \
	src/channel/smpp/tls.c src/channel/smpp/tls.h \
	src/channel/smpp/window.c src/channel/smpp/window.h
SMPP_LIBS = libsmpp.a $(EVENT_TLS_LIBS) $(SMPP34_LIBS)

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_smpp_pdu tests/unit/test_smpp_receipt \
	tests/unit/test_smpp_session tests/unit/test_smpp_carrier tests/unit/test_smpp_encode \
	tests/unit/test_smpp_status tests/unit/test_smpp_policy tests/unit/test_smpp_pitfalls
tests_unit_test_smpp_pdu_SOURCES = tests/unit/test_smpp_pdu.c tests/unit/smpp_bytes.h
tests_unit_test_smpp_pdu_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(SMPP34_CFLAGS)
tests_unit_test_smpp_pdu_LDADD = $(SMPP_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_smpp_receipt_SOURCES = tests/unit/test_smpp_receipt.c
tests_unit_test_smpp_receipt_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_smpp_receipt_LDADD = $(SMPP_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_smpp_session_SOURCES = tests/unit/test_smpp_session.c tests/unit/smpp_rig.c \
	tests/unit/smpp_rig.h tests/unit/smpp_bytes.h
tests_unit_test_smpp_session_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_smpp_session_LDADD = $(SMPP_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_smpp_carrier_SOURCES = tests/unit/test_smpp_carrier.c tests/unit/smpp_rig.c \
	tests/unit/smpp_rig.h tests/unit/smpp_bytes.h
tests_unit_test_smpp_carrier_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_smpp_carrier_LDADD = $(SMPP_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_smpp_encode_SOURCES = tests/unit/test_smpp_encode.c
tests_unit_test_smpp_encode_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_smpp_encode_LDADD = $(SMPP_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_smpp_status_SOURCES = tests/unit/test_smpp_status.c
tests_unit_test_smpp_status_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_smpp_status_LDADD = $(SMPP_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_smpp_policy_SOURCES = tests/unit/test_smpp_policy.c tests/unit/smpp_rig.c \
	tests/unit/smpp_rig.h tests/unit/smpp_bytes.h
tests_unit_test_smpp_policy_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_smpp_policy_LDADD = $(SMPP_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_smpp_pitfalls_SOURCES = tests/unit/test_smpp_pitfalls.c tests/unit/smpp_rig.c \
	tests/unit/smpp_rig.h tests/unit/smpp_bytes.h
tests_unit_test_smpp_pitfalls_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_smpp_pitfalls_LDADD = $(SMPP_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
endif

PYTESTS += tests/integration/test_encodings.py tests/integration/test_tls.py \
	tests/integration/test_hostile_carrier.py

check_PROGRAMS += tests/fuzz/fuzz_pdu tests/fuzz/fuzz_receipt tests/fuzz/fuzz_session
tests_fuzz_fuzz_session_SOURCES = tests/fuzz/fuzz_session.c tests/fuzz/replay.c
tests_fuzz_fuzz_session_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
tests_fuzz_fuzz_session_LDADD = $(SMPP_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_pdu_SOURCES = tests/fuzz/fuzz_pdu.c tests/fuzz/replay.c
tests_fuzz_fuzz_pdu_LDADD = $(SMPP_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_receipt_SOURCES = tests/fuzz/fuzz_receipt.c tests/fuzz/replay.c
tests_fuzz_fuzz_receipt_LDADD = $(SMPP_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS)
