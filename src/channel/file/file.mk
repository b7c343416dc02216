# channel/file: what partners drop.
noinst_LIBRARIES += libfile.a
libfile_a_CPPFLAGS = $(AM_CPPFLAGS) $(XML_CFLAGS) $(ZLIB_CFLAGS) $(SODIUM_CFLAGS) $(EVENT_CFLAGS)
libfile_a_SOURCES = \
	src/channel/file/answer_file.c src/channel/file/answer_file.h \
	src/channel/file/byte_feed.c src/channel/file/byte_feed.h \
	src/channel/file/document_number.c src/channel/file/document_number.h \
	src/channel/file/edifact_charset.c src/channel/file/edifact_charset.h \
	src/channel/file/edifact_date.c src/channel/file/edifact_date.h \
	src/channel/file/edifact_held.c src/channel/file/edifact_held.h \
	src/channel/file/edifact_interchange.c src/channel/file/edifact_interchange.h \
	src/channel/file/edifact_lexer.c src/channel/file/edifact_lexer.h \
	src/channel/file/edifact_path.c src/channel/file/edifact_path.h \
	src/channel/file/edifact_reader.c \
	src/channel/file/edifact_writer.c src/channel/file/edifact_writer.h \
	src/channel/file/profile_choice.c src/channel/file/profile_choice.h \
	src/channel/file/profile_fields.c src/channel/file/profile_path.c src/channel/file/profile_private.h \
	src/channel/file/utf16.c src/channel/file/utf16.h \
	src/channel/file/xml_document.c src/channel/file/xml_document.h \
	src/channel/file/xml_schema.c src/channel/file/xml_schema.h \
	src/channel/file/xml_tree.c src/channel/file/xml_tree.h \
	src/channel/file/xml_values.c src/channel/file/xml_values.h \
	src/channel/file/archive.c src/channel/file/archive.h \
	src/channel/file/charset.c src/channel/file/charset.h \
	src/channel/file/csv_reader.c \
	src/channel/file/expect_rules.c src/channel/file/expect_rules.h \
	src/channel/file/status_rules.c src/channel/file/status_rules.h \
	src/channel/file/status_csv.c src/channel/file/status_edifact.c \
	src/channel/file/status_file.c src/channel/file/status_file.h \
	src/channel/file/status_json.c src/channel/file/status_writer.h src/channel/file/status_xml.c \
	src/channel/file/file_reader.c src/channel/file/file_reader.h \
	src/channel/file/format.h \
	src/channel/file/limit_rules.c src/channel/file/limit_rules.h \
	src/channel/file/mail_rules.c src/channel/file/mail_rules.h \
	src/channel/file/sample.c src/channel/file/sample.h \
	src/channel/file/guess.c src/channel/file/guess.h src/channel/file/guess_csv.c \
	src/channel/file/guess_place.c src/channel/file/guess_print.c \
	src/channel/file/guess_private.h src/channel/file/guess_values.c \
	src/channel/file/guess_words.c src/channel/file/guess_xml.c \
	src/channel/file/match_rules.c src/channel/file/match_rules.h \
	src/channel/file/profile.c src/channel/file/profile.h \
	src/channel/file/put_text.c src/channel/file/put_text.h \
	src/channel/file/receipt_csv.c src/channel/file/receipt_json.c src/channel/file/receipt_xml.c \
	src/channel/file/receipt_file.c src/channel/file/receipt_file.h \
	src/channel/file/receipt_rules.c src/channel/file/receipt_rules.h \
	src/channel/file/receipt_writer.h \
	src/channel/file/record.c src/channel/file/record.h \
	src/channel/file/refused_file.c src/channel/file/refused_file.h \
	src/channel/file/refused_profile.c src/channel/file/refused_profile.h \
	src/channel/file/drop_box.c \
	src/channel/file/said_once.c src/channel/file/said_once.h \
	src/channel/file/settled.c src/channel/file/settled.h \
	src/channel/file/spool.c src/channel/file/spool.h \
	src/channel/file/spool_look.c src/channel/file/spool_look.h src/channel/file/spool_private.h \
	src/channel/file/take_rules.c src/channel/file/take_rules.h \
	src/channel/file/unpack.c src/channel/file/unpack.h \
	src/channel/file/watch.c src/channel/file/watch.h \
	src/channel/file/xml_filter.c src/channel/file/xml_filter.h \
	src/channel/file/xml_reader.c \
	src/channel/file/zip_directory.c src/channel/file/zip_directory.h
FILE_LIBS = libfile.a $(XML_LIBS) $(CSV_LIBS) $(ZLIB_LIBS) $(SODIUM_LIBS)

