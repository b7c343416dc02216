/*
 * html_text.h - the text of an HTML mail, as a person would read it.
 *
 * No tree and no recursion: one pass, in time and memory that grow with the bytes. Paragraphs and
 * rows become lines, lists get a dash, what is quoted (blockquote) gets "> " as in a plain mail;
 * scripts, styles and what is hidden are left out.
 */
#pragma once

#include <stddef.h>

struct buffer;

/* `html` is valid UTF-8. Lines end with \n. */
void html_text(const char *html, size_t len, struct buffer *out);
/* The charset that a document itself names (<meta charset=...>), for one that nobody labelled.
 * Returns `out`; "": it names none. */
const char *html_charset(const char *html, size_t len, char *out, size_t size);
