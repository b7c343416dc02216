/*
 * test_taking.c - which file is taken, by which profile, and where it and its row in the database
 * are after anything that may happen on the way. On a real database.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "channel/file/file_reader.h"
#include "flow/intake_profiles.h"
#include "flow/intake_run.h"
#include "store/db.h"
#include "store/import_undo.h"
#include "tests/support/packer.h"
#include "tests/support/testdb.h"

#define FIELDS                                       \
    "field \"customer_number\" { column = \"c\" }\n" \
    "field \"order_number\" { column = \"o\" }\n"

/* The document's number stands in the XML; rows without a customer number are refused. */
#define XML_FIELDS                                                      \
    "format = xml\nrecord = \"/list/order\"\ndocument = \"/list/@n\"\n" \
    "field \"customer_number\" { path = \"@c\" }\n"                     \
    "field \"order_number\" { path = \"@o\" }\n"
#define ORDER(c, o)    "<order c='" c "' o='" o "'/>\n"
#define LIST(n, order) "<list n='" n "'>\n" order "</list>"

static char root[64];
static struct db *db;
static struct partner_profiles *partners;
static unsigned n_partners;
static struct intake_desk desk;
static struct intake_run runs[2];

/* --- the scene: <root>/conf/<profile>.conf, <root>/shop/in ... --- */

static void put_bytes(const char *path, const char *bytes, size_t len)
{
    char whole[512];
    FILE *f;

    snprintf(whole, sizeof(whole), "%s/%s", root, path);
    f = fopen(whole, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    fclose(f);
}

static void put(const char *path, const char *text)
{
    put_bytes(path, text, strlen(text));
}

static void shell(const char *command)
{
    char whole[512];

    snprintf(whole, sizeof(whole), "cd %s && { %s; }", root, command);
    assert_int_equal(system(whole), 0);
}

/* As relaisd does when it is stopped (or killed: nothing here matters to what comes after). */
static void stop_intake(void)
{
    if (!desk.root)
        return;
    intake_run_close(&runs[0]);
    intake_run_close(&runs[1]);
    intake_desk_close(&desk);
    partner_profiles_free(partners, n_partners);
    partners = NULL;
}

static void start_intake(void)
{
    char dir[128];

    stop_intake();
    snprintf(dir, sizeof(dir), "%s/conf", root);
    assert_int_equal(partner_profiles_load(dir, &partners, &n_partners), RC_OK);
    assert_int_equal(n_partners, 1);
    assert_string_equal(partners[0].code, "shop");
    intake_desk_init(&desk, root, partners[0].profiles, partners[0].n, 2);
    intake_run_share(&runs[0], &desk);
    intake_run_share(&runs[1], &desk);
}

static int set_up(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    snprintf(root, sizeof(root), "/tmp/test_taking.XXXXXX");
    if (!mkdtemp(root))
        return -1;
    shell("mkdir conf; mkdir -p shop/in");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stop_intake();
    db_close(db);
    shell("rm -rf ../$(basename $PWD)");
    return 0;
}

static void work(void)
{
    enum rc rc = RC_OK;

    for (int i = 0; i < 10000 && rc == RC_OK; i++)
        rc = intake_run_step(&runs[0], db);
    assert_int_equal(rc, RC_NOTFOUND);
}

static uint64_t count(const char *sql)
{
    uint64_t n = 0;

    assert_int_equal(db_query_u64(db, sql, DB_NO_INPUT, &n), RC_OK);
    return n;
}

static int files_in(const char *part)
{
    char path[128];
    const struct dirent *e;
    DIR *dir;
    int n = 0;

    snprintf(path, sizeof(path), "%s/shop/%s", root, part);
    dir = opendir(path);
    assert_non_null(dir);
    while ((e = readdir(dir)) != NULL)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(dir);
    return n;
}

/* What the receipts of a file say; "": there is none. */
static const char *receipts(const char *name)
{
    static char text[8192];
    char command[512];
    FILE *f;

    snprintf(command, sizeof(command), "cat %s/shop/out/%s.* 2>/dev/null", root, name);
    f = popen(command, "r");
    assert_non_null(f);
    text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
    pclose(f);
    return text;
}

static void assert_in(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in \"%s\"", part, text);
}

static bool is_there(const char *path)
{
    char whole[512];

    snprintf(whole, sizeof(whole), "%s/%s", root, path);
    return access(whole, F_OK) == 0;
}

