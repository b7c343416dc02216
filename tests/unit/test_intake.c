/*
 * test_intake.c - the whole road of a file on a real database: what is in the tables, the partner's
 * directories and the receipt at the end of it, also after a crash at any step.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/buffer.h"
#include "base/lane.h"
#include "channel/file/file_reader.h"
#include "channel/file/profile.h"
#include "flow/intake.h"
#include "flow/intake_run.h"
#include "store/db.h"
#include "store/import_query.h"
#include "tests/support/testdb.h"

static char root[64];
static struct db *db;
static struct profile *profile;
static struct intake_run run;

/* --- the scene --- */

static void load_profile(const char *name)
{
    const char *srcdir = getenv("srcdir") ? getenv("srcdir") : ".";
    struct error err;
    char path[512];

    intake_run_close(&run);
    profile_free(profile);
    profile = NULL;
    snprintf(path, sizeof(path), "%s/conf/partners/%s.conf", srcdir, name);
    if (profile_load(path, &profile, &err))
        fail_msg("%s", err.text);
    intake_run_init(&run, root, profile, 10);
}

static int set_up(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    snprintf(root, sizeof(root), "/tmp/test_intake.XXXXXX");
    if (!mkdtemp(root))
        return -1;
    memset(&run, 0, sizeof(run));
    load_profile("csv");
    return 0;
}

static void remove_root(void)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -rf '%s'", root);
    assert_int_equal(system(command), 0);
}

static int tear_down(void **state)
{
    (void)state;
    intake_run_close(&run);
    profile_free(profile);
    profile = NULL;
    db_close(db);
    remove_root();
    return 0;
}

static void drop_bytes(const char *name, const char *bytes, size_t len)
{
    char path[512];
    FILE *f;

    snprintf(path, sizeof(path), "mkdir -p %s/%s/in", root, profile->code);
    assert_int_equal(system(path), 0);
    snprintf(path, sizeof(path), "%s/%s/in/%s", root, profile->code, name);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    fclose(f);
}

static void drop(const char *name, const char *text)
{
    drop_bytes(name, text, strlen(text));
}

/* Until there is nothing to do. */
static void work(void)
{
    enum rc rc = RC_OK;

    for (int i = 0; i < 100000 && rc != RC_NOTFOUND; i++)
        rc = intake_run_step(&run, db);
    assert_int_equal(rc, RC_NOTFOUND);
}

static uint64_t count(const char *sql)
{
    uint64_t n = 0;

    assert_int_equal(db_query_u64(db, sql, DB_NO_INPUT, &n), RC_OK);
    return n;
}

/* The one file of a part of the partner's directory whose name begins so; "" when there is none. */
static const char *found(const char *part, const char *begin)
{
    static char text[65536];
    char path[512], file[1024];
    const struct dirent *e;
    DIR *dir;
    FILE *f;

    text[0] = '\0';
    snprintf(path, sizeof(path), "%s/%s/%s", root, profile->code, part);
    dir = opendir(path);
    assert_non_null(dir);
    while ((e = readdir(dir)) != NULL) {
        if (strncmp(e->d_name, begin, strlen(begin)) != 0 || e->d_name[0] == '.' ||
            strstr(e->d_name, ".refused."))
            continue;
        snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
        f = fopen(file, "r");
        assert_non_null(f);
        text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
        fclose(f);
    }
    closedir(dir);
    return text;
}

static int files_in(const char *part)
{
    char path[512];
    const struct dirent *e;
    DIR *dir;
    int n = 0;

    snprintf(path, sizeof(path), "%s/%s/%s", root, profile->code, part);
    dir = opendir(path);
    assert_non_null(dir);
    while ((e = readdir(dir)) != NULL)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(dir);
    return n;
}

static void assert_in(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in \"%s\"", part, text);
}

#define HEADER                                                                                 \
    "customer_number;last_name;phone;email;city;category;consent_sms;consent_at;order_number;" \
    "goods;collect;ordered_at\n"

static const char three_orders[] = HEADER
    "C1;Martin;06 12 34 56 78;martin@example.com;Lyon;private;oui;01/02/2025;A1;2 pneus;49,90;\n"
    "C2;Durand;;durand@example.com;Nice;shop;;;A2;1 vélo;0;\n"
    "C1;Martin;06 12 34 56 78;martin@example.com;Lyon;private;oui;01/02/2025;A3;1 sac;10;\n";

/* --- what files do --- */

