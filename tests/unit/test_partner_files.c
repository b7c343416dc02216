/* test_partner_files.c - the profiles that come with Relais, and files such as partners write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "channel/file/file_reader.h"
#include "channel/file/profile_choice.h"

#define NOW INT64_C(1795698000000000) /* 2026-11-26T13:00:00Z */

static const char *source_dir(void)
{
    return getenv("srcdir") ? getenv("srcdir") : ".";
}

static struct profile *shipped(const char *name)
{
    struct profile *profile = NULL;
    struct error err = { 0 };
    char path[512];

    snprintf(path, sizeof(path), "%s/conf/partners/%s.conf", source_dir(), name);
    if (profile_load(path, &profile, &err))
        fail_msg("%s", err.text);
    return profile;
}

static void say_time(struct buffer *out, const char *what, utc_us at)
{
    const struct civil c = clock_civil(at);

    if (at)
        buffer_printf(out, " %s=%04d-%02d-%02dT%02d:%02d", what, c.year, c.month, c.day, c.hour,
                      c.minute);
}

static void say_text(struct buffer *out, const char *what, const char *text)
{
    if (*text)
        buffer_printf(out, " %s=%s", what, text);
}

static void say_order(struct buffer *out, const struct partner_row *r)
{
    say_text(out, "order", r->order_number);
    say_text(out, "customer", r->customer_number);
    say_text(out, "first", r->first_name);
    say_text(out, "last", r->last_name);
    say_text(out, "company", r->company);
    say_text(out, "phone", r->phone);
    say_text(out, "email", r->email);
    say_text(out, "street", r->street);
    say_text(out, "city", r->city);
    say_text(out, "postcode", r->postcode);
    say_text(out, "country", r->country);
    say_text(out, "goods", r->goods);
    if (r->has_weight)
        buffer_printf(out, " g=%d", (int)r->weight_g);
    say_time(out, "ordered", r->ordered_at);
    say_time(out, "from", r->window_from);
    say_time(out, "to", r->window_to);
    if (r->collect_cents)
        buffer_printf(out, " collect=%d%s", (int)r->collect_cents, r->currency);
    if (r->status != ORDER_PLANNED)
        buffer_printf(out, " %s", order_status_name(r->status));
}

static void say_row(struct buffer *out, enum file_kind kind, const struct partner_row *r)
{
    if (kind == KIND_ORDERS) {
        say_order(out, r);
    } else if (kind == KIND_STATUSES) {
        say_text(out, "order", r->order_number);
        buffer_printf(out, " %s", order_status_name(r->status));
        say_time(out, "at", r->at);
        say_text(out, "place", r->place);
        say_text(out, "note", r->note);
    } else {
        say_text(out, "invoice", r->invoice_number);
        say_text(out, "customer", r->customer_number);
        say_text(out, "order", r->order_number);
        say_text(out, "issued", r->issued_on);
        say_text(out, "due", r->due_on);
        buffer_printf(out, " amount=%d%s", (int)r->amount_cents, r->currency);
    }
}

static void say_record(struct buffer *out, const struct profile *profile, struct mapping *mapping,
                       const struct raw_record *record)
{
    struct partner_row row;
    struct row_fault fault;
    struct arena arena;

    arena_init(&arena);
    buffer_printf(out, "%d@%d", (int)record->row_no, (int)record->line);
    if (mapping_row(mapping, record, NOW, &arena, &row, &fault) == RC_OK)
        say_row(out, profile->rules.kind, &row);
    else
        buffer_printf(out, " !%s %s \"%s\"", fault.code, fault.field, fault.value);
    buffer_add_text(out, "\n");
    arena_close(&arena);
}