/* --- which profile --- */

static void two_profiles_share_a_directory_and_each_takes_its_own(void **state)
{
    (void)state;
    put("conf/shop.conf", FIELDS "take { files = \"*.csv\" }\n");
    put("conf/shop.other.conf", "separator = \",\"\n" FIELDS "take { files = \"*.txt\" }\n");
    put("shop/in/a.csv", "c;o\nC1;A1\n");
    put("shop/in/b.txt", "c,o\nC2;x,A2\n");
    start_intake();
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE file_name = 'a.csv'\n"
                           "  AND profile = 'shop' AND state = 'done' AND rows_taken = 1"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE file_name = 'b.txt'\n"
                           "  AND profile = 'shop.other' AND state = 'done' AND rows_taken = 1"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_ref WHERE customer_number = 'C2;x'"), 1);
}

static void what_a_file_begins_with_tells_profiles_apart_also_in_a_packed_one(void **state)
{
    struct buffer packed;

    (void)state;
    put("conf/shop.conf", FIELDS);
    put("conf/shop.xml.conf", "format = xml\nrecord = \"/list/order\"\n"
                              "field \"customer_number\" { path = \"@c\" }\n"
                              "field \"order_number\" { path = \"@o\" }\n");
    buffer_init(&packed, 10000);
    pack_gzip(&packed, "<list><order c='C7' o='A7'/></list>", 35);
    put_bytes("shop/in/x", packed.data, packed.len);
    put("shop/in/y", "c;o\nC1;A1\n");
    start_intake();
    work();
    buffer_close(&packed);
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE profile = 'shop.xml'\n"
                           "  AND file_name = 'x' AND rows_taken = 1"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE profile = 'shop'\n"
                           "  AND file_name = 'y' AND rows_taken = 1"),
                     1);
}

static void a_file_that_no_profile_takes_is_answered_and_set_aside(void **state)
{
    (void)state;
    put("conf/shop.conf", FIELDS "take { files = \"*.csv\" refuse_after = 0s }\n");
    put("shop/in/a.doc", "c;o\nC1;A1\n");
    start_intake();
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'failed' AND profile = ''\n"
                           "  AND reason LIKE 'no files of this name are taken; expected one like"
                           " *.csv' AND final_name = 'a.doc'"),
                     1);
    assert_true(is_there("shop/failed/a.doc"));
    assert_in(receipts("a.doc"), "no files of this name are taken");
    assert_int_equal(files_in("in") + files_in("work") + files_in("done"), 0);
    assert_int_equal(count("SELECT COUNT(*) FROM customer"), 0);
    /* And once there is a profile for it, it may come again. */
    put("conf/shop.conf", FIELDS);
    put("shop/in/a.doc", "c;o\nC1;A1\n");
    start_intake();
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done'\n"
                           "  AND profile = 'shop' AND reason = '' AND rows_taken = 1"),
                     1);
}

static void a_file_that_is_too_large_is_refused_unread(void **state)
{
    (void)state;
    put("conf/shop.conf", FIELDS "take { max_bytes = 10 }\n");
    put("shop/in/a.csv", "c;o\nC1;A1\nC2;A2\n");
    start_intake();
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'failed' AND bytes = 16\n"
                           "  AND reason = '16 bytes; expected at most 10 (take.max_bytes)'"),
                     1);
    assert_true(is_there("shop/failed/a.csv"));
    assert_in(receipts("a.csv"), "expected at most 10");
    assert_int_equal(files_in("in") + files_in("work"), 0);
}

static void an_import_waits_for_its_profile_and_nobody_else_reads_it(void **state)
{
    (void)state;
    put("conf/shop.conf", FIELDS);
    put("conf/shop.b.conf", FIELDS "take { files = \"b*\" }\n");
    put("shop/in/b.csv", "c;o\nC1;A1\n");
    start_intake();
    assert_int_equal(intake_run_step(&runs[0], db), RC_OK);
    assert_int_equal(intake_run_step(&runs[0], db), RC_OK); /* claimed for shop.b */
    shell("mv conf/shop.b.conf gone");
    start_intake();
    put("shop/in/c.csv", "c;o\nC3;A3\n");
    work();
    assert_in(runs[0].trouble, "waits for its profile shop.b, which is not there");
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'checking'"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done'"), 1); /* c.csv */
    shell("mv gone conf/shop.b.conf");
    start_intake();
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done'"), 2);
    assert_string_equal(runs[0].trouble, "");
}

