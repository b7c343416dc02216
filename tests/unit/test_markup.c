/* test_markup.c - one source, read as plain text and as HTML. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "domain/markup.h"

static struct buffer out;

static int begin(void **state)
{
    (void)state;
    buffer_init(&out, MARKUP_HTML_MAX);
    return 0;
}

static int end(void **state)
{
    (void)state;
    buffer_close(&out);
    return 0;
}

static const char *text(const char *source)
{
    buffer_reset(&out);
    markup_text(&out, source);
    return buffer_text(&out);
}

static const char *html(const char *source)
{
    static const char *const ids[MARKUP_PICTURES_MAX] = { "1@x", "2@x" };
    const struct markup_layout layout = { .language = "fr", .title = "T", .picture_ids = ids };

    buffer_reset(&out);
    markup_html(&out, source, &layout);
    return buffer_text(&out);
}

/* What stands between the document's frame, without styles. */
static const char *body(const char *source)
{
    static char plain[20000];
    const char *at = strstr(html(source), "line-height:1.5\">\n") + 18,
               *stop = strstr(at, "</div>");
    size_t len = 0;

    while (at < stop) {
        if (strncmp(at, " style=\"", 8) == 0)
            at = strchr(at + 8, '"') + 1;
        else
            plain[len++] = *at++;
    }
    plain[len] = '\0';
    return plain;
}

static void a_letter_reads_well_both_ways(void **state)
{
    static const char source[] = "# Soldes\n"
                                 "\n"
                                 "Bonjour **Camille**,\n"
                                 "voici *nos* offres :\n"
                                 "\n"
                                 "- chaussures\n"
                                 "- sacs\n"
                                 "\n"
                                 "[[ Voir | https://shop.example/a?b=1&c=2 ]]\n"
                                 "\n"
                                 "---\n"
                                 "~ Ma Boite & Cie\n";

    (void)state;
    assert_string_equal(text(source), "Soldes\n"
                                      "\n"
                                      "Bonjour Camille,\n"
                                      "voici nos offres :\n"
                                      "\n"
                                      "- chaussures\n"
                                      "- sacs\n"
                                      "\n"
                                      "Voir (https://shop.example/a?b=1&c=2)\n"
                                      "\n"
                                      "----------------------------------------\n"
                                      "\n"
                                      "Ma Boite & Cie\n");
    assert_string_equal(body(source),
                        "<h1>Soldes</h1>\n"
                        "<p>Bonjour <strong>Camille</strong>,<br>\n"
                        "voici <em>nos</em> offres :</p>\n"
                        "<ul>\n"
                        "<li>chaussures</li>\n"
                        "<li>sacs</li>\n"
                        "</ul>\n"
                        "<p><a href=\"https://shop.example/a?b=1&amp;c=2\">Voir</a></p>\n"
                        "<hr>\n"
                        "<p>Ma Boite &amp; Cie</p>\n");
}

