# control: the HTTP port.
noinst_LIBRARIES += libcontrol.a
libcontrol_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS) $(SODIUM_CFLAGS)
libcontrol_a_SOURCES = \
	src/control/api_alert.c src/control/api_campaign.c src/control/api_consent.c src/control/api_consent_show.c \
	src/control/api_customer.c src/control/api_gateway.c src/control/api_goods.c src/control/api_audience.c \
	src/control/rule.h src/control/api_campaign_when.c src/control/campaign_when.h \
	src/control/api_campaign_life.c src/control/campaign_life.h \
	src/control/api_campaign_words.c src/control/api_contact.c src/control/api_customer_edit.c src/control/api_customer_merge.c \
	src/control/api_import.c src/control/api_inbound.c src/control/api_message.c \
	src/control/api_message_life.c src/control/api_retention.c src/control/api_status.c \
	src/control/api_privacy.c src/control/api_mail.c src/control/api_suppression.c src/control/api_template.c \
	src/control/api_template.h src/control/api_template_mail.c \
	src/control/base64.c src/control/base64.h \
	src/control/api_text.c src/control/control.c src/control/control.h \
	src/control/consent_export.c src/control/export_seal.c src/control/export_seal.h \
	src/control/consent_check.c src/control/consent_check.h src/control/exchange.c \
	src/control/api_results.c src/control/callers.c src/control/callers.h \
	src/control/exchange.h src/control/http.c src/control/http.h src/control/public.c \
	src/control/public.h src/control/public_links.c src/control/public_links.h \
	src/control/public_unsubscribe.c src/control/public_unsubscribe.h \
	src/control/public_notice.c src/control/public_notice.h \
	src/control/public_page.c src/control/public_page.h src/control/rates.c \
	src/control/rates.h src/control/routes.c src/control/routes.h src/control/signing_key.c \
	src/control/signing_key.h src/control/token.c src/control/token.h src/control/visitor.c \
	src/control/visitor.h src/control/kick.c src/control/kick.h src/control/ways.c src/control/ways.h src/control/api_occasion.c src/control/api_partner.c \
	src/control/api_import.h src/control/api_import_undo.c \
	src/control/export_page.c src/control/export_page.h
libcontrol_a_SOURCES += src/control/api_mail_in.c
libcontrol_a_SOURCES += src/control/api_plan.c src/control/plan_json.c src/control/plan_json.h
libcontrol_a_SOURCES += src/control/api_task.c src/control/api_task.h \
	src/control/api_contact_result.c src/control/colleague.c src/control/colleague.h
libcontrol_a_SOURCES += src/control/colleague_may.c src/control/colleague_may.h
libcontrol_a_SOURCES += src/control/api_staff.c
libcontrol_a_SOURCES += src/control/api_escalation.c
libcontrol_a_SOURCES += src/control/mail_as_read.c src/control/mail_as_read.h
libcontrol_a_SOURCES += src/control/api_report.c
PYTESTS += tests/integration/test_reports.py tests/integration/test_rights.py
CONTROL_LIBS = libcontrol.a $(EVENT_LIBS) $(JANSSON_LIBS) $(SODIUM_LIBS)

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_http tests/unit/test_routes tests/unit/test_token
check_PROGRAMS += tests/unit/test_callers
tests_unit_test_callers_SOURCES = tests/unit/test_callers.c
tests_unit_test_callers_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_callers_LDADD = $(CONTROL_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test_http tests/unit/test_routes tests/unit/test_token \
	tests/unit/test_visitor
tests_unit_test_visitor_SOURCES = tests/unit/test_visitor.c
tests_unit_test_visitor_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_visitor_LDADD = $(CONTROL_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_http_SOURCES = tests/unit/test_http.c
tests_unit_test_http_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_http_LDADD = $(CONTROL_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_routes_SOURCES = tests/unit/test_routes.c
tests_unit_test_routes_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_routes_LDADD = $(CONTROL_LIBS) $(FLOW_LIBS) $(SMPP_LIBS) $(FILE_LIBS) $(MAIL_LIBS) $(REPORT_LIBS) $(STORE_LIBS) \
	$(DOMAIN_LIBS) $(BASE_LIBS) $(JANSSON_LIBS) $(UNIT_LIBS)
tests_unit_test_token_SOURCES = tests/unit/test_token.c
tests_unit_test_token_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_token_LDADD = $(CONTROL_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
endif

check_PROGRAMS += tests/fuzz/fuzz_consent_check
tests_fuzz_fuzz_consent_check_SOURCES = tests/fuzz/fuzz_consent_check.c tests/fuzz/replay.c
tests_fuzz_fuzz_consent_check_LDADD = $(CONTROL_LIBS) $(STORE_LIBS) $(BASE_LIBS)