static void a_faulty_profile_makes_its_partners_files_wait(void **state)
{
    char dir[128];

    (void)state;
    put("conf/shop.conf", FIELDS);
    put("conf/shop.bad.conf", "nonsense = yes\n");
    put("conf/other.conf", FIELDS);
    snprintf(dir, sizeof(dir), "%s/conf", root);
    assert_int_equal(partner_profiles_load(dir, &partners, &n_partners), RC_OK);
    assert_int_equal(n_partners, 2);
    assert_string_equal(partners[0].faulty, "");
    assert_in(partners[1].faulty, "profile shop.bad.conf: ");
    partner_profiles_free(partners, n_partners);
}

/* --- packed files --- */

static void the_refused_rows_of_a_zip_name_their_entry_and_line(void **state)
{
    const struct packed_entry entries[] = { { .name = "one.csv", .bytes = "c;o\nC1;A1\n;A2\n" },
                                            { .name = "two.csv",
                                              .bytes = "c;o\n;A3\nC4;A4\nx\n" } };
    struct buffer packed;

    (void)state;
    put("conf/shop.conf", FIELDS);
    buffer_init(&packed, 10000);
    pack_zip(&packed, entries, 2);
    put_bytes("shop/in/orders.zip", packed.data, packed.len);
    buffer_close(&packed);
    start_intake();
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done' AND rows_total = 5\n"
                           "  AND rows_taken = 2 AND rows_refused = 3"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM import_reject\n"
                           "WHERE (entry, line, row_no) IN (('one.csv', 3, 2), ('two.csv', 2, 3),\n"
                           "  ('two.csv', 4, 5))"),
                     3);
}

static void a_hostile_zip_costs_its_sender_the_file(void **state)
{
    const struct packed_entry entries[] = { { .name = "a.csv", .bytes = "c;o\nC1;A1\n" },
                                            { .name = "../../b.csv", .bytes = "c;o\nC2;A2\n" } };
    struct buffer packed;

    (void)state;
    put("conf/shop.conf", FIELDS);
    buffer_init(&packed, 10000);
    pack_zip(&packed, entries, 2);
    put_bytes("shop/in/orders.zip", packed.data, packed.len);
    buffer_close(&packed);
    start_intake();
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM customer"), 0);
    assert_in(receipts("orders.zip"), "leads out of its folder");
    assert_true(is_there("shop/failed/orders.zip"));
}

/* --- once --- */

static void the_same_document_number_is_taken_once_whatever_is_in_the_file(void **state)
{
    char expected[128];

    (void)state;
    put("conf/shop.conf", XML_FIELDS);
    put("shop/in/a.xml", LIST("D-7", ORDER("C1", "A1")));
    start_intake();
    work();
    put("shop/in/b.xml", LIST("D-7", ORDER("C2", "A2")));
    work();
    put("shop/in/c.xml", LIST("D-8", ORDER("C3", "A3")));
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order"), 2);
    assert_int_equal(count("SELECT COUNT(*) FROM import b JOIN import a ON a.id = b.same_as\n"
                           "WHERE b.file_name = 'b.xml' AND a.file_name = 'a.xml'\n"
                           "  AND b.state = 'failed' AND a.document_number = 'D-7'"),
                     1);
    snprintf(expected, sizeof(expected),
             "document number D-7 was taken before, as import %" PRIu64 " (a.xml), and the content",
             count("SELECT id FROM import WHERE file_name = 'a.xml'"));
    assert_in(receipts("b.xml"), expected);
    assert_in(receipts("b.xml"), "To correct it, send a file with a new number, or have import");
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE document_number = 'D-7'"), 2);
    assert_true(is_there("shop/failed/b.xml"));
}

static void a_long_number_and_name_are_cut_between_letters(void **state)
{
#define LONG "xéééééééééééééééééééééééééééééé" /* 61 bytes: the 60th is half a letter */

    (void)state;
    put("conf/shop.conf", XML_FIELDS);
    put("shop/in/a" LONG "éééééééééé.xml", LIST(LONG, ORDER("C1", "A1")));
    start_intake();
    work();
    put("shop/in/b.xml", LIST(LONG, ORDER("C2", "A2")));
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE file_name = 'b.xml'\n"
                           "  AND state = 'failed' AND same_as IS NOT NULL"),
                     1);
    assert_in(receipts("b.xml"), " was taken before, as import ");
}

