# control: the HTTP port.
noinst_LIBRARIES += libcontrol.a
libcontrol_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS) $(SODIUM_CFLAGS)
libcontrol_a_SOURCES = \
	src/control/api_campaign.c src/control/api_customer.c src/control/api_import.c \
	src/control/api_message.c src/control/api_status.c src/control/api_template.c \
	src/control/control.c src/control/control.h \
	src/control/exchange.c src/control/exchange.h \
	src/control/http.c src/control/http.h \
	src/control/rates.c src/control/rates.h \
	src/control/routes.c src/control/routes.h \
	src/control/token.c src/control/token.h
CONTROL_LIBS = libcontrol.a $(EVENT_LIBS) $(JANSSON_LIBS) $(SODIUM_LIBS)