/* Source, text, HTML. */
static void each_sign_means_one_thing(void **state)
{
    static const char *const rows[][3] = {
        { "2 * 3 * 4", "2 * 3 * 4\n", "<p>2 * 3 * 4</p>\n" },
        { "a*b", "a*b\n", "<p>a*b</p>\n" },
        { "***x***", "x\n", "<p><strong><em>x</em></strong></p>\n" },
        { "**a *b***", "a b\n", "<p><strong>a <em>b</em></strong></p>\n" },
        { "**a *b** c*", "a b c*\n", "<p><strong>a <em>b</em></strong> c*</p>\n" },
        { "**open", "**open\n", "<p>**open</p>\n" },
        { "\\*plain\\*", "*plain*\n", "<p>*plain*</p>\n" },
        { "C:\\temp", "C:\\temp\n", "<p>C:\\temp</p>\n" },
        { "<b>x</b> & \"y\"", "<b>x</b> & \"y\"\n",
          "<p>&lt;b&gt;x&lt;/b&gt; &amp; &quot;y&quot;</p>\n" },
        { "[x](https://a.example)", "x (https://a.example)\n",
          "<p><a href=\"https://a.example\">x</a></p>\n" },
        { "[**x** y](tel:+33)", "x y (tel:+33)\n",
          "<p><a href=\"tel:+33\"><strong>x</strong> y</a></p>\n" },
        { "[x](javascript:alert(1))", "[x](javascript:alert(1))\n",
          "<p>[x](javascript:alert(1))</p>\n" },
        { "[x] (y)", "[x] (y)\n", "<p>[x] (y)</p>\n" },
        { "voir https://a.example/x_(y).", "voir https://a.example/x_(y).\n",
          "<p>voir <a href=\"https://a.example/x_(y)\">https://a.example/x_(y)</a>.</p>\n" },
        { "(https://a.example)", "(https://a.example)\n",
          "<p>(<a href=\"https://a.example\">https://a.example</a>)</p>\n" },
        { "![le logo](logo.png)", "le logo\n", "<p><img src=\"cid:1@x\" alt=\"le logo\"></p>\n" },
        { "[![logo](a.png)](https://a.example)", "logo (https://a.example)\n",
          "<p><a href=\"https://a.example\"><img src=\"cid:1@x\" alt=\"logo\"></a></p>\n" },
        { "*[a*](tel:1)", "a* (tel:1)\n", "<p><em><a href=\"tel:1\">a*</a></em></p>\n" },
        { "3. c\n4. d\nsuite", "3. c\n4. d\n  suite\n",
          "<ol start=\"3\">\n<li>c</li>\n<li>d<br>\nsuite</li>\n</ol>\n" },
        { "> a\n> b", "> a\n> b\n", "<blockquote>a<br>\nb</blockquote>\n" },
        { "1999 etait", "1999 etait\n", "<p>1999 etait</p>\n" },
        { "### x\ny", "x\n\ny\n", "<h3>x</h3>\n<p>y</p>\n" },
        { "a\r\nb\r\n\r\n\r\nc\001", "a\nb\n\nc \n", "<p>a<br>\nb</p>\n<p>c </p>\n" },
        { "", "", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(text(rows[i][0]), rows[i][1]);
        assert_string_equal(body(rows[i][0]), rows[i][2]);
    }
}

static void a_value_says_what_it_says(void **state)
{
    static const char *const values[] = {
        "Jean-Pierre",
        "# 1",
        "1.",
        "**gras**",
        "[x](https://evil.example)",
        "https://evil.example",
        "- -",
        "~ a",
        "a | b",
        "![x](y)",
        "{{unsubscribe}}",
        "C:\\x\\*",
        "<script>",
        "*",
        "---",
        "]](",
        "fin!",
        "12. rue",
        "Fleurs (Paris) & Cie",
    };
    char source[400], expected[400];

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct buffer escaped;
        buffer_init(&escaped, 200);
        markup_escape(&escaped, values[i]);
        /* Alone on its line, within one, and before a bracket. */
        snprintf(source, sizeof(source), "%s\n\nA %s, b\n\n%s[c](https://a.example)",
                 buffer_text(&escaped), buffer_text(&escaped), buffer_text(&escaped));
        snprintf(expected, sizeof(expected), "%s\n\nA %s, b\n\n%sc (https://a.example)\n",
                 values[i], values[i], values[i]);
        assert_string_equal(text(source), expected);
        assert_null(strstr(html(source), "evil.example\""));
        assert_null(strstr(source, "{{"));
        buffer_close(&escaped);
    }
    buffer_reset(&out);
    markup_escape(&out, "a\r\nb\tc");
    assert_string_equal(buffer_text(&out), "a  b c");
}

static void an_address_may_be_a_value(void **state)
{
    (void)state;
    buffer_reset(&out);
    buffer_add_text(&out, "[x](");
    markup_escape(&out, "https://a.example/(1)?n=\"é");
    buffer_add_text(&out, ")");
    char *source = strdup(buffer_text(&out));
    assert_non_null(strstr(html(source), "<a href=\"https://a.example/(1)?n=%22%C3%A9\""));
    free(source);
}

static void a_value_in_an_address_that_stands_alone_is_whole(void **state)
{
    static const char *const rows[][2] = {
        { "a*b", "a*b" }, { "AB-", "AB-" }, { "(1)#2~", "(1)#2~" }, { "x|y", "x%7Cy" },
        { "a!", "a!" },   { "a b", "a" }, /* what has a space is no part of it */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char source[100], expected[200];
        struct buffer escaped;
        buffer_init(&escaped, 50);
        markup_escape(&escaped, rows[i][0]);
        snprintf(source, sizeof(source), "voir https://a.example/%s.", buffer_text(&escaped));
        buffer_close(&escaped);
        snprintf(expected, sizeof(expected),
                 "<a href=\"https://a.example/%s\">https://a.example/%s</a>", rows[i][1],
                 rows[i][1]);
        if (!strstr(body(source), expected))
            fail_msg("%s: %s", source, body(source));
    }
}

static void no_value_says_which_site(void **state)
{
    static const char *const bad[] = {
        "https://shop.example{{company}}",
        "[x](https://shop.example{{company}}/a)",
        "a https://{{company}}/",
        "[[ b | http://{{city}}.example ]]",
    };
    struct error err = { "" };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(markup_check(bad[i], &err), RC_INVALID);
        assert_non_null(strstr(err.text, "cannot be part of the host"));
    }
    assert_int_equal(markup_check("https://shop.example/{{city}} https://shop.example?c={{city}}\n"
                                  "https://shop.example {{city}}, [{{city}}](https://shop.example)",
                                  &err),
                     RC_OK);
}