static void who_loses_their_last_order_has_ordered_before_it(void **state)
{
    (void)state;
    drop("1.csv", "customer_number;last_name;order_number;ordered_at;collect\n"
                  "C1;Martin;A1;01/02/2025;10\n"
                  "C3;Petit;A3;01/02/2025;10\n"
                  "C3;Petit;A4;01/03/2025;20\n");
    work();
    drop("2.csv", "customer_number;last_name;order_number;ordered_at;collect\n"
                  "C2;Durand;A1;01/02/2025;10\n"
                  "C2;Durand;A4;01/03/2025;20\n"
                  "C3;Petit;A3;01/02/2025;15\n");
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM customer c\n"
                           "JOIN customer_ref r ON r.customer_id = c.id\n"
                           "WHERE (r.customer_number = 'C1' AND c.order_count = 0\n"
                           "       AND c.order_cents = 0 AND c.last_order_at IS NULL)\n"
                           "   OR (r.customer_number = 'C2' AND c.order_count = 2\n"
                           "       AND c.order_cents = 3000\n"
                           "       AND DATE(c.last_order_at + INTERVAL 1 DAY) >= '2025-03-01')\n"
                           "   OR (r.customer_number = 'C3' AND c.order_count = 1\n"
                           "       AND c.order_cents = 1500 AND c.last_order_at < '2025-02-03')"),
                     3);
}

static void a_good_file_becomes_customers_and_orders(void **state)
{
    const char *receipt;

    (void)state;
    drop("orders.csv", three_orders);
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM customer"), 2);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order"), 3);
    assert_int_equal(count("SELECT COUNT(*) FROM customer c\n"
                           "JOIN customer_ref r ON r.customer_id = c.id\n"
                           "JOIN category k ON k.id = c.category_id\n"
                           "WHERE r.customer_number = 'C1' AND c.last_name = 'Martin'\n"
                           "  AND c.order_count = 2 AND c.order_cents = 5990\n"
                           "  AND c.last_order_at IS NOT NULL AND k.code = 'private'"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM contact_point\n"
                           "WHERE address = '+33612345678' AND channel = 'sms' AND is_primary"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM consent_event WHERE source = 'import'"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM consent_current\n"
                           "WHERE channel = 'sms' AND purpose = 'promo' AND state = 'granted'\n"
                           "  AND at = '2025-01-31 23:00:00'"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM import\n"
                           "WHERE state = 'done' AND rows_total = 3 AND rows_taken = 3\n"
                           "  AND rows_refused = 0 AND next_row = 4"),
                     1);
    assert_string_equal(found("done", "orders.csv"), three_orders);
    receipt = found("out", "orders.csv.");
    assert_in(receipt, "# result;\"taken\"\n");
    assert_in(receipt, "# taken;3\n");
    assert_int_equal(files_in("in") + files_in("work") + files_in("failed"), 0);
}

static void faulty_rows_are_refused_one_by_one_with_line_and_reason(void **state)
{
    const char *receipt;

    (void)state;
    drop("orders.csv", HEADER "C1;Martin;06 12;m@example.com;Lyon;;oui;;A1;x;1;\n"
                              ";Nobody;;;;;;;A2;x;1;\n"
                              "C3;Good;;;;;;;A3;\"two\nlines\";1;\n"
                              "C4;Short\n"
                              "C5;Good;;;;;;;A5;x;douze;\n");
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM import_reject"), 4);
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE rows_taken = 1 AND rows_refused = 4"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM customer"), 1);
    receipt = found("out", "orders.csv.");
    assert_in(receipt, "\n2;1;\"phone\";\"06 12\";\"phone_too_short\";");
    assert_in(receipt, "\n3;2;\"customer_number\";\"\";\"missing\";");
    assert_in(receipt, "\n6;4;\"\";\"\";\"missing_columns\";");
    assert_in(receipt, "\n7;5;\"collect\";\"douze\";\"bad_number\";");
}

static void the_same_content_twice_has_the_effect_of_one(void **state)
{
    (void)state;
    drop("orders.csv", three_orders);
    work();
    drop("again.csv", three_orders);
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order"), 3);
    assert_int_equal(count("SELECT SUM(order_count) FROM customer"), 3);
    assert_in(found("out", "again.csv."), "# result;\"taken before\"\n");
    assert_in(found("out", "again.csv."), "as import ");
    assert_string_equal(found("done", "again.csv"), three_orders);
    assert_int_equal(files_in("in") + files_in("work"), 0);
}

