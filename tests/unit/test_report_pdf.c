/* test_report_pdf.c - reports on paper. What they say is read by pdftotext in test_reports.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "channel/report/report_pdf.h"
#include "tests/support/made_up_report.h"

static struct made_up_report made;

static char *draw(size_t *size)
{
    char *bytes = NULL;
    FILE *out = open_memstream(&bytes, size);

    assert_non_null(out);
    assert_int_equal(report_pdf(&made.report, out), RC_OK);
    fclose(out);
    return bytes;
}

/* "/Type /Page" of each, not of "/Pages". */
static size_t count_pages(const char *pdf, size_t size)
{
    static const char mark[] = "/Type /Page";
    size_t n = 0;

    for (size_t i = 0; i + sizeof(mark) < size; i++)
        n += memcmp(pdf + i, mark, sizeof(mark) - 1) == 0 && pdf[i + sizeof(mark) - 1] != 's';
    return n;
}

static size_t pages_of(enum report_by by, size_t rows)
{
    size_t size, n;
    char *pdf;

    made_up_report(&made, by, REPORT_FRENCH, rows);
    pdf = draw(&size);
    assert_memory_equal(pdf, "%PDF-", 5);
    n = count_pages(pdf, size);
    free(pdf);
    return n;
}

static void the_same_report_is_the_same_bytes(void **state)
{
    size_t size, again;
    char *first, *second;

    (void)state;
    made_up_report(&made, REPORT_BY_EMPLOYEE, REPORT_FRENCH, 40);
    first = draw(&size);
    second = draw(&again);
    assert_int_equal(size, again);
    assert_memory_equal(first, second, size);
    free(second);
    made.rows[3].figures.done++;
    second = draw(&again);
    assert_true(size != again || memcmp(first, second, size) != 0);
    free(first);
    free(second);
}

static void a_few_rows_are_one_page_and_many_are_many(void **state)
{
    (void)state;
    assert_int_equal(pages_of(REPORT_BY_EMPLOYEE, 8), 1);
    assert_int_equal(pages_of(REPORT_BY_MONTH, 6), 1);
    assert_int_equal(pages_of(REPORT_BY_EMPLOYEE, 60), 3);
    assert_in_range(pages_of(REPORT_BY_DAY, REPORT_ROWS_MAX), 20, 30);
}

static void a_report_of_nothing_is_a_page(void **state)
{
    (void)state;
    assert_int_equal(pages_of(REPORT_BY_EMPLOYEE, 0), 1);
    assert_int_equal(pages_of(REPORT_BY_DAY, 0), 1);
}

static void any_text_is_letters_of_a_cell(void **state)
{
    static const char *const names[] = {
        "<b>bold</b> & <span",
        "a\nb\tc\x01",
        "\xff\xfe not UTF-8",
        "\xd9\x85\xd8\xad\xd9\x85\xd8\xaf \xe6\x9d\x8e \xf0\x9f\x98\x80",
        "Wolfeschlegelsteinhausenbergerdorff-Wolfeschlegelsteinhausenbergerdorff",
    };
    size_t size;

    (void)state;
    made_up_report(&made, REPORT_BY_TEAM, REPORT_ENGLISH, 5);
    for (size_t i = 0; i < 5; i++)
        made.rows[i].name = names[i];
    made.report.of[0] = names[2];
    made.report.outcomes[0].label = names[0];
    free(draw(&size));
}

static void very_large_figures_fit(void **state)
{
    size_t size;

    (void)state;
    made_up_report(&made, REPORT_BY_TEAM, REPORT_FRENCH, 2);
    made.rows[0].figures.planned = made.report.total.figures.planned = UINT32_MAX;
    made.rows[0].figures.order_cents = made.report.total.figures.order_cents = INT64_MAX;
    free(draw(&size));
}

static void a_full_disk_is_said(void **state)
{
    FILE *out = fopen("/dev/full", "w");

    (void)state;
    assert_non_null(out);
    setvbuf(out, NULL, _IONBF, 0);
    made_up_report(&made, REPORT_BY_EMPLOYEE, REPORT_FRENCH, 8);
    assert_int_equal(report_pdf(&made.report, out), RC_FAIL);
    fclose(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_report_is_the_same_bytes),
        cmocka_unit_test(a_few_rows_are_one_page_and_many_are_many),
        cmocka_unit_test(a_report_of_nothing_is_a_page),
        cmocka_unit_test(any_text_is_letters_of_a_cell),
        cmocka_unit_test(very_large_figures_fit),
        cmocka_unit_test(a_full_disk_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