static void a_style_takes_nothing_but_a_colour(void **state)
{
    struct markup_layout layout = { .title = "</title><b>", .accent = "red;x:url(y)" };

    (void)state;
    buffer_reset(&out);
    markup_html(&out, "[x](https://a.example)", &layout);
    assert_non_null(strstr(out.data, "<title>&lt;/title&gt;&lt;b&gt;</title>"));
    assert_non_null(strstr(out.data, "style=\"color:#0b5fff\""));
    assert_null(strstr(out.data, "red;"));
    layout.accent = "#AA0011";
    buffer_reset(&out);
    markup_html(&out, "[x](https://a.example)", &layout);
    assert_non_null(strstr(out.data, "style=\"color:#AA0011\""));
}

static void what_is_wrong_is_named_with_its_place(void **state)
{
    struct error err = { "" };

    (void)state;
    assert_int_equal(
        markup_check("**ok** [a](https://x.example) ![b](c.png) {{first_name|a*b}}", &err), RC_OK);
    assert_int_equal(
        markup_check("[a]({{link:https://x.example}})\n[[ b | {{unsubscribe}} ]]", &err), RC_OK);
    assert_int_equal(markup_check("\xc3\xa9t\xc3\xa9 [a](shop.example)", &err), RC_INVALID);
    assert_string_equal(err.text, "at character 9: expected an address that begins with https://, "
                                  "http://, mailto: or tel:");
    assert_int_equal(markup_check("a\n[[ b ]]", &err), RC_INVALID);
    assert_string_equal(err.text, "at character 5: expected a button's words, a | and an address");
    assert_int_equal(markup_check("![x](https://x.example/a.png)", &err), RC_INVALID);
    assert_int_equal(markup_check("![](1)![](2)![](3)![](4)![](5)![](6)![](7)![](8)![](9)", &err),
                     RC_INVALID);
    assert_int_equal(markup_check("![](1)![](2)![](3)![](4)![](5)![](6)![](7)![](8)![](1)", &err),
                     RC_OK);
}

static void pictures_are_counted_once_each(void **state)
{
    static const char source[] = "![a](b.png) ![c](d.png)\n![e](b.png)";
    size_t len;

    (void)state;
    assert_memory_equal(markup_picture(source, 0, &len), "b.png", 5);
    assert_memory_equal(markup_picture(source, 1, &len), "d.png", 5);
    assert_int_equal(len, 5);
    assert_null(markup_picture(source, 2, &len));
}

static void hostile_sources_cost_no_more_than_their_size(void **state)
{
    static const char *const pieces[] = { "[", "*",   "**", "![",      "[[", "\\",    "{{",
                                          "(", "[](", "](", "http://", "*a", "**a *b" };
    char *source = malloc(MARKUP_MAX + 1);

    (void)state;
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        const size_t n = strlen(pieces[i]);
        size_t len = 0;
        for (; len + n <= MARKUP_MAX; len += n)
            memcpy(source + len, pieces[i], n);
        source[len] = '\0';
        assert_true(strlen(html(source)) > 0);
        assert_false(out.full);
    }
    free(source);
}

static void note_doubt(void *arg, const char *words)
{
    char *said = arg;

    strncat(said, words, 900 - strlen(said));
    strncat(said, "\n", 900 - strlen(said));
}

static void marks_that_are_none_are_told_to_who_wrote_them(void **state)
{
    static const struct {
        const char *source, *said; /* "": nothing */
    } rows[] = {
        { "Bonjour **Anne", "'**Anne' is not bold" },
        { "*Soldes", "'*Soldes' is not emphasis" },
        { "hi [[ Voir | https://shop.example ]]", "'[[ Voir | https://shop.example...' is no b" },
        { "[[ Voir", "'[[ Voir' is no button" },
        { "un <b>mot</b>", "'<b>mot</b>' is shown as it stands: HTML" },
        { "Bonjour **Anne**, *bienvenue*", "" },
        { "[[ Voir | https://shop.example ]]", "" },
        { "2 * 3 < 7, prix*", "" },
        { "\\*\\*Anne et \\[\\[ rien", "" },
        { "{{name|**}} [ici](https://shop.example)", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char said[1000] = "";
        markup_doubts(rows[i].source, note_doubt, said);
        if (*rows[i].said ? strncmp(said, rows[i].said, strlen(rows[i].said)) != 0 : *said)
            fail_msg("\"%s\": %s", rows[i].source, said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_that_are_none_are_told_to_who_wrote_them),
        cmocka_unit_test(a_letter_reads_well_both_ways),
        cmocka_unit_test(each_sign_means_one_thing),
        cmocka_unit_test(a_value_says_what_it_says),
        cmocka_unit_test(an_address_may_be_a_value),
        cmocka_unit_test(a_value_in_an_address_that_stands_alone_is_whole),
        cmocka_unit_test(no_value_says_which_site),
        cmocka_unit_test(a_style_takes_nothing_but_a_colour),
        cmocka_unit_test(what_is_wrong_is_named_with_its_place),
        cmocka_unit_test(pictures_are_counted_once_each),
        cmocka_unit_test(hostile_sources_cost_no_more_than_their_size),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