static void read_all(struct buffer *out, const struct profile *profile, int fd)
{
    struct file_reader *reader = NULL;
    struct mapping *mapping = NULL;
    const struct raw_record *record;
    struct row_fault fault;
    struct error err = { 0 };
    enum read_result result;

    assert_int_equal(mapping_new(&profile->rules, &mapping, &err), RC_OK);
    assert_int_equal(file_reader_open(profile, fd, &reader), RC_OK);
    while ((result = file_reader_next(reader, &record, &fault)) == READ_RECORD ||
           result == READ_ROW_FAULT) {
        if (result == READ_RECORD)
            say_record(out, profile, mapping, record);
        else
            buffer_printf(out, "%d@%d !%s %s\n", (int)record->row_no, (int)record->line, fault.code,
                          fault.field);
    }
    if (result == READ_FILE_FAULT)
        buffer_printf(out, "fault: %s\n", file_reader_fault(reader));
    else
        buffer_printf(out, "document %s, %s\n", file_reader_document(reader),
                      file_reader_encoding(reader));
    file_reader_close(reader);
    mapping_free(mapping);
}

static void check(const char *name, const char *file, const char *expected)
{
    struct profile *profile = shipped(name);
    struct buffer out;
    char path[512];
    int fd;

    snprintf(path, sizeof(path), "%s/tests/data/partner/%s", source_dir(), file);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        fail_msg("%s is not there", path);
    buffer_init(&out, (size_t)1 << 20);
    read_all(&out, profile, fd);
    assert_string_equal(buffer_text(&out), expected);
    buffer_close(&out);
    close(fd);
    profile_free(profile);
}

static void ubl_orders_of_several_houses_are_read(void **state)
{
    (void)state;
    check("ubl.order", "ubl-order-consumer.xml",
          "1@4 order=VELO-2026-0117 customer=C-88121 first=Amélie last=Girard phone=+33612345678 "
          "email=amelie.girard@example.fr street=3 place du Marché city=Lyon postcode=69003 "
          "country=FR goods=Vélo pliant 20\", Antivol ordered=2026-11-20T08:15 "
          "from=2026-11-25T07:00 to=2026-11-25T11:30\n"
          "document VELO-2026-0117, UTF-8\n");
    check("ubl.order", "ubl-order-erp.xml",
          "1@3 order=4500012345 customer=3012345000005 company=Les Ateliers d'Œuvre & Cie - 100 € "
          "street=Zone industrielle city=Béziers postcode=34500 country=FR goods=Granulés de bois, "
          "15 palettes ordered=2026-11-19T22:30 from=2026-11-30T23:00\n"
          "document 4500012345, ISO-8859-15\n");
    check("ubl.order", "ubl-order-peppol.xml",
          "1@2 order=PO-Łódź-7 customer=5901234000008 company=Zakład Stolarski phone=+48221234567 "
          "street=ul. Piotrkowska 1 city=Łódź postcode=90-001 country=PL goods=Deski dębowe 🌳 "
          "ordered=2026-11-20T23:00 from=2026-11-29T23:00 to=2026-12-01T23:00\n"
          "document PO-Łódź-7, UTF-16LE\n");
}

static void ubl_that_is_no_xml_is_refused_with_its_line(void **state)
{
    (void)state;
    check("ubl.order", "ubl-order-unbalanced.xml",
          "fault: line 6: Opening and ending tag mismatch: BuyerCustomerParty line 4 and Party\n");
    check("ubl.order", "ubl-invoice.xml",
          "fault: line 1: the document is not a \"Order\" in "
          "\"urn:oasis:names:specification:ubl:schema:xsd:Order-2\"\n");
}

static void ubl_tells_what_becomes_of_orders(void **state)
{
    (void)state;
    check(
        "ubl.order_change", "ubl-order_change.xml",
        "1@2 order=VELO-2026-0117 customer=C-88121 first=Amélie last=Girard country=FR goods=Vélo "
        "pliant 20\" ordered=2026-11-19T23:00 from=2026-11-27T13:00 to=2026-11-27T17:00\n"
        "document CH-9, UTF-8\n");
    check("ubl.order_cancellation", "ubl-order_cancellation.xml",
          "1@2 order=VELO-2026-0117 cancelled at=2026-11-23T15:45 note=Le client a changé d'avis\n"
          "document CH-9, UTF-8\n");
    check("ubl.despatch_advice", "ubl-despatch_advice.xml",
          "1@2 order=4500012345 out at=2026-11-24T06:05 place=Saint-Priest\n"
          "document BL-771, UTF-8\n");
    check(
        "ubl.transportation_status", "ubl-transportation_status.xml",
        "1@2 order=VELO-2026-0117 delivered at=2026-11-25T10:52 place=Lyon note=Remis au gardien\n"
        "document TS-2026-55, UTF-8\n");
    check("ubl.invoice", "ubl-invoice.xml",
          "1@2 invoice=F-2026-0931 customer=3012345000005 order=4500012345 issued=2026-11-26 "
          "due=2026-12-26 amount=100000EUR\n"
          "document F-2026-0931, UTF-8\n");
}