static void a_failed_import_is_not_in_the_way_of_its_document_number(void **state)
{
    (void)state;
    put("conf/shop.conf", XML_FIELDS);
    put("shop/in/a.xml", LIST("D-7", ORDER("C1", "A1")));
    start_intake();
    work();
    testdb_sql("UPDATE import SET state = 'failed'");
    put("shop/in/b.xml", LIST("D-7", ORDER("C2", "A2")));
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done'\n"
                           "  AND file_name = 'b.xml' AND document_number = 'D-7'"),
                     1);
}

static void an_undone_import_is_not_in_the_way_of_its_content_or_its_number(void **state)
{
    (void)state;
    put("conf/shop.conf", XML_FIELDS);
    put("shop/in/a.xml", LIST("D-7", ORDER("C1", "A1")));
    start_intake();
    work();
    testdb_sql("UPDATE import SET state = 'undone'");
    put("shop/in/b.xml", LIST("D-7", ORDER("C1", "A1"))); /* the same, in another file */
    work();
    put("shop/in/c.xml", LIST("D-7", ORDER("C3", "A3")));
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'undone'"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done'\n"
                           "  AND file_name = 'b.xml'"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'failed'\n"
                           "  AND file_name = 'c.xml' AND same_as IS NOT NULL"),
                     1);
}

static void a_file_waits_while_another_with_its_number_is_being_read(void **state)
{
    (void)state;
    put("conf/shop.conf", XML_FIELDS);
    put("shop/in/a.xml", LIST("D-7", ORDER("C1", "A1")));
    start_intake();
    work();
    testdb_sql("UPDATE import SET state = 'applying'"); /* as if another node were at it */
    testdb_sql("UPDATE import SET node_id = 9");
    put("shop/in/b.xml", LIST("D-7", ORDER("C2", "A2")));
    put("shop/in/c.xml", LIST("D-8", ORDER("C3", "A3")));
    work(); /* the other file does not wait behind it */
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done'\n"
                           "  AND file_name = 'c.xml'"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'checking'\n"
                           "  AND file_name = 'b.xml'"),
                     1);
    assert_in(runs[0].trouble, "has the same document number and has not ended");
    testdb_sql("UPDATE import SET state = 'failed' WHERE node_id = 9"); /* it came to nothing */
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done'\n"
                           "  AND file_name = 'b.xml'"),
                     1);
}

/* --- again --- */

static void replay(void)
{
    struct import imp;
    struct error err;

    if (import_replay(db, count("SELECT MAX(id) FROM import"), "anna", &imp, &err))
        fail_msg("%s", err.text);
}

static void an_import_that_is_to_be_done_again_finds_its_file(void **state)
{
    (void)state;
    put("conf/shop.conf", FIELDS);
    put("shop/in/a.csv", "c;o\nC1;A1\n");
    shell("mkdir -p shop/done && echo other > shop/done/a.csv");
    start_intake();
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE final_name = CONCAT('a.csv.', id)"),
                     1);
    replay();
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done'\n"
                           "  AND rows_unchanged = 1 AND final_name = CONCAT('a.csv.', id)"),
                     1);
    assert_int_equal(files_in("done"), 2);
    assert_int_equal(files_in("work") + files_in("in") + files_in("failed"), 0);
}

static void an_import_that_is_to_be_done_again_finds_its_file_in_failed_too(void **state)
{
    (void)state;
    put("conf/shop.conf", "separator = \",\"\n" FIELDS);
    put("shop/in/a.csv", "c;o\nC1;A1\n");
    start_intake();
    work();
    assert_true(is_there("shop/failed/a.csv"));
    put("conf/shop.conf", FIELDS); /* corrected */
    start_intake();
    replay();
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done' AND rows_taken = 1"),
                     1);
    assert_true(is_there("shop/done/a.csv"));
    assert_false(is_there("shop/failed/a.csv"));
}

static void a_file_that_was_nobodys_finds_its_profile_when_it_is_done_again(void **state)
{
    (void)state;
    put("conf/shop.conf", FIELDS "take { files = \"*.csv\" refuse_after = 0s }\n");
    put("shop/in/a.txt", "c,o\nC1,A1\n");
    start_intake();
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'failed'"), 1);
    replay(); /* nothing was corrected */
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'failed'\n"
                           "  AND profile = '' AND reason <> ''"),
                     1);
    put("conf/shop.txt.conf", "separator = \",\"\n" FIELDS "take { files = \"*.txt\" }\n");
    start_intake();
    replay();
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done'\n"
                           "  AND profile = 'shop.txt' AND rows_taken = 1"),
                     1);
    assert_int_equal(files_in("failed"), 0);
}