/* A file taken before, whose source cannot be taken out of in/ the first time. */
static void a_file_taken_before_is_at_no_moment_only_in_work(void **state)
{
    char command[512];

    (void)state;
    drop("orders.csv", three_orders);
    work();
    drop("again.csv", three_orders);
    assert_int_equal(intake_run_step(&run, db), RC_OK); /* START */
    snprintf(command, sizeof(command),
             "mkdir %s/csv/work/source && echo x > %s/csv/work/source/again.csv", root, root);
    assert_int_equal(system(command), 0);
    assert_int_equal(intake_run_step(&run, db), RC_AGAIN);
    assert_string_equal(found("in", "again.csv"), three_orders);
    assert_string_equal(found("done", "again.csv"), ""); /* each try would leave another one */
    work();
    assert_string_equal(found("done", "again.csv"), three_orders);
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'failed' AND bytes = 2"), 1);
    assert_int_equal(files_in("in") + files_in("work"), 0);
}

static void another_file_with_the_same_rows_changes_nothing(void **state)
{
    struct buffer b;

    (void)state;
    drop("orders.csv", three_orders);
    work();
    buffer_init(&b, 10000);
    buffer_printf(&b, "%s\n\n", three_orders);
    drop("more.csv", b.data);
    buffer_close(&b);
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE rows_unchanged = 3"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order"), 3);
    assert_int_equal(count("SELECT COUNT(*) FROM consent_event"), 1);
    assert_int_equal(count("SELECT SUM(order_count) FROM customer"), 3);
}

static void the_later_row_of_an_order_replaces_the_earlier(void **state)
{
    (void)state;
    drop("1.csv", three_orders);
    work();
    /* A1 costs more now, A3 belongs to C2, A4 is in the file twice; C1 moved and has a new phone.
     */
    drop("2.csv", HEADER
         "C1;Martin;07 81 23 45 67;martin@example.com;Paris;private;oui;01/02/2025;A1;x;60;\n"
         "C2;Durand;;durand@example.com;Nice;shop;;;A3;1 sac;10;\n"
         "C2;Durand;;durand@example.com;Nice;shop;;;A4;y;1;\n"
         "C2;Durand;;durand@example.com;Nice;shop;;;A4;z;2;\n");
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order"), 4);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order WHERE goods = 'z'"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM customer c\n"
                           "JOIN customer_ref r ON r.customer_id = c.id\n"
                           "WHERE (r.customer_number = 'C1' AND c.order_count = 1\n"
                           "       AND c.order_cents = 6000 AND c.city = 'Paris')\n"
                           "   OR (r.customer_number = 'C2' AND c.order_count = 3\n"
                           "       AND c.order_cents = 1200)"),
                     2);
    assert_int_equal(count("SELECT COUNT(*) FROM contact_point\n"
                           "WHERE channel = 'sms' AND is_primary AND address = '+33781234567'"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM contact_point WHERE channel = 'sms'"), 2);
    assert_int_equal(
        count("SELECT COUNT(*) FROM contact_point WHERE channel = 'sms' AND is_primary"), 1);
}

static void an_import_never_lifts_a_refusal(void **state)
{
    (void)state;
    drop("1.csv", three_orders);
    work();
    testdb_sql("UPDATE consent_current SET state = 'withdrawn', at = '2025-06-01'");
    drop("2.csv", HEADER "C1;Martin-New;06 12 34 56 78;;Lyon;private;oui;;A1;x;1;\n");
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM consent_current WHERE state = 'withdrawn'"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM customer WHERE last_name = 'Martin-New'"), 1);
}

static void an_erased_customer_is_not_brought_back(void **state)
{
    (void)state;
    drop("1.csv", three_orders);
    work();
    testdb_sql("UPDATE customer SET erased_at = '2025-06-01', last_name = ''");
    drop("2.csv", HEADER "C1;Martin-New;06 12 34 56 78;;Lyon;private;oui;;A1;x;1;\n");
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM customer WHERE last_name <> ''"), 0);
    assert_int_equal(count("SELECT COUNT(*) FROM import_reject WHERE code = 'erased'"), 1);
}

