# domain: the business rules, without any I/O.
noinst_LIBRARIES += libdomain.a
libdomain_a_CPPFLAGS = $(AM_CPPFLAGS) $(ICU_CFLAGS) $(JANSSON_CFLAGS) $(SODIUM_CFLAGS)
libdomain_a_SOURCES = \
	src/domain/reply_text.c src/domain/reply_text.h \
	src/domain/staff_reply.c src/domain/staff_reply.h \
	src/domain/staff_reply_amount.c src/domain/staff_reply_amount.h \
	src/domain/staff_reply_book.c src/domain/staff_reply_book.h \
	src/domain/staff_reply_number.c src/domain/staff_reply_number.h \
	src/domain/staff_reply_rest.c src/domain/staff_reply_rest.h \
	src/domain/staff_reply_words.c src/domain/staff_reply_words.h \
	src/domain/staff_reply_when.c src/domain/staff_reply_when.h \
	src/domain/anomaly.c src/domain/anomaly.h \
	src/domain/staff.c src/domain/staff.h \
	src/domain/staff_right.c src/domain/staff_right.h \
	src/domain/work_time.c src/domain/work_time.h \
	src/domain/charset.c src/domain/charset.h src/domain/mail_quote.c src/domain/mail_quote.h \
	src/domain/mail_route.c src/domain/mail_route.h \
	src/domain/auth_results.c src/domain/auth_results.h src/domain/automation.c src/domain/automation.h \
	src/domain/mail_token.c src/domain/mail_token.h \
	src/domain/mail_mark.c src/domain/mail_mark.h \
	src/domain/fingerprint.c src/domain/fingerprint.h \
	src/domain/proportion.c src/domain/proportion.h \
	src/domain/reach.c src/domain/reach.h \
	src/domain/markup.c src/domain/markup.h src/domain/markup_write.c \
	src/domain/markup_write.h \
	src/domain/role.c src/domain/role.h \
	src/domain/share.c src/domain/share.h \
	src/domain/audience.c src/domain/audience.h src/domain/audience_field.h \
	src/domain/audience_json.c src/domain/audience_json_write.c src/domain/audience_lex.c \
	src/domain/audience_lex.h src/domain/audience_parse.c src/domain/audience_print.c \
	src/domain/audience_say.c src/domain/audience_value.c src/domain/custom_field.c \
	src/domain/custom_field.h src/domain/calendar.c src/domain/calendar.h \
	src/domain/consent.c src/domain/consent.h src/domain/fault_words.c src/domain/fault_words.h \
	src/domain/field.c src/domain/field.h \
	src/domain/file_kind.c src/domain/file_kind.h \
	src/domain/timetable.c src/domain/timetable.h \
	src/domain/gsm7.c src/domain/gsm7.h src/domain/gsm7_national.c \
	src/domain/gsm7_national.h src/domain/holidays.c src/domain/holidays.h \
	src/domain/hours.c src/domain/hours.h src/domain/keyword.c src/domain/keyword.h \
	src/domain/keyword_words.c src/domain/keyword_words.h \
	src/domain/language.c src/domain/language.h src/domain/likeness.c \
	src/domain/likeness.h src/domain/local_time.c \
	src/domain/local_time.h src/domain/mail_address.c src/domain/mail_address.h \
	src/domain/mapping.c src/domain/mapping.h src/domain/mapping_private.h \
	src/domain/mapping_take.c src/domain/match.h src/domain/message.c src/domain/message.h \
	src/domain/pattern.c src/domain/pattern.h \
	src/domain/message_order.c src/domain/message_order.h src/domain/message_words.c \
	src/domain/message_words.h src/domain/name_words.c \
	src/domain/name_words.h src/domain/occasion.c src/domain/occasion.h \
	src/domain/contact_plan.c src/domain/contact_plan.h src/domain/contact_plan_text.c \
	src/domain/occasion_words.c src/domain/occasion_words.h src/domain/zone_shelf.c \
	src/domain/zone_shelf.h src/domain/phone.cc src/domain/phone.h src/domain/place.c \
	src/domain/place.h src/domain/promo_text.c src/domain/promo_text.h src/domain/route.c src/domain/row_say.c src/domain/row_say.h \
	src/domain/route.h src/domain/route_bill.c src/domain/route_bill.h src/domain/sender.c \
	src/domain/sender.h src/domain/sms_text.c src/domain/sms_text.h \
	src/domain/sms_text_decode.c src/domain/template.c src/domain/template.h \
	src/domain/template_parse.c src/domain/template_piece.h src/domain/transliterate.c \
	src/domain/transliterate.h src/domain/types.c src/domain/types.h src/domain/utf8.c \
	src/domain/utf8.h src/domain/value.c src/domain/value.h