dist_partners_DATA = conf/partners/csv.conf conf/partners/xml.conf \
	conf/partners/edifact.conf conf/partners/edifact.statuses.conf \
	conf/partners/ubl.order.conf conf/partners/ubl.order_change.conf \
	conf/partners/ubl.order_cancellation.conf conf/partners/ubl.despatch_advice.conf \
	conf/partners/ubl.transportation_status.conf conf/partners/ubl.invoice.conf \
	conf/partners/csv.customers.conf conf/partners/csv.statuses.conf \
	conf/partners/csv.products.conf conf/partners/csv.invoices.conf \
	conf/partners/csv.payments.conf conf/partners/csv.suppressions.conf \
	conf/partners/xml.customers.conf conf/partners/xml.statuses.conf \
	conf/partners/xml.products.conf conf/partners/xml.invoices.conf \
	conf/partners/xml.payments.conf conf/partners/xml.suppressions.conf
partnersdir = $(pkgdatadir)/partners
# Our own XML, for partners to check their files by.
dist_schema_DATA = conf/schema/relais-orders.xsd \
	conf/schema/relais-customers.xsd \
	conf/schema/relais-statuses.xsd \
	conf/schema/relais-products.xsd \
	conf/schema/relais-invoices.xsd \
	conf/schema/relais-payments.xsd \
	conf/schema/relais-suppressions.xsd
# What partners find in out/.
dist_schema_DATA += conf/schema/relais-receipt.xsd conf/schema/relais-status-file.xsd
schemadir = $(pkgdatadir)/schema
EXTRA_DIST += tests/data/partner/edifact-iftmin.edi \
	tests/data/partner/edifact-iftmin-wrapped.edi tests/data/partner/edifact-iftsta.edi \
	tests/data/partner/ubl-order-consumer.xml tests/data/partner/ubl-order-erp.xml \
	tests/data/partner/ubl-order-peppol.xml tests/data/partner/ubl-order-unbalanced.xml \
	tests/data/partner/ubl-order_change.xml tests/data/partner/ubl-order_cancellation.xml \
	tests/data/partner/ubl-despatch_advice.xml tests/data/partner/ubl-transportation_status.xml \
	tests/data/partner/ubl-invoice.xml
EXTRA_DIST += tests/data/partner/orders.csv tests/data/partner/orders.xml \
	tests/data/partner/customers.csv tests/data/partner/customers.xml \
	tests/data/partner/statuses.csv tests/data/partner/statuses.xml \
	tests/data/partner/products.csv tests/data/partner/products.xml \
	tests/data/partner/invoices.csv tests/data/partner/invoices.xml \
	tests/data/partner/payments.csv tests/data/partner/payments.xml \
	tests/data/partner/suppressions.csv tests/data/partner/suppressions.xml
EXTRA_DIST += doc/partners.md doc/files.md doc/formats.md

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_archive tests/unit/test_edifact tests/unit/test_edifact_writer \
	tests/unit/test_file_reader tests/unit/test_partner_files tests/unit/test_profile \
	tests/unit/test_refused_file tests/unit/test_spool tests/unit/test_status_file \
	tests/unit/test_take_rules tests/unit/test_xml_schema
