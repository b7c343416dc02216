# flow: what happens when.
noinst_LIBRARIES += libflow.a
libflow_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
libflow_a_SOURCES = \
	src/flow/campaign.c src/flow/campaign.h \
	src/flow/flight.c src/flow/flight.h \
	src/flow/answer_journal.c src/flow/answer_journal.h \
	src/flow/bucket.h \
	src/flow/claim.c src/flow/claim.h src/flow/journal_map.c src/flow/journal_map.h \
	src/flow/letter.c src/flow/letter.h \
	src/flow/gateway.c src/flow/gateway.h \
	src/flow/gateway_answer.c src/flow/gateway_private.h \
	src/flow/gateway_claim.c src/flow/gateway_look.c \
	src/flow/gateway_way.c src/flow/gateway_wire.c \
	src/flow/eraser.c src/flow/eraser.h \
	src/flow/housekeeping.c src/flow/housekeeping.h \
	src/flow/inbox.c src/flow/inbox.h \
	src/flow/inbox_chores.c src/flow/inbox_chores.h \
	src/flow/intake.c src/flow/intake.h \
	src/flow/intake_mail.c src/flow/intake_mail.h \
	src/flow/intake_receipt.c src/flow/intake_receipt.h \
	src/flow/intake_refused.c src/flow/intake_refused.h \
	src/flow/intake_apply.c src/flow/intake_check.c src/flow/intake_chunk.c \
	src/flow/intake_chunk.h src/flow/intake_undo.c src/flow/intake_claim.c src/flow/intake_finish.c \
	src/flow/intake_heed.c src/flow/partner_metrics.c src/flow/partner_metrics.h src/flow/partner_view.c src/flow/partner_view.h \
	src/flow/intake_desk.c src/flow/intake_desk.h \
	src/flow/intake_document.c src/flow/intake_document.h \
	src/flow/intake_place.c src/flow/intake_start.c \
	src/flow/intake_profiles.c src/flow/intake_profiles.h \
	src/flow/profile_marks.c src/flow/profile_marks.h \
	src/flow/intake_private.h src/flow/intake_run.c src/flow/intake_run.h \
	src/flow/merger.c src/flow/merger.h \
	src/flow/late_index.c src/flow/late_index.h \
	src/flow/mailer.c src/flow/mailer.h \
	src/flow/post_journal.c src/flow/post_journal.h \
	src/flow/postman.c src/flow/postman.h src/flow/postman_private.h \
	src/flow/postman_answer.c src/flow/postman_claim.c src/flow/postman_look.c \
	src/flow/postman_round.c src/flow/postman_trouble.c \
	src/flow/staff_desk.c src/flow/staff_desk.h \
	src/flow/contact_plan.c src/flow/contact_plan.h \
	src/flow/occasion.c src/flow/occasion.h \
	src/flow/pace.c src/flow/pace.h \
	src/flow/partner_expect.c src/flow/partner_expect.h \
	src/flow/alert_look.c src/flow/alert_look.h \
	src/flow/alert_watch.c src/flow/alert_watch.h \
	src/flow/partner_report.c src/flow/partner_report.h \
	src/flow/partner_status.c src/flow/partner_status.h \
	src/flow/receipt_index.c src/flow/receipt_index.h \
	src/flow/recorder.c src/flow/recorder.h \
	src/flow/stop_list.c src/flow/stop_list.h
libflow_a_SOURCES += src/flow/escalation.c src/flow/escalation.h
libflow_a_SOURCES += src/flow/mail_attachments.c src/flow/mail_attachments.h \
	src/flow/mail_files.c src/flow/mail_files.h src/flow/mail_partners.c src/flow/mail_partners.h
libflow_a_SOURCES += src/flow/contact_list.c src/flow/contact_list.h
libflow_a_SOURCES += src/flow/staff_leaver.c src/flow/staff_leaver.h
libflow_a_SOURCES += src/flow/day_teller.c src/flow/day_teller.h
libflow_a_SOURCES += src/flow/report_file.c src/flow/report_file.h \
	src/flow/report_mail.c src/flow/report_mail.h \
	src/flow/report_mailer.c src/flow/report_mailer.h