libdomain_a_SOURCES += src/domain/report.c src/domain/report.h \
	src/domain/report_reader.c src/domain/report_reader.h \
	src/domain/report_summary.c src/domain/report_words.c
libdomain_a_SOURCES += src/domain/file_type.c src/domain/file_type.h
libdomain_a_SOURCES += src/domain/file_name.c src/domain/file_name.h
libdomain_a_SOURCES += src/domain/contact_due.c src/domain/contact_due.h
libdomain_a_SOURCES += src/domain/contact_calendar.c src/domain/contact_calendar.h
libdomain_a_SOURCES += src/domain/contact_score.c src/domain/contact_score.h \
	src/domain/contact_share.c src/domain/contact_share.h
DOMAIN_LIBS = libdomain.a $(ICU_LIBS) $(PHONE_LIBS) $(JANSSON_LIBS) $(SODIUM_LIBS) -lstdc++ -lm

if HAVE_CMOCKA
check_PROGRAMS += \
	tests/unit/test_audience \
	tests/unit/test_calendar \
	tests/unit/test_consent \
	tests/unit/test_fingerprint tests/unit/test_proportion tests/unit/test_share \
	tests/unit/test_keyword \
	tests/unit/test_likeness \
	tests/unit/test_mail_address \
	tests/unit/test_mail_route \
	tests/unit/test_markup \
	tests/unit/test_mail_token \
	tests/unit/test_staff_reply tests/unit/test_staff_reply_typed \
	tests/unit/test_auth_results tests/unit/test_automation \
	tests/unit/test_mapping tests/unit/test_mapping_kinds \
	tests/unit/test_message \
	tests/unit/test_message_words \
	tests/unit/test_contact_plan tests/unit/test_occasion \
	tests/unit/test_phone \
	tests/unit/test_promo_text \
	tests/unit/test_place \
	tests/unit/test_route \
	tests/unit/test_route_bill \
	tests/unit/test_sms_decode \
	tests/unit/test_sms_text \
	tests/unit/test_staff \
	tests/unit/test_staff_right \
	tests/unit/test_template \
	tests/unit/test_transliterate \
	tests/unit/test_types \
	tests/unit/test_utf8
tests_unit_test_audience_SOURCES = tests/unit/test_audience.c
tests_unit_test_audience_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_audience_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_calendar_SOURCES = tests/unit/test_calendar.c
tests_unit_test_calendar_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_calendar_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_auth_results_SOURCES = tests/unit/test_auth_results.c
tests_unit_test_auth_results_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_auth_results_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_automation_SOURCES = tests/unit/test_automation.c
tests_unit_test_automation_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_automation_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_staff_reply_SOURCES = tests/unit/test_staff_reply.c \
	tests/support/reply_rig.c tests/support/reply_rig.h
tests_unit_test_staff_reply_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_staff_reply_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_staff_reply_typed_SOURCES = tests/unit/test_staff_reply_typed.c \
	tests/support/reply_rig.c tests/support/reply_rig.h