static void edifact_instructions_become_orders(void **state)
{
    (void)state;
    check("edifact", "edifact-iftmin.edi",
          "1@3 order=WEB-2026-55 customer=C-1001 last=Zoé Léger phone=+33612345678 "
          "email=zoe@example.fr street=1 rue de l'Abbé city=Lyon postcode=69003 country=FR goods=2 "
          "pneus neige 195/65 R15, 1 cric g=18500 ordered=2026-11-24T06:55 from=2026-11-25T07:00 "
          "to=2026-11-25T11:00 collect=4990EUR\n"
          "2@23 order=A-56 customer=A-56 last=Karim Benali street=9 rue du Four city=Vincennes "
          "postcode=94300 country=FR goods=palette g=120000 ordered=2026-11-23T23:00 "
          "from=2026-11-25T23:00 to=2026-11-27T23:00\n"
          "3@34 order=A-12 customer=C-1002 country=FR cancelled\n"
          "document 261124 0800 4711, windows-1252\n");
    check("edifact", "edifact-iftmin-wrapped.edi",
          "1@2 order=W-900 customer=77 last=Łukasz Nowak phone=+48581234567 "
          "email=lukasz@example.pl street=ul. Długa 5 city=Gdańsk postcode=80-831 country=PL "
          "goods=3 kartony? ordered=2026-11-22T23:00\n"
          "document 20261124 0810 W1, UTF-8\n");
}

static void edifact_statuses_are_read(void **state)
{
    (void)state;
    check("edifact.statuses", "edifact-iftsta.edi",
          "1@7 order=A-55 out at=2026-11-24T07:10\n"
          "2@9 order=A-55 delivered at=2026-11-24T09:42 place=Lyon note=left with the neighbour\n"
          "3@15 order=A-56 missed at=2026-11-24T10:30\n"
          "4@18 !unknown_value status \"999\"\n"
          "document 261124 1800 812, ASCII\n");
}

/* --- which profile takes a file --- */

struct partner {
    struct profile *profiles[32];
    size_t n;
};

/* All profiles of a code, in the order of their names. */
static void load_partner(struct partner *p, const char *code)
{
    char pattern[512];
    glob_t found;

    *p = (struct partner){ .n = 0 };
    snprintf(pattern, sizeof(pattern), "%s/conf/partners/%s*.conf", source_dir(), code);
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct error err = { 0 };

        if (profile_load(found.gl_pathv[i], &p->profiles[p->n++], &err))
            fail_msg("%s", err.text);
    }
    globfree(&found);
}

static void free_partner(struct partner *p)
{
    while (p->n)
        profile_free(p->profiles[--p->n]);
}

/* The name of the profile, or the sentence. */
static const char *choice(const struct partner *p, const char *name, const char *head, size_t len)
{
    static struct error why;
    const struct profile *chosen = NULL;

    why.text[0] = '\0';
    if (profile_choose(p->profiles, p->n, name, head, len, &chosen, &why))
        return why.text;
    return chosen->name;
}

static const char *choice_of_file(const struct partner *p, const char *file)
{
    static char head[PROFILE_CHOICE_HEAD];
    char path[512];
    size_t len;
    FILE *f;

    snprintf(path, sizeof(path), "%s/tests/data/partner/%s", source_dir(), file);
    f = fopen(path, "r");
    assert_non_null(f);
    len = fread(head, 1, sizeof(head), f);
    fclose(f);
    return choice(p, file, head, len);
}