FLOW_LIBS = libflow.a
PYTESTS += tests/integration/test_contact_list.py
PYTESTS += tests/integration/test_postman.py
PYTESTS += tests/integration/test_mail_operator.py
PYTESTS += tests/integration/test_postman_retry.py tests/integration/test_postman_relays.py
PYTESTS += tests/integration/test_reach.py
PYTESTS += tests/integration/test_escalation.py

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_answer_journal tests/unit/test_flow_tables
tests_unit_test_answer_journal_SOURCES = tests/unit/test_answer_journal.c
tests_unit_test_answer_journal_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_answer_journal_LDADD = $(FLOW_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test_alert_look
tests_unit_test_alert_look_SOURCES = tests/unit/test_alert_look.c
tests_unit_test_alert_look_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_alert_look_LDADD = $(FLOW_LIBS) $(TESTDB_LIBS) $(STORE_LIBS) $(DOMAIN_LIBS) \
	$(BASE_LIBS) $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test_letter
tests_unit_test_letter_SOURCES = tests/unit/test_letter.c
tests_unit_test_letter_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_letter_LDADD = $(FLOW_LIBS) $(MAIL_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_flow_tables_SOURCES = tests/unit/test_flow_tables.c
tests_unit_test_flow_tables_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_flow_tables_LDADD = $(FLOW_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test_post_journal
tests_unit_test_post_journal_SOURCES = tests/unit/test_post_journal.c
tests_unit_test_post_journal_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_post_journal_LDADD = $(FLOW_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test_campaign_runner
tests_unit_test_campaign_runner_SOURCES = tests/unit/test_campaign_runner.c
tests_unit_test_campaign_runner_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_campaign_runner_LDADD = $(FLOW_LIBS) $(TESTDB_LIBS) $(STORE_LIBS) $(DOMAIN_LIBS) \
	$(BASE_LIBS) $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test_answers
tests_unit_test_answers_SOURCES = tests/unit/test_answers.c \
	tests/support/packer.c tests/support/packer.h
tests_unit_test_answers_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_answers_LDADD = $(FLOW_LIBS) $(TESTDB_LIBS) $(FILE_LIBS) $(STORE_LIBS) \
	$(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test_partner_clock
tests_unit_test_partner_clock_SOURCES = tests/unit/test_partner_clock.c
tests_unit_test_partner_clock_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_partner_clock_LDADD = $(FLOW_LIBS) $(TESTDB_LIBS) $(FILE_LIBS) $(STORE_LIBS) \
	$(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test_intake tests/unit/test_taking
tests_unit_test_taking_SOURCES = tests/unit/test_taking.c \
	tests/support/packer.c tests/support/packer.h
tests_unit_test_taking_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_taking_LDADD = $(FLOW_LIBS) $(TESTDB_LIBS) $(FILE_LIBS) $(STORE_LIBS) \
	$(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_intake_SOURCES = tests/unit/test_intake.c
tests_unit_test_intake_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_intake_LDADD = $(FLOW_LIBS) $(TESTDB_LIBS) $(FILE_LIBS) $(STORE_LIBS) \
	$(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test_intake_steps
tests_unit_test_intake_steps_SOURCES = tests/unit/test_intake_steps.c
tests_unit_test_intake_steps_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_intake_steps_LDADD = $(FLOW_LIBS) $(TESTDB_LIBS) $(FILE_LIBS) $(STORE_LIBS) \
	$(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test_intake_whole
tests_unit_test_intake_whole_SOURCES = tests/unit/test_intake_whole.c
tests_unit_test_intake_whole_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_intake_whole_LDADD = $(FLOW_LIBS) $(TESTDB_LIBS) $(FILE_LIBS) $(STORE_LIBS) \
	$(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test_import_kinds
tests_unit_test_import_kinds_SOURCES = tests/unit/test_import_kinds.c \
	tests/support/import_rig.c tests/support/import_rig.h
tests_unit_test_import_kinds_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_import_kinds_LDADD = $(FLOW_LIBS) $(TESTDB_LIBS) $(FILE_LIBS) $(STORE_LIBS) \
	$(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test_import_suppressions
tests_unit_test_import_suppressions_SOURCES = tests/unit/test_import_suppressions.c \
	tests/support/import_rig.c tests/support/import_rig.h
tests_unit_test_import_suppressions_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_import_suppressions_LDADD = $(FLOW_LIBS) $(TESTDB_LIBS) $(FILE_LIBS) $(STORE_LIBS) \
	$(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test_import_owner
tests_unit_test_import_owner_SOURCES = tests/unit/test_import_owner.c \
	tests/support/import_rig.c tests/support/import_rig.h
tests_unit_test_import_owner_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_import_owner_LDADD = $(FLOW_LIBS) $(TESTDB_LIBS) $(FILE_LIBS) $(STORE_LIBS) \
	$(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
endif

EXTRA_PROGRAMS += tests/bench/bench_import
tests_bench_bench_import_SOURCES = tests/bench/bench_import.c
tests_bench_bench_import_CPPFLAGS = $(AM_CPPFLAGS) -DBENCH_SRCDIR='"$(abs_top_srcdir)"'
tests_bench_bench_import_LDADD = $(FLOW_LIBS) $(FILE_LIBS) $(STORE_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS)
EXTRA_DIST += tests/bench/bench_import.py
libflow_a_SOURCES += \
	src/flow/mail_batch.c src/flow/mail_batch.h src/flow/mail_chores.c src/flow/mail_chores.h \
	src/flow/mail_intake.c src/flow/mail_intake.h src/flow/mail_judge.c src/flow/mail_judge.h \
	src/flow/mail_recipient.c src/flow/mail_recipient.h
libflow_a_SOURCES += src/flow/mail_waiting.c src/flow/mail_waiting.h
PYTESTS += tests/integration/test_mail_in.py tests/integration/test_partner_mail.py
EXTRA_DIST += tests/integration/lmtp_client.py
EXTRA_PROGRAMS += tests/bench/bench_mail_in
tests_bench_bench_mail_in_SOURCES = tests/bench/bench_mail_in.c
tests_bench_bench_mail_in_LDADD = $(BASE_LIBS)
EXTRA_DIST += tests/bench/bench_mail_in.py
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_mail_judge
tests_unit_test_mail_judge_SOURCES = tests/unit/test_mail_judge.c
tests_unit_test_mail_judge_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mail_judge_LDADD = $(FLOW_LIBS) $(FILE_LIBS) $(MAIL_LIBS) $(STORE_LIBS) \
	$(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test_mail_waiting
tests_unit_test_mail_waiting_SOURCES = tests/unit/test_mail_waiting.c
tests_unit_test_mail_waiting_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mail_waiting_LDADD = $(FLOW_LIBS) $(FILE_LIBS) $(MAIL_LIBS) $(STORE_LIBS) \
	$(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
endif
EXTRA_DIST += tests/bench/bench_postman.py