static void an_import_whose_file_was_taken_away_cannot_be_done_again(void **state)
{
    (void)state;
    put("conf/shop.conf", FIELDS);
    put("shop/in/a.csv", "c;o\nC1;A1\n");
    start_intake();
    work();
    shell("echo another > shop/done/a.csv");
    replay();
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'failed'\n"
                           "  AND reason LIKE 'the file, with this content, is neither in done/%'"),
                     1);
    assert_in(receipts("a.csv"), "please drop it again");
}

/* --- crashes --- */

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
            rc = intake_run_step(&runs[0], own);
        _exit(rc == RC_OK ? 0 : rc == RC_NOTFOUND ? 1 : 2);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
    return WEXITSTATUS(status) == 0;
}

/* A packed file, another of the same document, one that is nobody's, one that is too large. */
static void set_scene(const struct buffer *packed)
{
    stop_intake();
    shell("rm -rf shop; mkdir -p shop/in");
    testdb_reset();
    put("conf/shop.conf",
        XML_FIELDS "take { files = { \"*.xml\", \"*.zip\" } order = name\n"
                   "       refuse_after = 0s complete = marker max_bytes = 9k }\n");
    put_bytes("shop/in/a.zip", packed->data, packed->len);
    put("shop/in/b.xml", LIST("D-1", ORDER("C9", "A9")));
    put("shop/in/c.doc", "stranger");
    shell("head -c 10000 /dev/zero >shop/in/d.xml");
    shell("touch shop/in/a.zip.done shop/in/b.done shop/in/d.xml.done");
    start_intake();
}

static void assert_disk_and_database_agree(void)
{
    if (files_in("in") + files_in("work"))
        shell("ls -lR shop");
    assert_int_equal(files_in("in") + files_in("work"), 0);
    assert_true(is_there("shop/done/a.zip"));
    assert_true(is_there("shop/failed/b.xml"));
    assert_true(is_there("shop/failed/c.doc"));
    assert_true(is_there("shop/failed/d.xml"));
    assert_int_equal(files_in("done"), 1);
    assert_int_equal(files_in("failed"), 3);
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE (state = 'done') =\n"
                           "  (final_name = 'a.zip') AND final_name = file_name"),
                     4);
    assert_int_equal(count("SELECT COUNT(*) FROM import"), 4);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order"), 4);
    assert_int_equal(count("SELECT COUNT(*) FROM import_reject WHERE entry = 'one.xml'"), 1);
    assert_true(*receipts("a.zip"));
    assert_true(*receipts("b.xml"));
    assert_true(*receipts("c.doc"));
    assert_true(*receipts("d.xml"));
}

static void pack_scene(struct buffer *packed)
{
    const struct packed_entry entries[] = {
        { .name = "one.xml",
          .bytes = LIST("D-1", ORDER("C1", "A1") ORDER("", "A2") ORDER("C3", "A3")) },
        { .name = "two.xml", .bytes = LIST("D-1", ORDER("C4", "A4") ORDER("C5", "A5")) }
    };

    buffer_init(packed, 10000);
    pack_zip(packed, entries, 2);
}

static void a_crash_after_any_step_leaves_disk_and_database_agreed(void **state)
{
    struct buffer packed;
    bool more = true;
    int steps = 0;

    (void)state;
    pack_scene(&packed);
    while (more) {
        set_scene(&packed);
        more = steps_then_crash(++steps);
        start_intake();
        work();
        assert_disk_and_database_agree();
    }
    assert_true(steps > 10);
    buffer_close(&packed);
}

/* The process is killed after so many microseconds, wherever it is then: also within a step. True:
 * it had something left to do. */
static bool killed_after(useconds_t us)
{
    int status = 0;
    const pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        struct db *own = testdb_open_lane(1);
        enum rc rc = RC_OK;

        while (rc == RC_OK)
            rc = intake_run_step(&runs[0], own);
        _exit(rc == RC_NOTFOUND ? 0 : 1);
    }
    usleep(us);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status);
}