file_test_ldadd = $(FILE_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_archive_SOURCES = tests/unit/test_archive.c \
	tests/support/packer.c tests/support/packer.h
tests_unit_test_archive_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) $(CMOCKA_CFLAGS)
tests_unit_test_archive_LDADD = $(file_test_ldadd)
reading_sources = tests/support/reading.c tests/support/reading.h
tests_unit_test_edifact_SOURCES = tests/unit/test_edifact.c $(reading_sources)
tests_unit_test_edifact_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) $(CMOCKA_CFLAGS)
tests_unit_test_edifact_LDADD = $(file_test_ldadd)
tests_unit_test_refused_file_SOURCES = tests/unit/test_refused_file.c $(reading_sources)
tests_unit_test_refused_file_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) $(CMOCKA_CFLAGS)
tests_unit_test_refused_file_LDADD = $(file_test_ldadd)
tests_unit_test_status_file_SOURCES = tests/unit/test_status_file.c
tests_unit_test_status_file_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_status_file_LDADD = $(file_test_ldadd)
tests_unit_test_edifact_writer_SOURCES = tests/unit/test_edifact_writer.c $(reading_sources)
tests_unit_test_edifact_writer_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) $(CMOCKA_CFLAGS)
tests_unit_test_edifact_writer_LDADD = $(file_test_ldadd)
tests_unit_test_xml_schema_SOURCES = tests/unit/test_xml_schema.c $(reading_sources)
tests_unit_test_xml_schema_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) $(CMOCKA_CFLAGS)
tests_unit_test_xml_schema_LDADD = $(file_test_ldadd)
tests_unit_test_partner_files_SOURCES = tests/unit/test_partner_files.c
tests_unit_test_partner_files_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_partner_files_LDADD = $(file_test_ldadd)
tests_unit_test_file_reader_SOURCES = tests/unit/test_file_reader.c
tests_unit_test_file_reader_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_file_reader_LDADD = $(file_test_ldadd)
check_PROGRAMS += tests/unit/test_guess
tests_unit_test_guess_SOURCES = tests/unit/test_guess.c
tests_unit_test_guess_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_guess_LDADD = $(file_test_ldadd)
tests_unit_test_profile_SOURCES = tests/unit/test_profile.c
tests_unit_test_profile_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_profile_LDADD = $(file_test_ldadd)
check_PROGRAMS += tests/unit/test_limit
tests_unit_test_limit_SOURCES = tests/unit/test_limit.c
tests_unit_test_limit_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_limit_LDADD = $(file_test_ldadd)
check_PROGRAMS += tests/unit/test_receipt
tests_unit_test_receipt_SOURCES = tests/unit/test_receipt.c
tests_unit_test_receipt_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(XML_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_receipt_LDADD = $(file_test_ldadd) $(JANSSON_LIBS)
tests_unit_test_take_rules_SOURCES = tests/unit/test_take_rules.c
tests_unit_test_take_rules_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_take_rules_LDADD = $(file_test_ldadd)
check_PROGRAMS += tests/unit/test_own_xml
tests_unit_test_own_xml_SOURCES = tests/unit/test_own_xml.c
tests_unit_test_own_xml_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(XML_CFLAGS)
tests_unit_test_own_xml_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(XML_LIBS) $(UNIT_LIBS)
tests_unit_test_spool_SOURCES = tests/unit/test_spool.c
tests_unit_test_spool_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_spool_LDADD = $(file_test_ldadd)
endif

check_PROGRAMS += tests/fuzz/fuzz_archive tests/fuzz/fuzz_csv tests/fuzz/fuzz_edifact tests/fuzz/fuzz_xml_schema tests/fuzz/fuzz_profile tests/fuzz/fuzz_xml
check_PROGRAMS += tests/fuzz/fuzz_refused
tests_fuzz_fuzz_refused_SOURCES = tests/fuzz/fuzz_refused.c tests/fuzz/replay.c
tests_fuzz_fuzz_refused_LDADD = $(FILE_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS)
nodist_EXTRA_tests_fuzz_fuzz_refused_SOURCES = dummy.cc
file_fuzz_ldadd = $(FILE_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_archive_SOURCES = tests/fuzz/fuzz_archive.c tests/fuzz/replay.c
tests_fuzz_fuzz_archive_LDADD = $(file_fuzz_ldadd)
nodist_EXTRA_tests_fuzz_fuzz_archive_SOURCES = dummy.cc
tests_fuzz_fuzz_csv_SOURCES = tests/fuzz/fuzz_csv.c tests/fuzz/replay.c \
	tests/fuzz/file_format.c tests/fuzz/file_format.h
tests_fuzz_fuzz_csv_LDADD = $(file_fuzz_ldadd)
# The phone numbers are C++, and clang's UBSan for it comes only with the C++ linker.
nodist_EXTRA_tests_fuzz_fuzz_csv_SOURCES = dummy.cc
check_PROGRAMS += tests/fuzz/fuzz_guess
tests_fuzz_fuzz_guess_SOURCES = tests/fuzz/fuzz_guess.c tests/fuzz/replay.c
tests_fuzz_fuzz_guess_LDADD = $(file_fuzz_ldadd)
nodist_EXTRA_tests_fuzz_fuzz_guess_SOURCES = dummy.cc
tests_fuzz_fuzz_profile_SOURCES = tests/fuzz/fuzz_profile.c tests/fuzz/replay.c
tests_fuzz_fuzz_profile_LDADD = $(file_fuzz_ldadd)
tests_fuzz_fuzz_xml_SOURCES = tests/fuzz/fuzz_xml.c tests/fuzz/replay.c \
	tests/fuzz/file_format.c tests/fuzz/file_format.h
tests_fuzz_fuzz_xml_LDADD = $(file_fuzz_ldadd)
nodist_EXTRA_tests_fuzz_fuzz_xml_SOURCES = dummy.cc
tests_fuzz_fuzz_edifact_SOURCES = tests/fuzz/fuzz_edifact.c tests/fuzz/replay.c \
	tests/fuzz/file_format.c tests/fuzz/file_format.h
tests_fuzz_fuzz_edifact_LDADD = $(file_fuzz_ldadd)
nodist_EXTRA_tests_fuzz_fuzz_edifact_SOURCES = dummy.cc
tests_fuzz_fuzz_xml_schema_SOURCES = tests/fuzz/fuzz_xml_schema.c tests/fuzz/replay.c \
	tests/fuzz/file_format.c tests/fuzz/file_format.h
tests_fuzz_fuzz_xml_schema_LDADD = $(file_fuzz_ldadd)
nodist_EXTRA_tests_fuzz_fuzz_xml_schema_SOURCES = dummy.cc