static void an_unknown_category_is_refused_when_the_profile_says_so(void **state)
{
    (void)state;
    profile->create_categories = false;
    drop("1.csv", three_orders);
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM category"), 0);
    assert_int_equal(count("SELECT COUNT(*) FROM import_reject\n"
                           "WHERE code = 'unknown_code' AND field = 'category'"),
                     3);
    assert_int_equal(count("SELECT COUNT(*) FROM customer"), 0);
}

static void a_fault_at_the_end_leaves_nothing_of_the_file(void **state)
{
    struct buffer b;

    (void)state;
    buffer_init(&b, 100000);
    buffer_add_text(&b, HEADER);
    for (int i = 0; i < 50; i++)
        buffer_printf(&b, "C%d;Name;;;;;;;A%d;x;1;\n", i, i);
    buffer_add_text(&b, "C99;\"never closed;;;;;;;A99;x;1;\n");
    drop("orders.csv", b.data);
    buffer_close(&b);
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM customer"), 0);
    assert_int_equal(count("SELECT COUNT(*) FROM import_reject"), 0);
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'failed'\n"
                           "  AND reason LIKE 'line 52: %'"),
                     1);
    assert_in(found("out", "orders.csv."), "# result;\"refused\"\n# reason;\"line 52: ");
    assert_true(*found("failed", "orders.csv"));
    assert_int_equal(files_in("in") + files_in("work") + files_in("done"), 0);
}

static void a_failed_file_may_be_dropped_again(void **state)
{
    (void)state;
    load_profile("xml"); /* a profile that does not fit */
    drop("orders.csv", three_orders);
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'failed'"), 1);
    profile->format = FORMAT_CSV; /* as if it had been corrected */
    profile->separator = ';';
    profile->header = true;
    profile->n_places[FIELD_CUSTOMER_NUMBER] = 1;
    memset(profile->n_places, 0, sizeof(profile->n_places));
    profile->n_places[FIELD_CUSTOMER_NUMBER] = 1;
    profile->places[FIELD_CUSTOMER_NUMBER][0].column = "customer_number";
    profile->n_places[FIELD_ORDER_NUMBER] = 1;
    profile->places[FIELD_ORDER_NUMBER][0].column = "order_number";
    drop("orders.csv", three_orders);
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done'"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order"), 3);
}

static void hostile_xml_costs_its_sender_the_file(void **state)
{
    (void)state;
    load_profile("xml");
    drop("a.xml", "<!DOCTYPE orders [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>\n"
                  "<orders xmlns='urn:relais:orders:1'>&a;</orders>");
    drop("b.xml", "<orders xmlns='urn:relais:orders:1'><order number='1'>&x;</order></orders>");
    drop("c.xml", "<orders xmlns='urn:relais:orders:1'>\n<order number='1'>");
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'failed'"), 3);
    assert_int_equal(count("SELECT COUNT(*) FROM customer"), 0);
    assert_in(found("out", "a.xml."), "DOCTYPE");
    assert_in(found("out", "b.xml."), "Entity 'x' not defined");
    assert_in(found("out", "c.xml."), "line 2: ");
}

static void our_xml_becomes_a_customer_and_an_order(void **state)
{
    (void)state;
    load_profile("xml");
    drop("a.xml", "<orders xmlns='urn:relais:orders:1'>\n"
                  "<order number='A-55' date='2025-11-23T08:30:00' status='out'>\n"
                  "<customer number='C-1001' category='private'><last-name>Martin</last-name>\n"
                  "<phone>06 12 34 56 78</phone><address><city>Lyon</city></address>\n"
                  "<consent sms='yes' at='2025-03-02' source='web form'>Oui</consent></customer>\n"
                  "<goods>2 pneus</goods><goods>1 cric</goods><weight>18.5</weight>\n"
                  "<collect currency='CHF'>49.90</collect></order></orders>");
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order o\n"
                           "JOIN customer c ON c.id = o.customer_id\n"
                           "WHERE o.order_number = 'A-55' AND o.goods = '2 pneus, 1 cric'\n"
                           "  AND o.weight_g = 18500 AND o.collect_cents = 4990\n"
                           "  AND o.currency = 'CHF' AND o.status = 'out' AND c.city = 'Lyon'\n"
                           "  AND o.ordered_at = '2025-11-23 07:30:00'"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM consent_event WHERE wording = 'Oui (web form)'"),
                     1);
}

