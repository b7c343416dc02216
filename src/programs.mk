# The programs.
sbin_PROGRAMS += relaisd
relaisd_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(SYSTEMD_CFLAGS) \
	-DRELAIS_VERSION='"$(PACKAGE_VERSION)"'
relaisd_SOURCES = \
	src/relaisd_desk.c \
	src/relaisd.c src/relaisd.h src/relaisd_mail.c src/relaisd_parts.c src/relaisd_contact.c src/relaisd_lanes.c \
	src/relaisd_postman.c \
	src/relaisd_watch.c src/settings_alert.c src/settings_alert.h \
	src/relaisd_escalation.c \
	src/settings_advice.c src/settings_advice.h \
	src/relaisd_mail_in.c src/settings_mail_in.c src/settings_mail_in.h \
	src/settings.c src/settings.h \
	src/settings_check.c src/settings_check.h \
	src/settings_routes.c src/settings_routes.h \
	src/settings_sending.c src/settings_sending.h \
	src/settings_words.c src/settings_words.h
relaisd_SOURCES += src/relaisd_plan.c
relaisd_SOURCES += src/relaisd_staff.c
relaisd_SOURCES += src/relaisd_report.c
relaisd_LDADD = $(CONTROL_LIBS) $(FLOW_LIBS) $(SMPP_LIBS) $(FILE_LIBS) $(MAIL_LIBS) $(REPORT_LIBS) \
	$(STORE_LIBS) \
	$(DOMAIN_LIBS) $(BASE_LIBS) $(SYSTEMD_LIBS)

bin_PROGRAMS += relaisctl
relaisctl_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) -DRELAIS_VERSION='"$(PACKAGE_VERSION)"'
relaisctl_SOURCES = \
	src/relaisctl.c src/relaisctl.h src/relaisctl_call.c src/relaisctl_commands.c \
	src/relaisctl_commands_campaign.c src/relaisctl_commands_customer.c \
	src/relaisctl_commands_house.c src/relaisctl_commands_message.c \
	src/relaisctl_commands_mail.c src/relaisctl_show_mail_in.c \
	src/relaisctl_commands_task.c src/relaisctl_show_task.c \
	src/relaisctl_commands_partner.c src/relaisctl_partner.c src/relaisctl_partner.h \
	src/relaisctl_partner_choose.c src/relaisctl_partner_guess.c src/relaisctl_partner_known.c src/relaisctl_partner_report.c src/relaisctl_partner_test.c \
	src/relaisctl_show_partner.c \
	src/relaisctl_consent.c src/relaisctl_local.c src/relaisctl_pages.c src/relaisctl_show.c \
	src/relaisctl_show_audience.c src/relaisctl_show_campaign.c \
	src/relaisctl_show_customer.c src/relaisctl_show_double.c src/relaisctl_show_gateway.c \
	src/relaisctl_show_mail.c \
	src/relaisctl_show_message.c src/relaisctl_commands_contact.c src/relaisctl_show_contact.c src/relaisctl_show_occasion.c \
	src/relaisctl_show_results.c src/relaisctl_show_text.c src/relaisctl_show_words.c \
	src/relaisctl_template.c \
	src/relaisctl_heartbeat.c \
	src/relaisctl_table.c src/relaisctl_watch.c src/settings.c src/settings.h \
	src/settings_alert.c src/settings_alert.h \
	src/settings_mail_in.c src/settings_mail_in.h \
	src/settings_check.c src/settings_check.h src/settings_routes.c \
	src/settings_routes.h src/settings_sending.c src/settings_sending.h \
	src/settings_words.c src/settings_words.h
relaisctl_SOURCES += src/relaisctl_commands_plan.c src/relaisctl_show_plan.c
relaisctl_SOURCES += src/relaisctl_commands_staff.c src/relaisctl_show_staff.c
relaisctl_SOURCES += src/relaisctl_commands_escalation.c src/relaisctl_show_escalation.c
relaisctl_LDADD = libcontrol.a libmail.a $(ESMTP_LIBS) $(OPENSSL_LIBS) $(EVENT_LIBS) $(FILE_LIBS) libstore.a $(SODIUM_LIBS) $(SMPP_LIBS) $(DOMAIN_LIBS) \
	$(BASE_LIBS) $(JANSSON_LIBS)

dist_man_MANS += doc/relaisd.8 doc/relaisctl.1 doc/relais.conf.5
EXTRA_DIST += conf/relais-heartbeat.service conf/relais-heartbeat.timer
EXTRA_DIST += conf/relais.conf conf/relaisd.service conf/holidays/BE conf/holidays/LU \
	doc/occasions.md doc/doubles.md doc/architecture.md doc/consent.md doc/inbound.md doc/messages.md \
	doc/operations.md doc/performance.md doc/results.md doc/sending.md doc/torture.md \
	doc/templates.md doc/privacy.md contrib/demo.sh contrib/demo/demo.py contrib/demo/make_orders.py contrib/demo/contacts.py \
	contrib/demo/colis.conf contrib/demo/fleurs.conf contrib/demo/order-ubl.xml doc/audience.md \
	doc/first-campaign.md
EXTRA_DIST += doc/contact-plan.md
EXTRA_DIST += doc/answering.md
EXTRA_DIST += doc/escalation.md
EXTRA_DIST += doc/mail.md contrib/postfix/main.cf contrib/postfix/master.cf contrib/postfix/transport
# Reports.
relaisctl_SOURCES += src/relaisctl_commands_report.c src/relaisctl_show_report.c \
	src/relaisctl_save.c
PYTESTS += tests/integration/test_programs.py
PYTESTS += tests/integration/test_tasks.py