tests_unit_test_staff_reply_typed_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_staff_reply_typed_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_mail_token_SOURCES = tests/unit/test_mail_token.c
tests_unit_test_mail_token_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mail_token_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_staff_right_SOURCES = tests/unit/test_staff_right.c
tests_unit_test_staff_right_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_staff_right_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_staff_SOURCES = tests/unit/test_staff.c
tests_unit_test_staff_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_staff_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_place_SOURCES = tests/unit/test_place.c
tests_unit_test_place_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_place_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_consent_SOURCES = tests/unit/test_consent.c
tests_unit_test_consent_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_consent_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_fingerprint_SOURCES = tests/unit/test_fingerprint.c
tests_unit_test_fingerprint_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_fingerprint_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test_anomaly
tests_unit_test_anomaly_SOURCES = tests/unit/test_anomaly.c
tests_unit_test_anomaly_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_anomaly_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_proportion_SOURCES = tests/unit/test_proportion.c
tests_unit_test_proportion_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_proportion_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_share_SOURCES = tests/unit/test_share.c
tests_unit_test_share_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_share_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_keyword_SOURCES = tests/unit/test_keyword.c
tests_unit_test_keyword_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_keyword_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_likeness_SOURCES = tests/unit/test_likeness.c
tests_unit_test_likeness_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_likeness_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_mail_route_SOURCES = tests/unit/test_mail_route.c
tests_unit_test_mail_route_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mail_route_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_markup_SOURCES = tests/unit/test_markup.c
tests_unit_test_markup_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_markup_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_mail_address_SOURCES = tests/unit/test_mail_address.c
tests_unit_test_mail_address_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mail_address_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test_contact_score
tests_unit_test_contact_score_SOURCES = tests/unit/test_contact_score.c
tests_unit_test_contact_score_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_contact_score_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test_fault_words
tests_unit_test_fault_words_SOURCES = tests/unit/test_fault_words.c
tests_unit_test_fault_words_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_fault_words_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_mapping_kinds_SOURCES = tests/unit/test_mapping_kinds.c
tests_unit_test_mapping_kinds_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mapping_kinds_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_mapping_SOURCES = tests/unit/test_mapping.c
tests_unit_test_mapping_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mapping_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_message_SOURCES = tests/unit/test_message.c
tests_unit_test_message_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_message_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_contact_plan_SOURCES = tests/unit/test_contact_plan.c
tests_unit_test_contact_plan_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_contact_plan_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_occasion_SOURCES = tests/unit/test_occasion.c
tests_unit_test_occasion_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_occasion_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_message_words_SOURCES = tests/unit/test_message_words.c
tests_unit_test_message_words_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_message_words_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_promo_text_SOURCES = tests/unit/test_promo_text.c
tests_unit_test_promo_text_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_promo_text_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_phone_SOURCES = tests/unit/test_phone.c
tests_unit_test_phone_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_phone_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test_file_type
tests_unit_test_file_type_SOURCES = tests/unit/test_file_type.c
tests_unit_test_file_type_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_file_type_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test_row_say
tests_unit_test_row_say_SOURCES = tests/unit/test_row_say.c
tests_unit_test_row_say_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_row_say_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_route_bill_SOURCES = tests/unit/test_route_bill.c
tests_unit_test_route_bill_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_route_bill_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_route_SOURCES = tests/unit/test_route.c
tests_unit_test_route_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_route_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_sms_decode_SOURCES = tests/unit/test_sms_decode.c
tests_unit_test_sms_decode_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_sms_decode_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_sms_text_SOURCES = tests/unit/test_sms_text.c
tests_unit_test_sms_text_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_sms_text_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_template_SOURCES = tests/unit/test_template.c
tests_unit_test_template_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_template_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test_timetable
tests_unit_test_timetable_SOURCES = tests/unit/test_timetable.c
tests_unit_test_timetable_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_timetable_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_transliterate_SOURCES = tests/unit/test_transliterate.c
tests_unit_test_transliterate_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_transliterate_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_types_SOURCES = tests/unit/test_types.c
tests_unit_test_types_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_types_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_utf8_SOURCES = tests/unit/test_utf8.c
tests_unit_test_utf8_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_utf8_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
endif

# Reminders: who is told when, and in which words.
libdomain_a_SOURCES += src/domain/escalation.c src/domain/escalation.h \
	src/domain/escalation_time.c src/domain/escalation_time.h \
	src/domain/notice_words.c src/domain/notice_words.h \
	src/domain/alert_words.c src/domain/alert_words.h
