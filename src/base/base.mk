# base: no word of the business here.
noinst_LIBRARIES += libbase.a
libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(CONFUSE_CFLAGS)
libbase_a_SOURCES = \
	src/base/arena.c src/base/arena.h \
	src/base/buffer.c src/base/buffer.h \
	src/base/clock.c src/base/clock.h \
	src/base/error.c src/base/error.h \
	src/base/lane.c src/base/lane.h \
	src/base/log.c src/base/log.h \
	src/base/metric.c src/base/metric.h \
	src/base/rc.c src/base/rc.h
BASE_LIBS = libbase.a $(EVENT_LIBS) $(CONFUSE_LIBS)