/* The example that OASIS publishes with UBL 2.1; it is not part of this project. */
static void the_published_ubl_order_becomes_a_customer_and_an_order(void **state)
{
    const char *shared = getenv("RELAIS_SHARED_DATA"), *srcdir = getenv("srcdir");
    char path[512], bytes[65536];
    size_t len;
    FILE *f;

    (void)state;
    if (shared)
        snprintf(path, sizeof(path), "%s/ubl/UBL-Order-2.1-Example.xml", shared);
    else
        snprintf(path, sizeof(path), "%s/../shared/data/ubl/UBL-Order-2.1-Example.xml",
                 srcdir ? srcdir : ".");
    f = fopen(path, "r");
    if (!f) {
        print_message("SKIPPED: %s is not there (set RELAIS_SHARED_DATA)\n", path);
        skip();
    }
    len = fread(bytes, 1, sizeof(bytes), f);
    fclose(f);
    load_profile("ubl.order");
    drop_bytes("order.xml", bytes, len);
    work();
    assert_in(found("out", "order.xml."), "# taken;1\n");
    assert_int_equal(count("SELECT COUNT(*) FROM customer"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order o\n"
                           "JOIN customer c ON c.id = o.customer_id\n"
                           "WHERE o.order_number = '34' AND c.company = 'Johnssons byggvaror'\n"
                           "  AND c.last_name = 'Svensson' AND c.city = 'Stockholm'\n"
                           "  AND c.country = 'SE' AND o.goods = 'Falu Rödfärg, Pensel 20 mm'"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM contact_point WHERE address = 'eva@johnsson.se'"),
                     1);
}

/* --- crashes --- */

static void make_orders(struct buffer *b)
{
    buffer_add_text(b, HEADER);
    for (int i = 0; i < 57; i++)
        buffer_printf(b, "C%d;Name %d;06 12 34 %02d %02d;;Lyon;%s;oui;;A%d;x;%d;\n", i % 23, i % 23,
                      i % 23, i % 23, i % 2 ? "one" : "two", i % 50, i == 13 ? -1 : i);
}

/* Everything a run leaves that does not depend on ids and times, as one number. */
static uint64_t fingerprint(void)
{
    return count(
        "SELECT CRC32(CONCAT_WS('|',\n"
        " (SELECT GROUP_CONCAT(CONCAT(r.customer_number, c.last_name, c.order_count, ':',\n"
        "    c.order_cents) ORDER BY r.customer_number)\n"
        "  FROM customer c JOIN customer_ref r ON r.customer_id = c.id),\n"
        " (SELECT GROUP_CONCAT(CONCAT(o.order_number, r.customer_number, o.collect_cents,\n"
        "    ':', o.import_row) ORDER BY o.order_number)\n"
        "  FROM customer_order o JOIN customer_ref r ON r.customer_id = o.customer_id),\n"
        " (SELECT GROUP_CONCAT(CONCAT(r.customer_number, p.address) ORDER BY p.address)\n"
        "  FROM contact_point p JOIN customer_ref r ON r.customer_id = p.customer_id),\n"
        " (SELECT COUNT(*) FROM consent_event), (SELECT COUNT(*) FROM consent_current),\n"
        " (SELECT GROUP_CONCAT(CONCAT(row_no, ':', line, code) ORDER BY row_no)\n"
        "  FROM import_reject),\n"
        " (SELECT GROUP_CONCAT(CONCAT(state, rows_total, ':', rows_taken, ':',\n"
        "    rows_unchanged, ':', rows_refused, ':', next_row)) FROM import)))");
}

/* Another process takes so many steps and dies without a word. True: it had something left to do.
 */
static bool steps_then_crash(int steps)
{
    int status = 0;
    const pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        struct db *own = testdb_open_lane(1);
        enum rc rc = RC_OK;

        while (steps-- > 0 && rc == RC_OK)
            rc = intake_run_step(&run, own);
        _exit(rc == RC_OK ? 0 : rc == RC_NOTFOUND ? 1 : 2);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
    return WEXITSTATUS(status) == 0;
}

static void a_crash_after_any_step_has_the_effect_of_one_run(void **state)
{
    uint64_t undisturbed;
    struct buffer b;
    int steps = 0;
    bool more = true;

    (void)state;
    buffer_init(&b, 100000);
    make_orders(&b);
    drop("orders.csv", b.data);
    work();
    undisturbed = fingerprint();
    assert_int_equal(count("SELECT rows_refused FROM import"), 1);
    while (more) {
        remove_root();
        testdb_reset();
        intake_run_close(&run);
        intake_run_init(&run, root, profile, 10);
        drop("orders.csv", b.data);
        more = steps_then_crash(++steps);
        work();
        assert_int_equal(fingerprint(), undisturbed);
        assert_int_equal(files_in("in") + files_in("work") + files_in("failed"), 0);
        assert_int_equal(files_in("done"), 1);
        assert_int_equal(files_in("out"), 2); /* the receipt, and the row that was refused */
        assert_string_equal(found("done", "orders.csv"), b.data);
        assert_in(found("out", "orders.csv."), "# result;\"taken\"\n# received");
    }
    assert_true(steps > 8); /* start, claim, check, 6 chunks, finish */
    buffer_close(&b);
}

/* Between the commit that makes an import known and the copy's place in work/. */
static void a_crash_between_commit_and_keeping_is_the_same_drop(void **state)
{
    (void)state;
    drop("orders.csv", three_orders);
    assert_int_equal(intake_run_step(&run, db), RC_OK);
    assert_int_equal(intake_run_step(&run, db), RC_OK); /* claimed: work/<id>.data */
    intake_run_close(&run);
    {
        char command[256];
        snprintf(command, sizeof(command), "cd %s/csv && mv work/*.data in/orders.csv", root);
        assert_int_equal(system(command), 0);
    }
    intake_run_init(&run, root, profile, 10);
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done'"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order"), 3);
    assert_int_equal(files_in("out"), 1);
    assert_in(found("out", "orders.csv."), "# result;\"taken\"\n");
}

static void an_import_whose_copy_is_lost_fails_and_says_so(void **state)
{
    char command[256];

    (void)state;
    drop("orders.csv", three_orders);
    assert_int_equal(intake_run_step(&run, db), RC_OK);
    assert_int_equal(intake_run_step(&run, db), RC_OK);
    intake_run_close(&run);
    snprintf(command, sizeof(command), "rm %s/csv/work/*.data", root);
    assert_int_equal(system(command), 0);
    intake_run_init(&run, root, profile, 10);
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'failed'"), 1);
    drop("orders.csv", three_orders);
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done'"), 1);
}

/* Node 2 has its own directories: there the copy is not to be found, and need not be. */
static void another_nodes_import_is_left_to_it(void **state)
{
    struct db_settings settings = *testdb_settings();
    char second[sizeof(root) + 2];
    struct db *other;

    (void)state;
    drop("orders.csv", three_orders);
    assert_int_equal(intake_run_step(&run, db), RC_OK);
    assert_int_equal(intake_run_step(&run, db), RC_OK); /* taken by node 1 */
    intake_run_close(&run);

    settings.node_id = 2;
    other = db_open(&settings, 1);
    snprintf(second, sizeof(second), "%s/2", root);
    assert_int_equal(mkdir(second, 0755), 0);
    intake_run_init(&run, second, profile, 10);
    while (intake_run_step(&run, other) == RC_OK)
        ;
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'checking'"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE node_id = 1"), 1);
    intake_run_close(&run);
    db_close(other);

    intake_run_init(&run, root, profile, 10);
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done'"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order"), 3);
}

