# channel/mail: mail, both ways.
noinst_LIBRARIES += libmail.a
libmail_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(ESMTP_CFLAGS) $(GMIME_CFLAGS) $(OPENSSL_CFLAGS)
libmail_a_SOURCES = \
	src/channel/mail/mail_read.h \
	src/channel/mail/html_entity.c src/channel/mail/html_entity.h \
	src/channel/mail/html_text.c src/channel/mail/html_text.h \
	src/channel/mail/mail_body.c src/channel/mail/mail_body.h \
	src/channel/mail/mail_bytes.c src/channel/mail/mail_bytes.h \
	src/channel/mail/mail_param.c src/channel/mail/mail_param.h \
	src/channel/mail/mail_read.c \
	src/channel/mail/mail_report.c src/channel/mail/mail_report.h \
	src/channel/mail/mail_scan.c src/channel/mail/mail_scan.h \
	src/channel/mail/mail_text.c src/channel/mail/mail_text.h \
	src/channel/mail/mail_value.c src/channel/mail/mail_value.h \
	src/channel/mail/bounce.c src/channel/mail/bounce.h \
	src/channel/mail/bounce_report.c src/channel/mail/bounce_report.h \
	src/channel/mail/bounce_status.c src/channel/mail/bounce_status.h \
	src/channel/mail/bounce_words.c src/channel/mail/bounce_words.h \
	src/channel/mail/lmtp.h \
	src/channel/mail/lmtp.c src/channel/mail/lmtp_client.c src/channel/mail/lmtp_client.h \
	src/channel/mail/lmtp_command.c src/channel/mail/lmtp_command.h \
	src/channel/mail/lmtp_data.c src/channel/mail/lmtp_data.h \
	src/channel/mail/lmtp_listen.c src/channel/mail/lmtp_listen.h \
	src/channel/mail/lmtp_mail.c src/channel/mail/lmtp_mail.h \
	src/channel/mail/lmtp_session.c src/channel/mail/lmtp_session.h \
	src/channel/mail/compose.c src/channel/mail/compose.h \
	src/channel/mail/mime.c src/channel/mail/mime.h \
	src/channel/mail/relay.c src/channel/mail/relay.h \
	src/channel/mail/relay_tls.c src/channel/mail/relay_tls.h \
	src/channel/mail/reply.c src/channel/mail/reply.h \
	src/channel/mail/sender.c src/channel/mail/sender.h \
	src/channel/mail/session.c src/channel/mail/session.h
