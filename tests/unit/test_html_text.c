/* test_html_text.c - HTML of mails, and what a person would read there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buffer.h"
#include "channel/mail/html_text.h"

static struct buffer out;

static int begin(void **state)
{
    (void)state;
    buffer_init(&out, 1 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    buffer_close(&out);
    return 0;
}

static const char *text_of(const char *html)
{
    buffer_reset(&out);
    html_text(html, strlen(html), &out);
    return buffer_text(&out);
}

static void blanks_are_one_and_blocks_are_lines(void **state)
{
    (void)state;
    assert_string_equal(text_of("<p>Hello,\n   Ann</p><div>one<br>two</div>three"),
                        "Hello, Ann\n\none\ntwo\nthree");
    assert_string_equal(text_of("a<br><br><br><br>b"), "a\n\nb");
    assert_string_equal(text_of("ab<b>c</b> d<i> e</i>"), "abc d e");
}

static void tables_and_lists_stay_legible(void **state)
{
    (void)state;
    assert_string_equal(text_of("<table><tr><td>a<td>b</tr><tr><td>c</td></tr></table>"), "a b\nc");
    assert_string_equal(text_of("<ul><li>a</li><li>b</ul>c"), "- a\n- b\n\nc");
    assert_string_equal(text_of("<pre>a\n\n b</pre>"), "a\n\nb");
}

static void what_is_quoted_is_marked(void **state)
{
    (void)state;
    assert_string_equal(text_of("yes<blockquote type=cite>one<br>two"
                                "<blockquote>three</blockquote></blockquote>no"),
                        "yes\n\n> one\n> two\n\n> > three\n\nno");
}

static void scripts_styles_and_what_is_hidden_are_left_out(void **state)
{
    (void)state;
    assert_string_equal(text_of("<head><title>t</title><STYLE>p{}</style></head>a"
                                "<script>if (a<b) '</p>'</script>b<!-- c > -->d<!doctype x>e"),
                        "abde");
    assert_string_equal(text_of("<div style='color:red;DISPLAY : none'>x<div>y</div>z</div>a"),
                        "a");
    assert_string_equal(text_of("<img style=\"display:none\">a<br style=display:none>b"), "a\nb");
    assert_string_equal(text_of("a<script>never closed"), "a");
}

static void characters_have_names_and_numbers(void **state)
{
    (void)state;
    assert_string_equal(text_of("&eacute;&#233;&#xE9;&EACUTE;&amp;lt;&lt&nbsp;&hellip;&euro;"),
                        "ééé&EACUTE;&lt;< …€");
    assert_string_equal(text_of("&#150;&#128;&#0;&#xd800;&#99999999999;"),
                        "–€\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    assert_string_equal(text_of("?a=1&copy=2&b=3 & c"), "?a=1&copy=2&b=3 & c");
}

static void broken_tags_do_no_harm(void **state)
{
    (void)state;
    assert_string_equal(text_of("1 < 2 <3 <> a</ >b"), "1 < 2 <3 <> ab");
    assert_string_equal(text_of("<a title='x>y'>k</a>"), "k");
    assert_string_equal(text_of("<p =\">\" x>k"), "k");
    assert_string_equal(text_of("</blockquote></pre></div>k<p"), "k");
}

static void ten_thousand_open_tags_are_not_ten_thousand_frames(void **state)
{
    (void)state;
    struct buffer html;

    buffer_init(&html, 1 << 20);
    for (int i = 0; i < 10000; i++)
        buffer_add_text(&html, "<div><blockquote>");
    buffer_add_text(&html, "x");
    assert_string_equal(text_of(buffer_text(&html)), "> > > > > x");
    buffer_close(&html);
}

static void a_document_names_its_charset(void **state)
{
    static const char html[] = "<meta http-equiv=x content=\"text/html; charset=KOI8-R\">";
    char name[20];

    (void)state;
    assert_string_equal(html_charset(html, sizeof(html) - 1, name, sizeof(name)), "KOI8-R");
    assert_string_equal(html_charset("<meta charset='utf-8'>", 22, name, sizeof(name)), "utf-8");
    assert_string_equal(html_charset("<p>", 3, name, sizeof(name)), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(blanks_are_one_and_blocks_are_lines),
        TEST(tables_and_lists_stay_legible),
        TEST(what_is_quoted_is_marked),
        TEST(scripts_styles_and_what_is_hidden_are_left_out),
        TEST(characters_have_names_and_numbers),
        TEST(broken_tags_do_no_harm),
        TEST(ten_thousand_open_tags_are_not_ten_thousand_frames),
        TEST(a_document_names_its_charset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
