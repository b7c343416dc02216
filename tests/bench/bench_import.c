/*
 * bench_import.c [ROWS] - partners' files of ROWS orders, dropped and taken on a private server.
 * bench_import peak csv|xml ROWS - one such file, for the memory that it takes.
 * bench_import make csv|xml ROWS FILE - writes such a file, for other trials.
 *
 * Every order brings a customer of its own: with an address, a phone number, a mail address and a
 * consent to advertising by SMS. That is the most that a row can cost. RELAIS_BENCH_SHARED (1)
 * customers who follow each other have one mail address.
 */
#define _GNU_SOURCE
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "channel/file/file_reader.h"
#include "flow/intake_run.h"
#include "store/db.h"
#include "store/migrate.h"
#include "store/standalone.h"

#define ROWS 1000000

static void must(enum rc rc, const char *what, const char *why)
{
    if (rc == RC_OK)
        return;
    fprintf(stderr, "bench_import: %s: %s %s\n", what, rc_name(rc), why);
    exit(1);
}

/* --- the files --- */

static const char csv_header[] =
    "customer_number;first_name;last_name;phone;email;street;postcode;city;category;source;"
    "consent_sms;consent_at;consent_wording;order_number;ordered_at;goods;weight;window_from;"
    "window_to;collect\n";

static const char *const cities[] = { "Lyon", "Paris", "Lille", "Brest", "Nantes", "Nice", "Metz" };
static const char *const categories[] = { "private", "shop", "vip" };

/* Numbers that differ from row to row and are all valid French mobile numbers. */
static unsigned long phone_of(unsigned long i)
{
    return 610000000 + i * 7919 % 19999999;
}

/* By which number the customer's mail address is called. */
static unsigned long mail_of(unsigned long i)
{
    static unsigned long shared;
    const char *given = getenv("RELAIS_BENCH_SHARED");

    if (!shared)
        shared = given && strtoul(given, NULL, 10) ? strtoul(given, NULL, 10) : 1;
    return i - i % shared;
}

static void put_csv(FILE *f, unsigned long i, const char *kind)
{
    fprintf(f,
            "C%lu;Camille;Durand %lu;0%lu;c%lu@web.example;%lu rue de la Gare;%05lu;%s;%s;%s;oui;"
            "02/03/2025;J'accepte de recevoir des offres par SMS;A%lu;23/11/2025 08:30;"
            "%lu colis, fragile;%lu,5;24/11/2025 09:00;24/11/2025 12:00;%lu,90\n",
            i, i, phone_of(i), mail_of(i), i % 200, i % 95000, cities[i % 7], categories[i % 3],
            kind, i, i % 9, i % 30, i % 150);
}

static void put_xml(FILE *f, unsigned long i, const char *kind)
{
    fprintf(f,
            "<order number=\"A%lu\" date=\"2025-11-23T08:30:00\">\n"
            " <customer number=\"C%lu\" category=\"%s\" source=\"%s\">\n"
            "  <first-name>Camille</first-name><last-name>Durand %lu</last-name>\n"
            "  <phone>0%lu</phone><email>c%lu@post.example</email>\n"
            "  <address><street>%lu rue de la Gare</street><postcode>%05lu</postcode>"
            "<city>%s</city></address>\n"
            "  <consent sms=\"yes\" at=\"2025-03-02\">J'accepte de recevoir des offres par "
            "SMS</consent>\n"
            " </customer>\n"
            " <goods>%lu colis, fragile</goods><weight>%lu.5</weight>\n"
            " <window from=\"2025-11-24T09:00:00\" to=\"2025-11-24T12:00:00\"/>\n"
            " <collect currency=\"EUR\">%lu.90</collect>\n"
            "</order>\n",
            i, i, categories[i % 3], kind, i, phone_of(10000000 + i), mail_of(i), i % 200,
            i % 95000, cities[i % 7], i % 9, i % 30, i % 150);
}

static void make_file(const char *path, const char *format, unsigned long rows, const char *kind)
{
    const bool xml = strcmp(format, "xml") == 0;
    FILE *f = fopen(path, "w");

    if (!f) {
        perror(path);
        exit(1);
    }
    fputs(
        xml ? "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<orders xmlns=\"urn:relais:orders:1\">\n"
            : csv_header,
        f);
    for (unsigned long i = 1; i <= rows; i++)
        (xml ? put_xml : put_csv)(f, i, kind);
    if (xml)
        fputs("</orders>\n", f);
    if (fclose(f)) {
        perror(path);
        exit(1);
    }
}

/* --- taking them --- */

/* What a process that took a file found; in memory shared with the one that started it. */
struct result {
    double rows_per_second, cpu_seconds;
    long peak_rss_mb;
};

static double seconds_of(const struct timeval *t)
{
    return (double)t->tv_sec + (double)t->tv_usec / USEC_PER_SEC;
}