MAIL_LIBS = libmail.a $(EVENT_LIBS) $(ESMTP_LIBS) $(GMIME_LIBS) $(OPENSSL_LIBS)

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_mail_compose tests/unit/test_mail_reply
mail_test_ldadd = $(MAIL_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_mail_compose_SOURCES = tests/unit/test_mail_compose.c
tests_unit_test_mail_compose_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mail_compose_LDADD = $(mail_test_ldadd)
tests_unit_test_mail_reply_SOURCES = tests/unit/test_mail_reply.c
tests_unit_test_mail_reply_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mail_reply_LDADD = $(mail_test_ldadd)
check_PROGRAMS += tests/unit/test_lmtp tests/unit/test_lmtp_session
tests_unit_test_lmtp_SOURCES = tests/unit/test_lmtp.c
tests_unit_test_lmtp_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_lmtp_LDADD = $(mail_test_ldadd)
tests_unit_test_lmtp_session_SOURCES = tests/unit/test_lmtp_session.c
tests_unit_test_lmtp_session_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_lmtp_session_LDADD = $(mail_test_ldadd)
endif

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_bounce tests/unit/test_bounce_mails
tests_unit_test_bounce_SOURCES = tests/unit/test_bounce.c
tests_unit_test_bounce_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_bounce_LDADD = $(mail_test_ldadd)
tests_unit_test_bounce_mails_SOURCES = tests/unit/test_bounce_mails.c \
	tests/support/mail_collection.c tests/support/mail_collection.h
tests_unit_test_bounce_mails_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_bounce_mails_LDADD = $(mail_test_ldadd)
check_PROGRAMS += tests/unit/test_mail_read
tests_unit_test_mail_read_SOURCES = tests/unit/test_mail_read.c
tests_unit_test_mail_read_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mail_read_LDADD = $(mail_test_ldadd)
check_PROGRAMS += tests/unit/test_html_text tests/unit/test_mail_hostile
tests_unit_test_html_text_SOURCES = tests/unit/test_html_text.c
tests_unit_test_html_text_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_html_text_LDADD = $(mail_test_ldadd)
tests_unit_test_mail_hostile_SOURCES = tests/unit/test_mail_hostile.c
tests_unit_test_mail_hostile_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mail_hostile_LDADD = $(mail_test_ldadd)
check_PROGRAMS += tests/unit/test_mail_collection
tests_unit_test_mail_collection_SOURCES = tests/unit/test_mail_collection.c \
	tests/support/mail_collection.c tests/support/mail_collection.h
tests_unit_test_mail_collection_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mail_collection_LDADD = $(mail_test_ldadd)
endif

check_PROGRAMS += tests/fuzz/fuzz_bounce
tests_fuzz_fuzz_bounce_SOURCES = tests/fuzz/fuzz_bounce.c tests/fuzz/replay.c
tests_fuzz_fuzz_bounce_LDADD = $(MAIL_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS)
check_PROGRAMS += tests/fuzz/fuzz_mail_read tests/fuzz/fuzz_html_text
tests_fuzz_fuzz_mail_read_SOURCES = tests/fuzz/fuzz_mail_read.c tests/fuzz/replay.c
tests_fuzz_fuzz_mail_read_LDADD = $(MAIL_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_html_text_SOURCES = tests/fuzz/fuzz_html_text.c tests/fuzz/replay.c
tests_fuzz_fuzz_html_text_LDADD = $(MAIL_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS)

PYTESTS += tests/integration/test_mail_hostile.py
PYTESTS += tests/integration/test_mail_out.py
PYTESTS += tests/integration/test_lmtp.py tests/integration/test_postfix.py
PYTESTS += tests/integration/test_mail_templates.py
EXTRA_DIST += tests/integration/smtp_sink.py tests/integration/postfix.py

check_PROGRAMS += tests/fuzz/fuzz_mail_compose tests/fuzz/fuzz_mail_reply
tests_fuzz_fuzz_mail_compose_SOURCES = tests/fuzz/fuzz_mail_compose.c tests/fuzz/replay.c
tests_fuzz_fuzz_mail_compose_LDADD = $(MAIL_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_mail_reply_SOURCES = tests/fuzz/fuzz_mail_reply.c tests/fuzz/replay.c
tests_fuzz_fuzz_mail_reply_LDADD = $(MAIL_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS)

EXTRA_PROGRAMS += tests/bench/bench_mail_read
tests_bench_bench_mail_read_SOURCES = tests/bench/bench_mail_read.c
tests_bench_bench_mail_read_LDADD = $(MAIL_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS)
EXTRA_DIST += tests/bench/bench_mail_read.py

EXTRA_PROGRAMS += tests/bench/bench_mail_out
tests_bench_bench_mail_out_SOURCES = tests/bench/bench_mail_out.c
tests_bench_bench_mail_out_LDADD = $(MAIL_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS)
EXTRA_DIST += tests/bench/bench_mail_out.py

check_PROGRAMS += tests/fuzz/fuzz_lmtp
tests_fuzz_fuzz_lmtp_SOURCES = tests/fuzz/fuzz_lmtp.c tests/fuzz/replay.c
tests_fuzz_fuzz_lmtp_LDADD = $(MAIL_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS)

# The listener with nothing behind it, for tests with a real MTA.
noinst_PROGRAMS += tests/integration/lmtp_taker
tests_integration_lmtp_taker_SOURCES = tests/integration/lmtp_taker.c
tests_integration_lmtp_taker_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
tests_integration_lmtp_taker_LDADD = $(MAIL_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS)
