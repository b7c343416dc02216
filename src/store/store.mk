# store: every SQL statement of the project.
noinst_LIBRARIES += libstore.a
libstore_a_CPPFLAGS = $(AM_CPPFLAGS) $(MARIADB_CFLAGS) $(SODIUM_CFLAGS) $(EVENT_CFLAGS)
libstore_a_SOURCES = \
	src/store/staff.c src/store/staff.h \
	src/store/staff_absence.c \
	src/store/staff_change.c src/store/staff_change.h \
	src/store/staff_leave.c src/store/staff_leave.h \
	src/store/staff_owner.c \
	src/store/staff_set.c \
	src/store/staff_answer.c src/store/staff_answer.h \
	src/store/staff_reply.c src/store/staff_reply.h src/store/staff_reply_act.c \
	src/store/staff_reply_link.c src/store/staff_reply_look.c src/store/staff_reply_private.h \
	src/store/alert_compare.c src/store/alert_compare.h \
	src/store/alert_rule.c src/store/alert_rule.h \
	src/store/node_beat.c src/store/node_beat.h \
	src/store/alert.c src/store/alert.h src/store/audience.c src/store/audience.h src/store/audience_explain.c \
	src/store/audience_explain.h src/store/audience_names.c src/store/audience_names.h \
	src/store/audience_saved.c src/store/audience_saved.h src/store/audit.c \
	src/store/audit.h src/store/contact_return.c src/store/contact_return.h \
	src/store/erase.c src/store/erase.h src/store/erase_step.c src/store/pseudonym.c \
	src/store/pseudonym.h src/store/campaign.c src/store/campaign.h \
	src/store/campaign_row.h src/store/campaign_expand.c src/store/campaign_page.c \
	src/store/campaign_page.h src/store/campaign_preview.c \
	src/store/campaign_message.c src/store/campaign_message.h \
	src/store/campaign_approval.c src/store/campaign_approval.h src/store/campaign_life.c \
	src/store/campaign_life.h src/store/campaign_rest.c src/store/campaign_rest.h \
	src/store/campaign_results.c src/store/campaign_results.h src/store/campaign_trial.c \
	src/store/campaign_command.c src/store/campaign_limits.c src/store/campaign_limits.h \
	src/store/campaign_member.c src/store/campaign_member.h \
	src/store/campaign_pace.c src/store/campaign_pace.h src/store/campaign_wait.c \
	src/store/campaign_wait.h src/store/campaign_figures.c src/store/campaign_figures.h \
	src/store/campaign_status.c src/store/campaign_recipients.c \
	src/store/campaign_recipients.h src/store/campaign_retry.c src/store/campaign_retry.h \
	src/store/audience_compiler.h src/store/audience_days.c src/store/audience_past.c \
	src/store/export.c src/store/export.h src/store/campaign_test.c \
	src/store/campaign_test.h src/store/campaign_words.c src/store/campaign_work.c \
	src/store/consent.c src/store/consent.h src/store/consent_address.c \
	src/store/consent_private.h src/store/consent_sql.h src/store/consent_line.c \
	src/store/consent_line.h src/store/consent_read.c src/store/consent_read.h \
	src/store/consent_request.c src/store/consent_request.h src/store/consent_say.c \
	src/store/consent_say.h src/store/consent_verify.c src/store/customer.c \
	src/store/customer_edit.c src/store/customer_edit.h src/store/customer_double.c \
	src/store/customer_double.h src/store/customer_merge.c src/store/customer_merge.h \
	src/store/customer_merge_private.h src/store/merged_sql.h src/store/customer_merge_step.c \
	src/store/customer_move.c src/store/customer_unmerge.c \
	src/store/double_search.c src/store/customer_match.c src/store/customer_match.h \
	src/store/import_joined.c src/store/import_joined.h \
	src/store/import_owner.c src/store/import_owner.h src/store/house_code.c \
	src/store/house_code.h src/store/dossier.c src/store/dossier.h src/store/lease.c \
	src/store/lease.h src/store/mail_in.c src/store/mail_in.h \
	src/store/mail_in_effect.c src/store/mail_in_look.c src/store/mail_in_private.h \
	src/store/mail_source.c \
	src/store/mail_out.c src/store/mail_out.h \
	src/store/mail_out_view.c src/store/mail_out_view.h \
	src/store/link.c src/store/link.h src/store/link_code.c \
	src/store/link_code.h src/store/recipient.c src/store/recipient.h src/store/secret.c \
	src/store/secret.h src/store/template.c src/store/template.h \
	src/store/template_change.c src/store/template_preview.c src/store/template_preview.h \
	src/store/wording_example.c src/store/wording_example.h src/store/wording.c \
	src/store/wording.h src/store/wording_private.h src/store/wording_sql.c \
	src/store/wording_mail.c \
	src/store/template_file.c src/store/template_file.h \
	src/store/template_upload.c src/store/template_upload.h \
	src/store/recipient_count.c src/store/recipient_sql.c src/store/recipient_sql.h \
	src/store/db.h src/store/db_private.h src/store/db.c src/store/db_bulk.c \
	src/store/db_connect.c src/store/db_rows.c src/store/db_statement.c src/store/ids.c \
	src/store/timed_id.h src/store/migrate.c src/store/migrate.h src/store/migrate_files.c \
	src/store/migrate_files.h src/store/migrate_lease.c src/store/migrate_lease.h \
	src/store/sql_script.c src/store/sql_script.h src/store/child.c src/store/child.h \
	src/store/standalone.c src/store/standalone.h src/store/standalone_dir.c \
	src/store/standalone_dir.h src/store/import.c src/store/import.h src/store/import_row.h \
	src/store/id_stock.c src/store/id_stock.h src/store/import_apply.c src/store/import_kind.h \
	src/store/id_list.c src/store/id_list.h src/store/import_before.c src/store/import_before.h \
	src/store/import_undo.c src/store/import_undo.h src/store/import_undo_orders.c \
	src/store/import_undo_orders.h \
	src/store/import_document.c src/store/import_document.h \
	src/store/goods.c src/store/goods.h src/store/import_codes.c src/store/import_codes.h src/store/import_orders.c src/store/import_orders.h \
	src/store/import_orders_known.c src/store/import_orders_put.c \
	src/store/import_invoices.c src/store/import_keys.c src/store/import_keys.h \
	src/store/import_note.c src/store/import_note.h src/store/import_undo_kinds.c \
	src/store/import_payments.c src/store/import_products.c src/store/import_statuses.c \
	src/store/import_suppressions.c src/store/invoice_settle.c src/store/invoice_settle.h \
	src/store/import_person.c src/store/import_person.h src/store/import_plan.c \
	src/store/import_answer.c src/store/import_answer.h src/store/partner_schedule.c \
	src/store/partner_schedule.h src/store/partner_status.c src/store/partner_status.h \
	src/store/import_plan.h src/store/import_known.c src/store/import_known.h \
	src/store/import_command.c src/store/import_command.h src/store/partner_query.c \
	src/store/partner_query.h src/store/row_hash.c src/store/row_hash.h \
	src/store/import_query.c src/store/import_query.h \
	src/store/inbound.c src/store/inbound.h src/store/inbound_private.h \
	src/store/inbound_list.c src/store/inbound_parts.c src/store/message.c \
	src/store/message.h src/store/message_command.c src/store/message_command.h \
	src/store/message_life.c src/store/message_life.h src/store/occasion.c \
	src/store/occasion.h src/store/occasion_row.h src/store/occasion_log.c \
	src/store/occasion_try.c src/store/occasion_day.c src/store/occasion_day.h \
	src/store/occasion_note.c src/store/occasion_note.h src/store/occasion_page.c \
	src/store/occasion_page.h src/store/occasion_pass.c src/store/occasion_step.c \
	src/store/partition.c src/store/partition.h src/store/partition_plan.c \
	src/store/partition_plan.h src/store/retention.c src/store/retention.h src/store/calling_sql.h src/store/replied_sql.h \
	src/store/standing.c src/store/standing.h src/store/status.c src/store/status.h \
	src/store/suppression.c src/store/suppression.h src/store/suppression_listing.c \
	src/store/suppression_listing.h src/store/outbox.c src/store/outbox.h \
	src/store/outbox_claim.c src/store/outbox_contact.c src/store/outbox_private.h \
	src/store/outbox_receipt.c src/store/outbox_record.c src/store/outbox_recover.c src/store/outbox_mail.c src/store/outbox_mail.h \
	src/store/outbox_right_sql.h src/store/post_run.c src/store/post_run.h \
	src/store/queue.c src/store/queue.h src/store/send_window.c src/store/send_window.h \
	src/store/slice.c src/store/slice.h
