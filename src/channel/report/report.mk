# channel/report: what a report looks like on paper.
noinst_LIBRARIES += libreport.a
libreport_a_CPPFLAGS = $(AM_CPPFLAGS) $(PANGO_CFLAGS)
libreport_a_SOURCES = \
	src/channel/report/chart.c \
	src/channel/report/report_look.h \
	src/channel/report/report_pdf.c src/channel/report/report_pdf.h \
	src/channel/report/sheet.c src/channel/report/sheet.h
REPORT_LIBS = libreport.a $(PANGO_LIBS) -lm

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_report_pdf
tests_unit_test_report_pdf_SOURCES = tests/unit/test_report_pdf.c \
	tests/support/made_up_report.c tests/support/made_up_report.h
tests_unit_test_report_pdf_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) $(CMOCKA_CFLAGS)
tests_unit_test_report_pdf_LDADD = $(REPORT_LIBS) $(DOMAIN_LIBS) $(BASE_LIBS) $(UNIT_LIBS)
endif
