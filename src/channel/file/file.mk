# channel/file: what partners drop.
noinst_LIBRARIES += libfile.a
libfile_a_CPPFLAGS = $(AM_CPPFLAGS) $(XML_CFLAGS) $(SODIUM_CFLAGS) $(EVENT_CFLAGS)
libfile_a_SOURCES = \
	src/channel/file/charset.c src/channel/file/charset.h \
	src/channel/file/csv_reader.c \
	src/channel/file/file_reader.c src/channel/file/file_reader.h \
	src/channel/file/format.h \
	src/channel/file/profile.c src/channel/file/profile.h \
	src/channel/file/receipt_file.c src/channel/file/receipt_file.h \
	src/channel/file/record.c src/channel/file/record.h \
	src/channel/file/spool.c src/channel/file/spool.h \
	src/channel/file/watch.c src/channel/file/watch.h \
	src/channel/file/xml_filter.c src/channel/file/xml_filter.h \
	src/channel/file/xml_reader.c
FILE_LIBS = libfile.a $(XML_LIBS) $(CSV_LIBS) $(SODIUM_LIBS)