libstore_a_SOURCES += src/store/unsubscribe.c src/store/unsubscribe.h
libstore_a_SOURCES += \
	src/store/contact_plan.c src/store/contact_plan.h src/store/contact_plan_news.c \
	src/store/contact_plan_note.h src/store/contact_plan_page.c src/store/contact_plan_page.h \
	src/store/contact_plan_row.h src/store/contact_plan_share.c src/store/contact_plan_step.c \
	src/store/contact_plan_version.c src/store/contact_plan_walk.c \
	src/store/contact_enrolment.c src/store/contact_enrolment.h src/store/contact_enrolment_view.c
libstore_a_SOURCES += src/store/contact_task.c src/store/contact_task.h \
	src/store/contact_task_view.c src/store/contact_task_history.c \
	src/store/contact_task_command.c src/store/contact_task_command.h \
	src/store/contact_outcome.c src/store/contact_outcome.h
libstore_a_SOURCES += src/store/retention_contact.c src/store/erase_contact.c src/store/erase_contact.h \
	src/store/customer_merge_task.c
libstore_a_SOURCES += src/store/contact_result.c src/store/contact_result.h \
	src/store/contact_result_private.h src/store/contact_result_effect.c \
	src/store/contact_result_next.c src/store/contact_result_talk.c \
	src/store/contact_refusal.c src/store/contact_refusal.h \
	src/store/import_undo_contact.c src/store/import_undo_contact.h
