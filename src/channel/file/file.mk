# channel/file: what partners drop.
noinst_LIBRARIES += libfile.a
libfile_a_CPPFLAGS = $(AM_CPPFLAGS) $(XML_CFLAGS) $(SODIUM_CFLAGS) $(EVENT_CFLAGS)
libfile_a_SOURCES = \
	src/channel/file/charset.c src/channel/file/charset.h \
	src/channel/file/csv_reader.c \
	src/channel/file/file_reader.c src/channel/file/file_reader.h \
	src/channel/file/format.h \
	src/channel/file/limit_rules.c src/channel/file/limit_rules.h \
	src/channel/file/profile.c src/channel/file/profile.h \
	src/channel/file/receipt_file.c src/channel/file/receipt_file.h \
	src/channel/file/record.c src/channel/file/record.h \
	src/channel/file/spool.c src/channel/file/spool.h \
	src/channel/file/watch.c src/channel/file/watch.h \
	src/channel/file/xml_filter.c src/channel/file/xml_filter.h \
	src/channel/file/xml_reader.c
FILE_LIBS = libfile.a $(XML_LIBS) $(CSV_LIBS) $(SODIUM_LIBS)

dist_partners_DATA = conf/partners/csv.conf conf/partners/ubl.conf conf/partners/xml.conf \
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
schemadir = $(pkgdatadir)/schema
EXTRA_DIST += tests/data/partner/orders.csv tests/data/partner/orders.xml \
	tests/data/partner/customers.csv tests/data/partner/customers.xml \
	tests/data/partner/statuses.csv tests/data/partner/statuses.xml \
	tests/data/partner/products.csv tests/data/partner/products.xml \
	tests/data/partner/invoices.csv tests/data/partner/invoices.xml \
	tests/data/partner/payments.csv tests/data/partner/payments.xml \
	tests/data/partner/suppressions.csv tests/data/partner/suppressions.xml
EXTRA_DIST += doc/partners.md

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_file_reader tests/unit/test_profile tests/unit/test_spool
file_test_ldadd = $(FILE_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
tests_unit_test_file_reader_SOURCES = tests/unit/test_file_reader.c
tests_unit_test_file_reader_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_file_reader_LDADD = $(file_test_ldadd)
tests_unit_test_profile_SOURCES = tests/unit/test_profile.c
tests_unit_test_profile_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_profile_LDADD = $(file_test_ldadd)
check_PROGRAMS += tests/unit/test_limit
tests_unit_test_limit_SOURCES = tests/unit/test_limit.c
tests_unit_test_limit_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_limit_LDADD = $(file_test_ldadd)
check_PROGRAMS += tests/unit/test_own_xml
tests_unit_test_own_xml_SOURCES = tests/unit/test_own_xml.c
tests_unit_test_own_xml_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(XML_CFLAGS)
tests_unit_test_own_xml_LDADD = $(DOMAIN_LIBS) $(BASE_LIBS) $(XML_LIBS) $(UNIT_LIBS)
tests_unit_test_spool_SOURCES = tests/unit/test_spool.c
tests_unit_test_spool_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_spool_LDADD = $(file_test_ldadd)
endif

check_PROGRAMS += tests/fuzz/fuzz_csv tests/fuzz/fuzz_profile tests/fuzz/fuzz_xml
file_fuzz_ldadd = $(FILE_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_csv_SOURCES = tests/fuzz/fuzz_csv.c tests/fuzz/replay.c \
	tests/fuzz/file_format.c tests/fuzz/file_format.h
tests_fuzz_fuzz_csv_LDADD = $(file_fuzz_ldadd)
# The phone numbers are C++, and clang's UBSan for it comes only with the C++ linker.
nodist_EXTRA_tests_fuzz_fuzz_csv_SOURCES = dummy.cc
tests_fuzz_fuzz_profile_SOURCES = tests/fuzz/fuzz_profile.c tests/fuzz/replay.c
tests_fuzz_fuzz_profile_LDADD = $(file_fuzz_ldadd)
tests_fuzz_fuzz_xml_SOURCES = tests/fuzz/fuzz_xml.c tests/fuzz/replay.c \
	tests/fuzz/file_format.c tests/fuzz/file_format.h
tests_fuzz_fuzz_xml_LDADD = $(file_fuzz_ldadd)
nodist_EXTRA_tests_fuzz_fuzz_xml_SOURCES = dummy.cc
