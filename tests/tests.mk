# Tests that belong to no single room. Unit tests and fuzz targets are declared by the room they
# test. tests/driver.sh counts each test inside a program, so the totals are totals of tests.
LOG_DRIVER    = $(SHELL) $(top_srcdir)/tests/driver.sh
SH_LOG_DRIVER = $(LOG_DRIVER)
PY_LOG_DRIVER = $(LOG_DRIVER)
PY_LOG_COMPILER = $(SHELL) $(top_srcdir)/tests/integration/run-pytest.sh
TEST_EXTENSIONS = .sh .py

LINTS = tests/lint/layers.sh tests/lint/size.sh tests/lint/lists.sh tests/lint/format.sh \
	tests/lint/scripts.sh tests/lint/selftest.sh
# The real programs against a private mariadbd and the simulator, over real sockets.
PYTESTS += tests/integration/test_api.py tests/integration/test_audience.py tests/integration/test_campaign_moves.py tests/integration/test_carrier.py \
	tests/integration/test_crash.py tests/integration/test_disk.py \
	tests/integration/test_doubles.py \
	tests/integration/test_inbound.py tests/integration/test_operator.py \
	tests/integration/test_privacy.py \
	tests/integration/test_readme.py tests/integration/test_retention.py \
	tests/integration/test_occasions.py tests/integration/test_plans.py \
	tests/integration/test_results.py tests/integration/test_road.py tests/integration/test_routes.py \
	tests/integration/test_sending.py \
	tests/integration/test_words.py
PYTESTS += tests/integration/test_occasion_mail.py
PYTESTS += tests/integration/test_alerts.py
PYTESTS += tests/integration/test_unsubscribe.py
PYTESTS += tests/integration/test_staff_reply.py
PYTESTS += tests/integration/test_answers.py tests/integration/test_consent.py \
	tests/integration/test_formats.py tests/integration/test_kinds.py \
	tests/integration/test_taking.py tests/integration/test_partner_tools.py
# Carriers and a decoder that we did not write.
PYTESTS += tests/integration/test_interop_node.py tests/integration/test_interop_perl.py \
	tests/integration/test_wire.py
# Carriers that mean harm, and everything that can be killed.
PYTESTS += tests/integration/test_hostile.py tests/integration/test_import_torture.py \
	tests/integration/test_torture.py
EXTRA_DIST += tests/interop/npm.sh tests/interop/package.json tests/interop/package-lock.json \
	tests/interop/node_smsc.js tests/interop/net_smpp_smsc.pl
HARNESS = tests/integration/conftest.py tests/integration/harness.py tests/integration/mail_scene.py \
	tests/integration/fresh.py tests/integration/orders.py tests/integration/outsider.py \
	tests/integration/rogue.py tests/integration/scenes.py tests/integration/soak.py tests/integration/tiny_smsc.py \
	tests/integration/verdict.py tests/integration/wiretap.py tests/integration/run-pytest.sh
TESTS += $(LINTS) $(PYTESTS)
EXTRA_DIST += tests/driver.sh tests/soak.sh tests/fuzz/replay.c tests/fuzz/corpus $(LINTS) $(PYTESTS) $(HARNESS)

# make fuzz FUZZ=pdu SECONDS=60: looks for new harm, with clang, in build-fuzz/.
fuzz:
	@srcdir='$(srcdir)' $(SHELL) $(top_srcdir)/tests/fuzz/fuzz.sh '$(FUZZ)' $(SECONDS)
# make bench BENCH=campaign: one measurement; without BENCH all of them.
bench:
	@srcdir='$(srcdir)' $(SHELL) $(top_srcdir)/tests/bench/run.sh $(BENCH)
# make soak MINUTES=10: every fault of the rough scenario at once, under load, and a verdict.
soak: all
	@srcdir='$(srcdir)' $(SHELL) $(top_srcdir)/tests/soak.sh $(MINUTES)
.PHONY: fuzz bench soak
EXTRA_DIST += tests/fuzz/fuzz.sh tests/bench/run.sh tests/bench/unsanitized.sh \
	tests/bench/bench_campaign.py tests/bench/bench_latency.py tests/bench/bench_queue.py \
	tests/bench/bench_start.py tests/bench/measure.py autogen.sh .ci/run \
	contrib/install-deps.sh contrib/check.sh

# The new database that stages copy (tests/integration/fresh.py).
clean-local:
	rm -rf tests/fresh
.PHONY: clean-local