check_PROGRAMS += tests/fuzz/fuzz_escalation
tests_fuzz_fuzz_escalation_SOURCES = tests/fuzz/fuzz_escalation.c tests/fuzz/replay.c
tests_fuzz_fuzz_escalation_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS)
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_escalation tests/unit/test_notice_words
check_PROGRAMS += tests/unit/test_alert_words
tests_unit_test_alert_words_SOURCES = tests/unit/test_alert_words.c
tests_unit_test_alert_words_CPPFLAGS = $(store_test_cppflags)
tests_unit_test_alert_words_LDADD = $(STORE_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_escalation_SOURCES = tests/unit/test_escalation.c
tests_unit_test_escalation_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_escalation_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_notice_words_SOURCES = tests/unit/test_notice_words.c
tests_unit_test_notice_words_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_notice_words_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
endif

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_charset tests/unit/test_mail_quote
tests_unit_test_charset_SOURCES = tests/unit/test_charset.c
tests_unit_test_charset_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_charset_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_mail_quote_SOURCES = tests/unit/test_mail_quote.c
tests_unit_test_mail_quote_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mail_quote_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
endif

check_PROGRAMS += \
	tests/fuzz/fuzz_audience \
	tests/fuzz/fuzz_audience_json \
	tests/fuzz/fuzz_calendar tests/fuzz/fuzz_contact_score \
	tests/fuzz/fuzz_contact_plan \
	tests/fuzz/fuzz_likeness \
	tests/fuzz/fuzz_auth_results tests/fuzz/fuzz_mail_quote tests/fuzz/fuzz_mail_token \
	tests/fuzz/fuzz_staff_reply \
	tests/fuzz/fuzz_sms_text \
	tests/fuzz/fuzz_template
tests_fuzz_fuzz_audience_SOURCES = tests/fuzz/fuzz_audience.c tests/fuzz/replay.c
tests_fuzz_fuzz_audience_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_audience_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_audience_json_SOURCES = tests/fuzz/fuzz_audience_json.c tests/fuzz/replay.c
tests_fuzz_fuzz_audience_json_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_audience_json_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_contact_plan_SOURCES = tests/fuzz/fuzz_contact_plan.c tests/fuzz/replay.c
tests_fuzz_fuzz_contact_plan_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_contact_score_SOURCES = tests/fuzz/fuzz_contact_score.c tests/fuzz/replay.c
tests_fuzz_fuzz_contact_score_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_calendar_SOURCES = tests/fuzz/fuzz_calendar.c tests/fuzz/replay.c
tests_fuzz_fuzz_calendar_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_likeness_SOURCES = tests/fuzz/fuzz_likeness.c tests/fuzz/replay.c
tests_fuzz_fuzz_likeness_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_mail_quote_SOURCES = tests/fuzz/fuzz_mail_quote.c tests/fuzz/replay.c
tests_fuzz_fuzz_mail_quote_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_auth_results_SOURCES = tests/fuzz/fuzz_auth_results.c tests/fuzz/replay.c
tests_fuzz_fuzz_auth_results_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_staff_reply_SOURCES = tests/fuzz/fuzz_staff_reply.c tests/fuzz/replay.c
tests_fuzz_fuzz_staff_reply_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_mail_token_SOURCES = tests/fuzz/fuzz_mail_token.c tests/fuzz/replay.c
tests_fuzz_fuzz_mail_token_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_sms_text_SOURCES = tests/fuzz/fuzz_sms_text.c tests/fuzz/replay.c
tests_fuzz_fuzz_sms_text_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_template_SOURCES = tests/fuzz/fuzz_template.c tests/fuzz/replay.c
tests_fuzz_fuzz_template_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_file_type
tests_fuzz_fuzz_file_type_SOURCES = tests/fuzz/fuzz_file_type.c tests/fuzz/replay.c
tests_fuzz_fuzz_file_type_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS)
check_PROGRAMS += tests/fuzz/fuzz_markup
tests_fuzz_fuzz_markup_SOURCES = tests/fuzz/fuzz_markup.c tests/fuzz/replay.c
tests_fuzz_fuzz_markup_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS)

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_report
tests_unit_test_report_SOURCES = tests/unit/test_report.c
tests_unit_test_report_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_report_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
endif