static void what_was_imported_can_be_looked_at(void **state)
{
    const struct import_filter all = { 0 }, ours = { .partner = "csv", .state = "done" };
    const struct import_filter none = { .partner = "nobody" }, failed = { .state = "failed" };
    struct import list[10];
    struct import_reject_row rejects[10];
    size_t n = 10;

    (void)state;
    drop("1.csv", three_orders);
    work();
    drop("2.csv", HEADER "C9;;1;;;;;;A9;x;1;\n");
    work();
    assert_int_equal(import_list(db, &all, 0, list, &n), RC_OK);
    assert_int_equal(n, 2);
    assert_string_equal(list[0].file_name, "2.csv");
    assert_string_equal(list[0].partner, "csv");
    n = 10;
    assert_int_equal(import_list(db, &ours, list[0].id, list, &n), RC_OK);
    assert_int_equal(n, 1);
    assert_string_equal(list[0].file_name, "1.csv");
    n = 10;
    assert_int_equal(import_list(db, &none, 0, list, &n), RC_OK);
    assert_int_equal(n, 0);
    n = 10;
    assert_int_equal(import_list(db, &failed, 0, list, &n), RC_OK);
    assert_int_equal(n, 0);
    n = 10;
    assert_int_equal(
        import_list(db, &(struct import_filter){ .since = clock_now() + 1 }, 0, list, &n), RC_OK);
    assert_int_equal(n, 0);
    n = 1;
    assert_int_equal(import_list(db, &all, 0, list, &n), RC_OK);
    n = 10;
    assert_int_equal(import_rejects(db, list[0].id, 0, rejects, &n), RC_OK);
    assert_int_equal(n, 1);
    assert_string_equal(rejects[0].field, "phone");
    assert_int_equal(rejects[0].line, 2);
    assert_int_equal(import_get(db, 1u << 30, list), RC_NOTFOUND);
}

