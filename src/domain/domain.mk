# domain: the business rules, without any I/O.
noinst_LIBRARIES += libdomain.a
libdomain_a_CPPFLAGS = $(AM_CPPFLAGS) $(ICU_CFLAGS)
libdomain_a_SOURCES = \
	src/domain/audience.c src/domain/audience.h \
	src/domain/audience_field.h src/domain/audience_parse.c \
	src/domain/consent.c src/domain/consent.h \
	src/domain/field.c src/domain/field.h \
	src/domain/gsm7.c src/domain/gsm7.h \
	src/domain/keyword.c src/domain/keyword.h \
	src/domain/local_time.c src/domain/local_time.h \
	src/domain/mail_address.c src/domain/mail_address.h \
	src/domain/mapping.c src/domain/mapping.h \
	src/domain/message.c src/domain/message.h \
	src/domain/phone.cc src/domain/phone.h \
	src/domain/sms_text.c src/domain/sms_text.h \
	src/domain/template.c src/domain/template.h \
	src/domain/transliterate.c src/domain/transliterate.h \
	src/domain/types.c src/domain/types.h \
	src/domain/utf8.c src/domain/utf8.h \
	src/domain/value.c src/domain/value.h
DOMAIN_LIBS = libdomain.a $(ICU_LIBS) $(PHONE_LIBS) -lstdc++