static void the_root_element_says_which_profile_takes_it(void **state)
{
    static const char *const files[][2] = {
        { "ubl-order-consumer.xml", "ubl.order" },
        { "ubl-order-erp.xml", "ubl.order" },
        { "ubl-order-peppol.xml", "ubl.order" },
        { "ubl-order-unbalanced.xml", "ubl.order" },
        { "ubl-order_change.xml", "ubl.order_change" },
        { "ubl-order_cancellation.xml", "ubl.order_cancellation" },
        { "ubl-despatch_advice.xml", "ubl.despatch_advice" },
        { "ubl-transportation_status.xml", "ubl.transportation_status" },
        { "ubl-invoice.xml", "ubl.invoice" },
    };
    struct partner p;

    (void)state;
    load_partner(&p, "ubl");
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        assert_string_equal(choice_of_file(&p, files[i][0]), files[i][1]);
    assert_string_equal(choice(&p, "x.xml", "<a:CreditNote xmlns:a='urn:x'>", 30),
                        "no profile of ubl takes a file like this: its root element is "
                        "{urn:x}CreditNote; profiles: ubl.despatch_advice, ubl.invoice, ubl.order, "
                        "ubl.order_cancellation, ubl.order_change, ubl.transportation_status");
    assert_string_equal(choice(&p, "x.xml", "nothing", 7),
                        "no profile of ubl takes a file like this; profiles: ubl.despatch_advice, "
                        "ubl.invoice, ubl.order, ubl.order_cancellation, ubl.order_change, "
                        "ubl.transportation_status");
    free_partner(&p);
}

static void the_type_of_the_messages_says_which_profile_takes_it(void **state)
{
    struct partner p;

    (void)state;
    load_partner(&p, "edifact");
    assert_string_equal(choice_of_file(&p, "edifact-iftmin.edi"), "edifact");
    assert_string_equal(choice_of_file(&p, "edifact-iftmin-wrapped.edi"), "edifact");
    assert_string_equal(choice_of_file(&p, "edifact-iftsta.edi"), "edifact.statuses");
    assert_string_equal(choice(&p, "x", "UNB+UNOA:2+A+B+261124:1800+1'UNH+1+CONTRL:D:3:UN'", 49),
                        "no profile of edifact takes a file like this: its messages are of type "
                        "CONTRL; profiles: edifact, edifact.statuses");
    free_partner(&p);
}