/* --- the loop's side --- */

struct watcher {
    struct event_base *base;
    struct event *tick;
    int ticks;
    bool dropped;
};

static int answers(void)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/%s/out", root, profile->code);
    return access(path, F_OK) == 0 ? files_in("out") : 0; /* made by the first step */
}

static void *open_lane(void *arg, unsigned lane)
{
    (void)arg;
    return testdb_open_lane(lane + 2);
}

static void close_lane(void *resource)
{
    db_close(resource);
}

/* Drops a second file once the first was answered: that one only inotify tells in time. */
static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct watcher *w = arg;

    (void)fd, (void)what;
    if (++w->ticks > 3000 || answers() == 2)
        event_base_loopbreak(w->base);
    if (answers() == 1 && !w->dropped) {
        w->dropped = true;
        drop("2.csv", HEADER "C7;;;;;;;;A7;x;1;\n");
    }
}

static void files_are_heard_of_and_taken(void **state)
{
    static const struct lane_ops ops = { .open = open_lane, .close = close_lane };
    const char *srcdir = getenv("srcdir") ? getenv("srcdir") : ".";
    const struct timeval every = { 0, 10000 };
    struct watcher w = { .base = event_base_new() };
    struct intake_settings settings = { .root = root, .rescan_ms = 600000, .chunk_rows = 100 };
    struct lane_pool *pool = lane_pool_new(w.base, "import", 1, 16, &ops);
    struct intake *intake;
    char profiles[512];

    (void)state;
    snprintf(profiles, sizeof(profiles), "%s/conf/partners", srcdir);
    settings.profiles_dir = profiles;
    drop("1.csv", three_orders);
    intake = intake_new(w.base, pool, &settings);
    assert_non_null(intake);
    w.tick = event_new(w.base, -1, EV_PERSIST, on_tick, &w);
    event_add(w.tick, &every);
    event_base_dispatch(w.base);
    assert_true(w.ticks < 3000);
    intake_stop(intake);
    lane_pool_free(pool);
    intake_free(intake);
    event_free(w.tick);
    event_base_free(w.base);
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done'"), 2);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order"), 4);
}

int main(void)
{
#define INTAKE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        INTAKE_TEST(a_good_file_becomes_customers_and_orders),
        INTAKE_TEST(who_loses_their_last_order_has_ordered_before_it),
        INTAKE_TEST(faulty_rows_are_refused_one_by_one_with_line_and_reason),
        INTAKE_TEST(the_same_content_twice_has_the_effect_of_one),
        INTAKE_TEST(a_file_taken_before_is_at_no_moment_only_in_work),
        INTAKE_TEST(another_file_with_the_same_rows_changes_nothing),
        INTAKE_TEST(the_later_row_of_an_order_replaces_the_earlier),
        INTAKE_TEST(an_import_never_lifts_a_refusal),
        INTAKE_TEST(an_erased_customer_is_not_brought_back),
        INTAKE_TEST(an_unknown_category_is_refused_when_the_profile_says_so),
        INTAKE_TEST(a_fault_at_the_end_leaves_nothing_of_the_file),
        INTAKE_TEST(a_failed_file_may_be_dropped_again),
        INTAKE_TEST(hostile_xml_costs_its_sender_the_file),
        INTAKE_TEST(our_xml_becomes_a_customer_and_an_order),
        INTAKE_TEST(the_published_ubl_order_becomes_a_customer_and_an_order),
        INTAKE_TEST(a_crash_after_any_step_has_the_effect_of_one_run),
        INTAKE_TEST(a_crash_between_commit_and_keeping_is_the_same_drop),
        INTAKE_TEST(another_nodes_import_is_left_to_it),
        INTAKE_TEST(an_import_whose_copy_is_lost_fails_and_says_so),
        INTAKE_TEST(what_was_imported_can_be_looked_at),
        INTAKE_TEST(files_are_heard_of_and_taken),
    };

    file_reader_setup();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