/* Later and later, until it was done in time. */
static void a_kill_at_any_moment_leaves_disk_and_database_agreed(void **state)
{
    struct buffer packed;
    useconds_t us = 2000;
    bool more = true;

    (void)state;
    pack_scene(&packed);
    while (more) {
        set_scene(&packed);
        more = killed_after(us);
        us += us / 12;
        start_intake();
        work();
        assert_disk_and_database_agree();
    }
    buffer_close(&packed);
}

static void a_crash_between_the_final_name_and_the_move_is_made_good(void **state)
{
    (void)state;
    put("conf/shop.conf", FIELDS);
    put("shop/in/a.csv", "c;o\nC1;A1\n");
    start_intake();
    work();
    shell("mv shop/done/a.csv shop/work/$(ls shop/out | sed 's/[^0-9]//g').data");
    start_intake();
    work();
    assert_true(is_there("shop/done/a.csv"));
    assert_int_equal(files_in("out"), 1);
    assert_int_equal(files_in("work"), 0);
}

/* --- side by side --- */

static void two_runs_take_two_files_and_never_the_same(void **state)
{
    (void)state;
    put("conf/shop.conf", FIELDS "take { at_once = 2 order = name }\n");
    put("shop/in/a.csv", "c;o\nC1;A1\n");
    put("shop/in/b.csv", "c;o\nC2;A2\n");
    put("shop/in/c.csv", "c;o\nC1;A1\n"); /* a's content */
    start_intake();
    assert_int_equal(intake_desk_at_once(&desk), 2);
    assert_int_equal(intake_run_step(&runs[0], db), RC_OK);
    assert_int_equal(intake_run_step(&runs[0], db), RC_OK);
    assert_string_equal(runs[0].imp.file_name, "a.csv");
    runs[1].others[0] = runs[0].imp.id; /* as the loop tells it */
    runs[1].n_others = 1;
    assert_int_equal(intake_run_step(&runs[1], db), RC_OK);
    assert_int_equal(intake_run_step(&runs[1], db), RC_OK);
    assert_string_equal(runs[1].imp.file_name, "b.csv");
    while (runs[1].step != INTAKE_START)
        assert_int_equal(intake_run_step(&runs[1], db), RC_OK);
    assert_int_equal(intake_run_step(&runs[1], db), RC_OK);
    assert_int_equal(intake_run_step(&runs[1], db), RC_AGAIN); /* c's content is being read */
    assert_in(runs[1].trouble, "is at the same content");
    assert_int_equal(files_in("work"), 1);
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done'"), 2);
    assert_in(receipts("c.csv"), "taken before");
}

int main(void)
{
#define TAKING_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TAKING_TEST(two_profiles_share_a_directory_and_each_takes_its_own),
        TAKING_TEST(what_a_file_begins_with_tells_profiles_apart_also_in_a_packed_one),
        TAKING_TEST(a_file_that_no_profile_takes_is_answered_and_set_aside),
        TAKING_TEST(a_file_that_is_too_large_is_refused_unread),
        TAKING_TEST(an_import_waits_for_its_profile_and_nobody_else_reads_it),
        TAKING_TEST(a_faulty_profile_makes_its_partners_files_wait),
        TAKING_TEST(the_refused_rows_of_a_zip_name_their_entry_and_line),
        TAKING_TEST(a_hostile_zip_costs_its_sender_the_file),
        TAKING_TEST(the_same_document_number_is_taken_once_whatever_is_in_the_file),
        TAKING_TEST(a_long_number_and_name_are_cut_between_letters),
        TAKING_TEST(a_failed_import_is_not_in_the_way_of_its_document_number),
        TAKING_TEST(an_undone_import_is_not_in_the_way_of_its_content_or_its_number),
        TAKING_TEST(a_file_waits_while_another_with_its_number_is_being_read),
        TAKING_TEST(an_import_that_is_to_be_done_again_finds_its_file),
        TAKING_TEST(an_import_that_is_to_be_done_again_finds_its_file_in_failed_too),
        TAKING_TEST(a_file_that_was_nobodys_finds_its_profile_when_it_is_done_again),
        TAKING_TEST(an_import_whose_file_was_taken_away_cannot_be_done_again),
        TAKING_TEST(a_crash_after_any_step_leaves_disk_and_database_agreed),
        TAKING_TEST(a_kill_at_any_moment_leaves_disk_and_database_agreed),
        TAKING_TEST(a_crash_between_the_final_name_and_the_move_is_made_good),
        TAKING_TEST(two_runs_take_two_files_and_never_the_same),
    };

    file_reader_setup();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
