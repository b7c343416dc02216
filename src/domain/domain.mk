# domain: the business rules, without any I/O.
noinst_LIBRARIES += libdomain.a
libdomain_a_CPPFLAGS = $(AM_CPPFLAGS) $(ICU_CFLAGS)
libdomain_a_SOURCES = \
	src/domain/types.c src/domain/types.h
DOMAIN_LIBS = libdomain.a $(ICU_LIBS) $(PHONE_LIBS) -lstdc++