libstore_a_SOURCES += src/store/document.c src/store/document.h src/store/mail_document.c \
	src/store/mail_document.h src/store/mail_file.c src/store/mail_file.h
libstore_a_SOURCES += src/store/document_tidy.c src/store/document_tidy.h \
	src/store/erase_mail.c src/store/erase_mail.h
libstore_a_SOURCES += src/store/mail_in_view.c src/store/mail_in_view.h src/store/mail_review.c \
	src/store/mail_review.h
libstore_a_SOURCES += src/store/contact_facts.c src/store/contact_facts.h \
	src/store/contact_orphan.c src/store/contact_orphan.h \
	src/store/contact_list.c src/store/contact_list.h src/store/contact_making.c \
	src/store/contact_displace.c src/store/contact_displace.h \
	src/store/contact_news.c src/store/contact_news.h src/store/contact_explain.c \
	src/store/contact_policy.c src/store/contact_policy.h src/store/contact_policy_set.c \
	src/store/contact_roster.c src/store/contact_roster.h
STORE_LIBS = libstore.a $(MARIADB_LIBS) $(SODIUM_LIBS)
dist_sql_DATA = \
	sql/0001-core.sql \
	sql/0002-gateway.sql \
	sql/0003-inbound.sql \
	sql/0004-operate.sql \
	sql/0005-partitions.sql \
	sql/0006-customer.sql \
	sql/0007-reach.sql \
	sql/0008-audience.sql \
	sql/0009-consent.sql \
	sql/0010-privacy.sql \
	sql/0011-words.sql \
	sql/0012-when.sql \
	sql/0013-results.sql \
	sql/0014-occasions.sql sql/0015-files.sql sql/0016-undo.sql sql/0017-kinds.sql \
	sql/0018-answers.sql sql/0019-merge.sql sql/0020-mail.sql sql/0021-hold.sql \
	sql/0022-mail-channel.sql sql/0023-mail-in.sql sql/0024-document.sql sql/0025-mail-template.sql \
	sql/0026-mail-queue.sql sql/0027-mail-reach.sql sql/0028-mail-unsubscribe.sql \
	sql/0029-staff.sql \
	sql/0030-contact-task.sql \
	sql/0031-contact-policy.sql \
	sql/0032-contact-plan.sql \
	sql/0033-escalation.sql \
	sql/0034-alert-rule.sql \
	sql/0035-report.sql \
	sql/0036-staff-answer.sql \
	sql/0037-occasion-mail.sql \
	sql/0038-matter-look.sql \
	sql/0039-plan-most.sql \
	sql/0040-report-days.sql \
	sql/0041-leaver.sql
sqldir = $(pkgdatadir)/sql

# For tests that need a real database: LDADD = $(TESTDB_LIBS) $(STORE_LIBS) ... (tests/support/testdb.h)
check_LIBRARIES = libtestdb.a
libtestdb_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) -DTEST_SRCDIR='"$(abs_top_srcdir)"'
libtestdb_a_SOURCES = tests/support/testdb.c tests/support/testdb.h \
	tests/support/crowd.c tests/support/crowd.h
TESTDB_LIBS = libtestdb.a