static struct profile *written(const char *name, const char *text)
{
    struct profile *profile = NULL;
    struct error err = { 0 };
    FILE *f = fopen(name, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    if (profile_load(name, &profile, &err))
        fail_msg("%s", err.text);
    unlink(name);
    return profile;
}

#define ORDERS \
    "field \"customer_number\" { column = \"c\" }\nfield \"order_number\" { column = \"o\" }\n"
#define CUSTOMERS "kind = \"customers\"\nfield \"customer_number\" { column = \"c\" }\n"

static void the_header_says_which_profile_takes_it(void **state)
{
    struct partner p = { .n = 2 };

    (void)state;
    p.profiles[0] =
        written("shop.customers.conf", CUSTOMERS "field \"phone\" { column = \"p\" }\n");
    p.profiles[1] = written("shop.orders.conf", ORDERS);
    assert_string_equal(choice(&p, "x.csv", "c;o\n1;2\n", 8), "shop.orders");
    assert_string_equal(choice(&p, "x.csv", "c;p", 3), "shop.customers");
    assert_string_equal(choice(&p, "x.csv",
                               "\xFF\xFE"
                               "c\0;\0p\0\n\0",
                               10),
                        "shop.customers");
    assert_string_equal(choice(&p, "x.csv", "c;o;p\n", 6),
                        "the profiles shop.customers and shop.orders would both take a file like "
                        "this; give them patterns of file names (take.files)");
    assert_string_equal(choice(&p, "x.csv", "a;b\n", 4),
                        "no profile of shop takes a file like this: its columns are a, b; "
                        "profiles: shop.customers, shop.orders");
    assert_string_equal(choice(&p, "x.csv", "<a/>", 4),
                        "no profile of shop takes a file like this: it is XML; profiles: "
                        "shop.customers, shop.orders");
    free_partner(&p);
}

static void a_pattern_of_names_comes_first(void **state)
{
    struct partner p = { .n = 3 };

    (void)state;
    p.profiles[0] = written("shop.a.conf", ORDERS "take { files = { \"orders*\" } }\n");
    p.profiles[1] = written("shop.b.conf", CUSTOMERS "take { files = { \"kunden*\" } }\n");
    p.profiles[2] = written("shop.c.conf", ORDERS);
    assert_string_equal(choice(&p, "orders.csv", "x", 1), "shop.a");
    assert_string_equal(choice(&p, "kunden.csv", "c;o\n", 4), "shop.b");
    assert_string_equal(choice(&p, "other.csv", "x", 1), "shop.c");
    profile_free(p.profiles[--p.n]);
    assert_string_equal(choice(&p, "other.csv", "c;o\n", 4),
                        "no profile of shop takes a file of this name");
    free_partner(&p);
}

/* The example documents of the standard, where they are at hand: RELAIS_SHARED_DATA names the
 * place. */
static void the_published_documents_are_read(void **state)
{
    static const struct {
        const char *file, *profile, *expected;
    } cases[] = {
        { "UBL-Order-2.0-Example.xml", "ubl.order", "order=AEG012345 customer=GT00978567" },
        { "UBL-Order-2.1-Example.xml", "ubl.order", "order=34 customer=7300070011115" },
        { "order-test-good.xml", "ubl.order", "order=AEG012345 customer=GT00978567" },
        { "order-test-bad-syntax.xml", "ubl.order", "fault: line 50: " },
        { "UBL-OrderChange-2.1-Example.xml", "ubl.order_change", "order=34 customer=73000" },
        { "UBL-OrderCancellation-2.1-Example.xml", "ubl.order_cancellation", "order=34 cancelled" },
        { "UBL-DespatchAdvice-2.0-Example.xml", "ubl.despatch_advice", "order=AEG012345 out" },
        { "UBL-Invoice-2.1-Example.xml", "ubl.invoice",
          "invoice=TOSL108 customer=345KS5324 order=123 issued=2009-12-15 due=2009-12-31 "
          "amount=72900EUR" },
        /* goods damaged on their way: no status that we know */
        { "UBL-TransportationStatus-2.1-Example.xml", "ubl.transportation_status",
          "!unknown_value status \"35\"" },
    };
    const char *shared = getenv("RELAIS_SHARED_DATA");

    (void)state;
    if (!shared)
        skip();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct profile *profile = shipped(cases[i].profile);
        struct buffer out;
        char path[512];
        int fd;

        snprintf(path, sizeof(path), "%s/ubl/%s", shared, cases[i].file);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            fail_msg("%s is not there", path);
        buffer_init(&out, (size_t)1 << 20);
        read_all(&out, profile, fd);
        if (!strstr(buffer_text(&out), cases[i].expected))
            fail_msg("%s: got \"%s\"", cases[i].file, buffer_text(&out));
        buffer_close(&out);
        close(fd);
        profile_free(profile);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ubl_orders_of_several_houses_are_read),
        cmocka_unit_test(ubl_that_is_no_xml_is_refused_with_its_line),
        cmocka_unit_test(ubl_tells_what_becomes_of_orders),
        cmocka_unit_test(edifact_instructions_become_orders),
        cmocka_unit_test(edifact_statuses_are_read),
        cmocka_unit_test(the_root_element_says_which_profile_takes_it),
        cmocka_unit_test(the_type_of_the_messages_says_which_profile_takes_it),
        cmocka_unit_test(the_header_says_which_profile_takes_it),
        cmocka_unit_test(a_pattern_of_names_comes_first),
        cmocka_unit_test(the_published_documents_are_read),
    };

    file_reader_setup();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