static void measure_usage(struct result *result)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    result->peak_rss_mb = usage.ru_maxrss / 1024;
    result->cpu_seconds = seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime);
}

/* In a process of its own, so that its peak memory is the import's. */
static void take(const struct db_settings *settings, const char *root, const char *format,
                 unsigned long rows, struct result *result)
{
    struct profile *profile = NULL;
    struct intake_run run;
    struct error err = { "" };
    struct db *db = db_open(settings, 1);
    const int64_t began = clock_monotonic_us();
    enum rc rc = RC_OK;
    uint64_t taken = 0;
    char path[300];

    snprintf(path, sizeof(path), BENCH_SRCDIR "/conf/partners/%s.conf", format);
    must(profile_load(path, &profile, &err), "profile", err.text);
    intake_run_init(&run, root, profile, IMPORT_CHUNK_MAX);
    while (rc == RC_OK)
        rc = intake_run_step(&run, db);
    must(rc == RC_NOTFOUND ? RC_OK : rc, "step", "");
    result->rows_per_second =
        (double)rows / ((double)(clock_monotonic_us() - began) / USEC_PER_SEC);
    measure_usage(result);
    must(db_query_u64(db,
                      "SELECT rows_taken + rows_unchanged FROM import"
                      " WHERE state = 'done' ORDER BY id DESC LIMIT 1",
                      DB_NO_INPUT, &taken),
         "count", "");
    must(taken == rows ? RC_OK : RC_FAIL, "count", "not all rows were taken");
    intake_run_close(&run);
    profile_free(profile);
    db_close(db);
}

static struct result measure(const struct db_settings *settings, const char *dir,
                             const char *format, unsigned long rows, const char *kind)
{
    struct result *shared =
        mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct result result;
    char root[300], file[400], command[500];
    int status = 0;
    pid_t pid;

    snprintf(root, sizeof(root), "%s/partners", dir);
    snprintf(command, sizeof(command), "mkdir -p %s/%s/in", root, format);
    must(shared != MAP_FAILED && system(command) == 0 ? RC_OK : RC_FAIL, command, "");
    snprintf(file, sizeof(file), "%s/%s/in/orders-%s", root, format, kind);
    make_file(file, format, rows, kind);
    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        take(settings, root, format, rows, shared);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    must(WIFEXITED(status) && WEXITSTATUS(status) == 0 ? RC_OK : RC_FAIL, format, "");
    result = *shared;
    munmap(shared, sizeof(*shared));
    printf("# %s of %s customers: %.0f rows/s, %ld MB, %.1f s of our own processor time\n", format,
           kind, result.rows_per_second, result.peak_rss_mb, result.cpu_seconds);
    return result;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

int main(int argc, char **argv)
{
    unsigned long rows = argc > 1 ? strtoul(argv[1], NULL, 10) : ROWS;
    const char *tmp = getenv("TMPDIR");
    struct standalone *server = NULL;
    struct error err = { "" };
    struct result csv, xml, changed;
    char dir[256];

    const bool peak = argc == 4 && strcmp(argv[1], "peak") == 0;

    if (peak)
        rows = strtoul(argv[3], NULL, 10);
    if (argc == 5 && strcmp(argv[1], "make") == 0) {
        make_file(argv[4], argv[2], strtoul(argv[3], NULL, 10), "web");
        return 0;
    }
    log_set_level(NULL, LOG_LEVEL_WARN);
    file_reader_setup();
    snprintf(dir, sizeof(dir), "%s/relais-bench-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(dir)) {
        perror(dir);
        return 1;
    }
    must(standalone_start(&(struct standalone_settings){ .dir = dir, .node_id = 1 }, NULL, &server,
                          &err),
         "server", err.text);
    must(migrate_run(standalone_db(server), BENCH_SRCDIR "/sql", &err), "schema", err.text);
    printf("# rows=%lu customers=%lu consents=%lu\n", rows, rows, rows);
    if (peak) {
        csv = measure(standalone_db(server), dir, argv[2], rows, "web");
        printf("import_peak_rss_mb %ld MB\n", csv.peak_rss_mb);
        goto out;
    }
    csv = measure(standalone_db(server), dir, "csv", rows, "web");
    xml = measure(standalone_db(server), dir, "xml", rows, "web");
    /* The customers say another source, the orders are as they were. */
    changed = measure(standalone_db(server), dir, "csv", rows, "shop");
    printf("import_rows_per_second %.0f /s\n",
           csv.rows_per_second < xml.rows_per_second ? csv.rows_per_second : xml.rows_per_second);
    printf("import_changed_rows_per_second %.0f /s\n", changed.rows_per_second);
    printf("import_peak_rss_mb %ld MB\n",
           csv.peak_rss_mb > xml.peak_rss_mb ? csv.peak_rss_mb : xml.peak_rss_mb);
out:
    standalone_stop(server);
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}