if HAVE_CMOCKA
store_test_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir) $(CMOCKA_CFLAGS)
store_test_ldadd = $(TESTDB_LIBS) $(STORE_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test_sql_script tests/integration/test_store_db \
	tests/integration/test_store_migrate tests/integration/test_store_standalone
tests_unit_test_sql_script_SOURCES = tests/unit/test_sql_script.c
tests_unit_test_sql_script_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_sql_script_LDADD = $(STORE_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_integration_test_store_db_SOURCES = tests/integration/test_store_db.c
tests_integration_test_store_db_CPPFLAGS = $(store_test_cppflags)
tests_integration_test_store_db_LDADD = $(store_test_ldadd)
tests_integration_test_store_migrate_SOURCES = tests/integration/test_store_migrate.c
tests_integration_test_store_migrate_CPPFLAGS = $(store_test_cppflags)
tests_integration_test_store_migrate_LDADD = $(store_test_ldadd)
tests_integration_test_store_outbox_SOURCES = tests/integration/test_store_outbox.c \
	tests/support/outbox_rig.c tests/support/outbox_rig.h
tests_integration_test_store_doubts_SOURCES = tests/integration/test_store_doubts.c \
	tests/support/outbox_rig.c tests/support/outbox_rig.h
tests_integration_test_store_doubts_CPPFLAGS = $(store_test_cppflags)
tests_integration_test_store_doubts_LDADD = $(store_test_ldadd)
tests_integration_test_store_queue_SOURCES = tests/integration/test_store_queue.c \
	tests/support/outbox_rig.c tests/support/outbox_rig.h
tests_integration_test_store_queue_CPPFLAGS = $(store_test_cppflags)
tests_integration_test_store_queue_LDADD = $(store_test_ldadd)
tests_integration_test_store_outbox_CPPFLAGS = $(store_test_cppflags)
tests_integration_test_store_outbox_LDADD = $(store_test_ldadd)
tests_integration_test_store_standalone_SOURCES = tests/integration/test_store_standalone.c
tests_integration_test_store_standalone_CPPFLAGS = $(store_test_cppflags)
tests_integration_test_store_standalone_LDADD = $(store_test_ldadd)
check_PROGRAMS += tests/integration/test_store_outbox tests/integration/test_store_queue \
	tests/integration/test_store_doubts tests/integration/test_store_window
tests_integration_test_store_window_SOURCES = tests/integration/test_store_window.c \
	tests/support/outbox_rig.c tests/support/outbox_rig.h
tests_integration_test_store_window_CPPFLAGS = $(store_test_cppflags)
tests_integration_test_store_window_LDADD = $(store_test_ldadd)
# Its faults stand between the store and MariaDB's library, by the linker.
check_PROGRAMS += tests/integration/test_store_faults
tests_integration_test_store_faults_SOURCES = tests/integration/test_store_faults.c \
	tests/support/outbox_rig.c tests/support/outbox_rig.h
tests_integration_test_store_faults_CPPFLAGS = $(store_test_cppflags) $(MARIADB_CFLAGS)
tests_integration_test_store_faults_LDADD = $(store_test_ldadd)
tests_integration_test_store_faults_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=mysql_real_query \
	-Wl,--wrap=mysql_stmt_execute -Wl,--wrap=mysql_errno -Wl,--wrap=mysql_error \
	-Wl,--wrap=mysql_stmt_errno -Wl,--wrap=mysql_stmt_error
check_PROGRAMS += tests/integration/test_campaign_pace
tests_integration_test_campaign_pace_SOURCES = tests/integration/test_campaign_pace.c \
	tests/support/outbox_rig.c tests/support/outbox_rig.h
tests_integration_test_campaign_pace_CPPFLAGS = $(store_test_cppflags)
tests_integration_test_campaign_pace_LDADD = $(store_test_ldadd)
check_PROGRAMS += tests/integration/test_message_command tests/integration/test_campaign_retry
tests_integration_test_campaign_retry_SOURCES = tests/integration/test_campaign_retry.c
tests_integration_test_campaign_retry_CPPFLAGS = $(store_test_cppflags)
tests_integration_test_campaign_retry_LDADD = $(store_test_ldadd)
tests_integration_test_message_command_SOURCES = tests/integration/test_message_command.c
tests_integration_test_message_command_CPPFLAGS = $(store_test_cppflags)
tests_integration_test_message_command_LDADD = $(store_test_ldadd)
check_PROGRAMS += tests/unit/test_partition_plan tests/integration/test_store_partition
tests_unit_test_partition_plan_SOURCES = tests/unit/test_partition_plan.c
tests_unit_test_partition_plan_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_partition_plan_LDADD = $(STORE_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_integration_test_store_partition_SOURCES = tests/integration/test_store_partition.c
tests_integration_test_store_partition_CPPFLAGS = $(store_test_cppflags)
tests_integration_test_store_partition_LDADD = $(store_test_ldadd)
check_PROGRAMS += tests/unit/test_link_code tests/unit/test_wording
check_PROGRAMS += tests/unit/test_mail_template
tests_unit_test_mail_template_SOURCES = tests/unit/test_mail_template.c
tests_unit_test_mail_template_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_mail_template_LDADD = $(store_test_ldadd)
tests_unit_test_link_code_SOURCES = tests/unit/test_link_code.c
tests_unit_test_link_code_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_link_code_LDADD = $(STORE_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_wording_SOURCES = tests/unit/test_wording.c
tests_unit_test_wording_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_wording_LDADD = $(store_test_ldadd)
check_PROGRAMS += tests/unit/test_audience_sql tests/unit/test_campaign \
	tests/unit/test_campaign_life tests/unit/test_campaign_results \
	tests/unit/test_consent_ledger tests/unit/test_dossier tests/unit/test_erase tests/unit/test_inbound tests/unit/test_staff_answer \
	tests/unit/test_suppression tests/unit/test_unsubscribe
tests_unit_test_audience_sql_SOURCES = tests/unit/test_audience_sql.c
tests_unit_test_audience_sql_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_audience_sql_LDADD = $(store_test_ldadd)
check_PROGRAMS += tests/unit/test_import_undo
tests_unit_test_import_undo_SOURCES = tests/unit/test_import_undo.c
tests_unit_test_import_undo_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_import_undo_LDADD = $(store_test_ldadd)
check_PROGRAMS += tests/unit/test_import_command
tests_unit_test_import_command_SOURCES = tests/unit/test_import_command.c
tests_unit_test_import_command_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_import_command_LDADD = $(store_test_ldadd)
check_PROGRAMS += tests/unit/test_document tests/unit/test_mail_review tests/unit/test_erase_mail
tests_unit_test_erase_mail_SOURCES = tests/unit/test_erase_mail.c
tests_unit_test_erase_mail_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_erase_mail_LDADD = $(store_test_ldadd)
tests_unit_test_mail_review_SOURCES = tests/unit/test_mail_review.c
tests_unit_test_mail_review_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_mail_review_LDADD = $(store_test_ldadd)
tests_unit_test_document_SOURCES = tests/unit/test_document.c
tests_unit_test_document_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_document_LDADD = $(store_test_ldadd)
check_PROGRAMS += tests/unit/test_mail_out
tests_unit_test_mail_out_SOURCES = tests/unit/test_mail_out.c
tests_unit_test_mail_out_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_mail_out_LDADD = $(store_test_ldadd)
check_PROGRAMS += tests/unit/test_mail_in
tests_unit_test_mail_in_SOURCES = tests/unit/test_mail_in.c
tests_unit_test_mail_in_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_mail_in_LDADD = $(store_test_ldadd)
noinst_PROGRAMS += tests/integration/contact_weeks
tests_integration_contact_weeks_SOURCES = tests/integration/contact_weeks.c
tests_integration_contact_weeks_CPPFLAGS = $(store_test_cppflags) $(MARIADB_CFLAGS)
tests_integration_contact_weeks_LDADD = $(store_test_ldadd)
tests_integration_contact_weeks_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=mysql_real_query \
	-Wl,--wrap=mysql_stmt_execute -Wl,--wrap=clock_now
PYTESTS += tests/integration/test_contact_weeks.py
EXTRA_DIST += tests/integration/work_calendar.py
check_PROGRAMS += tests/unit/test_staff_store
check_PROGRAMS += tests/unit/test_alert_rules
check_PROGRAMS += tests/unit/test_standing tests/unit/test_match tests/unit/test_merge
tests_unit_test_merge_SOURCES = tests/unit/test_merge.c tests/support/twins.c \
	tests/support/twins.h
tests_unit_test_merge_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_merge_LDADD = $(store_test_ldadd)
check_PROGRAMS += tests/unit/test_merge_faults
tests_unit_test_merge_faults_SOURCES = tests/unit/test_merge_faults.c tests/support/twins.c \
	tests/support/twins.h tests/support/mortal.c tests/support/mortal.h
tests_unit_test_merge_faults_CPPFLAGS = $(store_test_cppflags) $(MARIADB_CFLAGS)
tests_unit_test_merge_faults_LDADD = $(store_test_ldadd)
tests_unit_test_merge_faults_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=mysql_real_query \
	-Wl,--wrap=mysql_stmt_execute
tests_unit_test_match_SOURCES = tests/unit/test_match.c
tests_unit_test_match_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_match_LDADD = $(store_test_ldadd)
check_PROGRAMS += tests/unit/test_reach tests/unit/test_campaign_mail
tests_unit_test_campaign_mail_SOURCES = tests/unit/test_campaign_mail.c
tests_unit_test_campaign_mail_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_campaign_mail_LDADD = $(store_test_ldadd)
tests_unit_test_reach_SOURCES = tests/unit/test_reach.c
tests_unit_test_reach_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_reach_LDADD = $(store_test_ldadd)
tests_unit_test_alert_rules_SOURCES = tests/unit/test_alert_rules.c
tests_unit_test_alert_rules_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_alert_rules_LDADD = $(store_test_ldadd)
tests_unit_test_staff_store_SOURCES = tests/unit/test_staff_store.c
tests_unit_test_staff_store_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_staff_store_LDADD = $(store_test_ldadd)
tests_unit_test_standing_SOURCES = tests/unit/test_standing.c
tests_unit_test_standing_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_standing_LDADD = $(store_test_ldadd)
tests_unit_test_campaign_SOURCES = tests/unit/test_campaign.c
tests_unit_test_campaign_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_campaign_LDADD = $(store_test_ldadd)
tests_unit_test_campaign_life_SOURCES = tests/unit/test_campaign_life.c
tests_unit_test_campaign_life_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_campaign_life_LDADD = $(store_test_ldadd)
tests_unit_test_campaign_results_SOURCES = tests/unit/test_campaign_results.c
tests_unit_test_campaign_results_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_campaign_results_LDADD = $(store_test_ldadd)
tests_unit_test_consent_ledger_SOURCES = tests/unit/test_consent_ledger.c
tests_unit_test_consent_ledger_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_consent_ledger_LDADD = $(store_test_ldadd)
tests_unit_test_erase_SOURCES = tests/unit/test_erase.c
tests_unit_test_erase_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_erase_LDADD = $(store_test_ldadd)
tests_unit_test_unsubscribe_SOURCES = tests/unit/test_unsubscribe.c \
	tests/support/outbox_rig.c tests/support/outbox_rig.h
tests_unit_test_unsubscribe_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_unsubscribe_LDADD = $(store_test_ldadd)
tests_unit_test_suppression_SOURCES = tests/unit/test_suppression.c \
	tests/support/outbox_rig.c tests/support/outbox_rig.h
tests_unit_test_suppression_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_suppression_LDADD = $(store_test_ldadd)
tests_unit_test_dossier_SOURCES = tests/unit/test_dossier.c
tests_unit_test_dossier_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_dossier_LDADD = $(store_test_ldadd)
check_PROGRAMS += tests/unit/test_contact_task
tests_unit_test_contact_task_SOURCES = tests/unit/test_contact_task.c \
	tests/support/contact_rig.c tests/support/contact_rig.h
tests_unit_test_contact_task_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_contact_task_LDADD = $(store_test_ldadd)
check_PROGRAMS += tests/unit/test_contact_plan_faults
tests_unit_test_contact_plan_faults_SOURCES = tests/unit/test_contact_plan_faults.c \
	tests/support/occasion_rig.c tests/support/occasion_rig.h \
	tests/support/plan_rig.c tests/support/plan_rig.h
tests_unit_test_contact_plan_faults_CPPFLAGS = $(store_test_cppflags) $(MARIADB_CFLAGS)
tests_unit_test_contact_plan_faults_LDADD = $(store_test_ldadd)
tests_unit_test_contact_plan_faults_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=mysql_real_query \
	-Wl,--wrap=mysql_stmt_execute
check_PROGRAMS += tests/unit/test_contact_life
tests_unit_test_contact_life_SOURCES = tests/unit/test_contact_life.c \
	tests/support/contact_rig.c tests/support/contact_rig.h
tests_unit_test_contact_life_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_contact_life_LDADD = $(store_test_ldadd)
check_PROGRAMS += tests/unit/test_contact_plan_store
tests_unit_test_contact_plan_store_SOURCES = tests/unit/test_contact_plan_store.c \
	tests/support/occasion_rig.c tests/support/occasion_rig.h \
	tests/support/plan_rig.c tests/support/plan_rig.h
tests_unit_test_contact_plan_store_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_contact_plan_store_LDADD = $(store_test_ldadd)
check_PROGRAMS += tests/unit/test_contact_plan_begin
tests_unit_test_contact_plan_begin_SOURCES = tests/unit/test_contact_plan_begin.c \
	tests/support/occasion_rig.c tests/support/occasion_rig.h \
	tests/support/plan_rig.c tests/support/plan_rig.h
tests_unit_test_contact_plan_begin_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_contact_plan_begin_LDADD = $(store_test_ldadd)
check_PROGRAMS += tests/unit/test_contact_faults
tests_unit_test_contact_faults_SOURCES = tests/unit/test_contact_faults.c \
	tests/support/contact_rig.c tests/support/contact_rig.h \
	tests/support/mortal.c tests/support/mortal.h
tests_unit_test_contact_faults_CPPFLAGS = $(store_test_cppflags) $(MARIADB_CFLAGS)
tests_unit_test_contact_faults_LDADD = $(store_test_ldadd)
tests_unit_test_contact_faults_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=mysql_real_query \
	-Wl,--wrap=mysql_stmt_execute
check_PROGRAMS += tests/unit/test_contact_result
check_PROGRAMS += tests/unit/test_staff_answer_faults tests/unit/test_staff_answer_said
tests_unit_test_staff_answer_faults_SOURCES = tests/unit/test_staff_answer_faults.c \
	tests/support/contact_rig.c tests/support/contact_rig.h
tests_unit_test_staff_answer_faults_CPPFLAGS = $(store_test_cppflags) $(MARIADB_CFLAGS)
tests_unit_test_staff_answer_faults_LDADD = $(store_test_ldadd)
tests_unit_test_staff_answer_faults_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=mysql_real_query \
	-Wl,--wrap=mysql_stmt_execute
answer_rig = tests/support/answer_rig.c tests/support/answer_rig.h \
	tests/support/contact_rig.c tests/support/contact_rig.h
tests_unit_test_staff_answer_SOURCES = tests/unit/test_staff_answer.c $(answer_rig)
tests_unit_test_staff_answer_said_SOURCES = tests/unit/test_staff_answer_said.c $(answer_rig)
tests_unit_test_staff_answer_said_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_staff_answer_said_LDADD = $(store_test_ldadd)
tests_unit_test_staff_answer_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_staff_answer_LDADD = $(store_test_ldadd)
tests_unit_test_contact_result_SOURCES = tests/unit/test_contact_result.c \
	tests/support/contact_rig.c tests/support/contact_rig.h
tests_unit_test_contact_result_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_contact_result_LDADD = $(store_test_ldadd)
check_PROGRAMS += tests/unit/test_staff_answer_failed
tests_unit_test_staff_answer_failed_SOURCES = tests/unit/test_staff_answer_failed.c \
	tests/support/contact_rig.c tests/support/contact_rig.h
tests_unit_test_staff_answer_failed_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_staff_answer_failed_LDADD = $(store_test_ldadd)
check_PROGRAMS += tests/unit/test_contact_list tests/unit/test_contact_list_days
tests_unit_test_contact_list_SOURCES = tests/unit/test_contact_list.c \
	tests/support/list_rig.c tests/support/list_rig.h
tests_unit_test_contact_list_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_contact_list_LDADD = $(store_test_ldadd)
tests_unit_test_contact_list_days_SOURCES = tests/unit/test_contact_list_days.c \
	tests/support/list_rig.c tests/support/list_rig.h
tests_unit_test_contact_list_days_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_contact_list_days_LDADD = $(store_test_ldadd)
check_PROGRAMS += tests/unit/test_occasion_store tests/unit/test_occasion_day \
	tests/unit/test_occasion_mail
tests_unit_test_occasion_mail_SOURCES = tests/unit/test_occasion_mail.c \
	tests/support/occasion_rig.c tests/support/occasion_rig.h \
	tests/support/plan_rig.c tests/support/plan_rig.h
tests_unit_test_occasion_mail_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_occasion_mail_LDADD = $(store_test_ldadd)
tests_unit_test_occasion_day_SOURCES = tests/unit/test_occasion_day.c \
	tests/support/occasion_rig.c tests/support/occasion_rig.h
tests_unit_test_occasion_day_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_occasion_day_LDADD = $(store_test_ldadd)
tests_unit_test_occasion_store_SOURCES = tests/unit/test_occasion_store.c \
	tests/support/occasion_rig.c tests/support/occasion_rig.h
tests_unit_test_occasion_store_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_occasion_store_LDADD = $(store_test_ldadd)
tests_unit_test_inbound_SOURCES = tests/unit/test_inbound.c
tests_unit_test_inbound_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_inbound_LDADD = $(store_test_ldadd)
endif

check_PROGRAMS += tests/fuzz/fuzz_link_code
tests_fuzz_fuzz_link_code_SOURCES = tests/fuzz/fuzz_link_code.c tests/fuzz/replay.c
tests_fuzz_fuzz_link_code_LDADD = $(STORE_LIBS) $(BASE_LIBS)

# What people are reminded of.
libstore_a_SOURCES += src/store/matter.c src/store/matter.h src/store/matter_private.h \
	src/store/matter_anew.c src/store/matter_anew.h \
	src/store/notice.c src/store/notice.h src/store/notice_private.h \
	src/store/notice_withdraw.c src/store/notice_lines.c src/store/notice_lines.h \
	src/store/matter_view.c src/store/matter_view.h src/store/matter_look.c \
	src/store/matter_look.h \
	src/store/escalation_policy.c src/store/escalation_policy.h src/store/escalation_private.h \
	src/store/escalation_run.c src/store/escalation_run.h src/store/escalation_page.c
libstore_a_SOURCES += src/store/notice_send.c src/store/notice_send.h src/store/day_notice.c \
	src/store/day_notice.h src/store/notice_fate.c src/store/notice_fate.h
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_matter_look
tests_unit_test_matter_look_SOURCES = tests/unit/test_matter_look.c \
	tests/support/escalation_rig.c tests/support/escalation_rig.h tests/support/mortal.c \
	tests/support/mortal.h
tests_unit_test_matter_look_CPPFLAGS = $(store_test_cppflags) $(MARIADB_CFLAGS)
tests_unit_test_matter_look_LDADD = $(store_test_ldadd)
tests_unit_test_matter_look_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=mysql_real_query \
	-Wl,--wrap=mysql_stmt_execute
check_PROGRAMS += tests/unit/test_notice_fate
tests_unit_test_notice_fate_SOURCES = tests/unit/test_notice_fate.c \
	tests/support/escalation_rig.c tests/support/escalation_rig.h tests/support/mortal.c \
	tests/support/mortal.h
tests_unit_test_notice_fate_CPPFLAGS = $(store_test_cppflags) $(MARIADB_CFLAGS)
tests_unit_test_notice_fate_LDADD = $(store_test_ldadd)
tests_unit_test_notice_fate_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=mysql_real_query \
	-Wl,--wrap=mysql_stmt_execute
check_PROGRAMS += tests/unit/test_matter
tests_unit_test_matter_SOURCES = tests/unit/test_matter.c
tests_unit_test_matter_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_matter_LDADD = $(store_test_ldadd)
check_PROGRAMS += tests/unit/test_escalation_run tests/unit/test_escalation_faults
check_PROGRAMS += tests/unit/test_day_notice
tests_unit_test_day_notice_SOURCES = tests/unit/test_day_notice.c \
	tests/support/escalation_rig.c tests/support/escalation_rig.h tests/support/mortal.c \
	tests/support/mortal.h
tests_unit_test_day_notice_CPPFLAGS = $(store_test_cppflags) $(MARIADB_CFLAGS)
tests_unit_test_day_notice_LDADD = $(store_test_ldadd)
tests_unit_test_day_notice_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=mysql_real_query \
	-Wl,--wrap=mysql_stmt_execute
check_PROGRAMS += tests/unit/test_erase_contact
tests_unit_test_erase_contact_SOURCES = tests/unit/test_erase_contact.c \
	tests/support/escalation_rig.c tests/support/escalation_rig.h
tests_unit_test_erase_contact_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_erase_contact_LDADD = $(store_test_ldadd)
tests_unit_test_escalation_faults_SOURCES = tests/unit/test_escalation_faults.c \
	tests/support/escalation_rig.c tests/support/escalation_rig.h tests/support/mortal.c \
	tests/support/mortal.h
tests_unit_test_escalation_faults_CPPFLAGS = $(store_test_cppflags) $(MARIADB_CFLAGS)
tests_unit_test_escalation_faults_LDADD = $(store_test_ldadd)
tests_unit_test_escalation_faults_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=mysql_real_query \
	-Wl,--wrap=mysql_stmt_execute
tests_unit_test_escalation_run_SOURCES = tests/unit/test_escalation_run.c \
	tests/support/escalation_rig.c tests/support/escalation_rig.h
tests_unit_test_escalation_run_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_escalation_run_LDADD = $(store_test_ldadd)
endif

EXTRA_PROGRAMS += tests/bench/bench_contact
tests_bench_bench_contact_SOURCES = tests/bench/bench_contact.c tests/bench/server.c \
	tests/bench/server.h
tests_bench_bench_contact_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) -DBENCH_SRCDIR='"$(abs_top_srcdir)"'
tests_bench_bench_contact_LDADD = $(STORE_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS)
EXTRA_DIST += tests/bench/bench_report.py
EXTRA_DIST += tests/bench/bench_contact.py
EXTRA_PROGRAMS += tests/bench/bench_expand tests/bench/bench_raw
tests_bench_bench_expand_SOURCES = tests/bench/bench_expand.c tests/bench/server.c \
	tests/bench/server.h
tests_bench_bench_expand_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) -DBENCH_SRCDIR='"$(abs_top_srcdir)"'
tests_bench_bench_expand_LDADD = $(STORE_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS)
tests_bench_bench_raw_SOURCES = tests/bench/bench_raw.c tests/bench/server.c tests/bench/server.h
tests_bench_bench_raw_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) -DBENCH_SRCDIR='"$(abs_top_srcdir)"'
tests_bench_bench_raw_LDADD = $(STORE_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS)
EXTRA_DIST += tests/bench/bench_expand.py tests/bench/bench_raw.py

EXTRA_PROGRAMS += tests/bench/bench_escalation
tests_bench_bench_escalation_SOURCES = tests/bench/bench_escalation.c tests/bench/server.c \
	tests/bench/server.h
tests_bench_bench_escalation_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) -DBENCH_SRCDIR='"$(abs_top_srcdir)"'
tests_bench_bench_escalation_LDADD = $(STORE_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS)
EXTRA_DIST += tests/bench/bench_escalation.py
EXTRA_PROGRAMS += tests/bench/bench_mail_store
tests_bench_bench_mail_store_SOURCES = tests/bench/bench_mail_store.c tests/bench/server.c \
	tests/bench/server.h
tests_bench_bench_mail_store_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) -DBENCH_SRCDIR='"$(abs_top_srcdir)"'
tests_bench_bench_mail_store_LDADD = $(STORE_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS)
libstore_a_SOURCES += src/store/report.c src/store/report.h \
	src/store/report_clock.c src/store/report_clock.h \
	src/store/report_schedule.c src/store/report_schedule.h
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_report_store
tests_unit_test_report_store_SOURCES = tests/unit/test_report_store.c
tests_unit_test_report_store_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_report_store_LDADD = $(store_test_ldadd)
endif
