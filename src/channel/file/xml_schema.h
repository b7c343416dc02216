/*
 * xml_schema.h - a partner's XML schema, against which a file is checked while it streams by.
 *
 * Only xml_schema.c and xml_reader.c know libxml2's side of it. A schema may include others that
 * lie in its directory or below; nothing is fetched from anywhere else. Schemas with xs:unique,
 * xs:key or xs:keyref are refused: to check these, every row would have to be remembered.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"

struct xml_schema;

/* Once, before the first thread: from then on libxml2 opens nothing but a schema being loaded here.
 */
void xml_schema_setup(void);

/* `home`: the profile's directory. RC_INVALID: "orders.xsd:12: ..." */
enum rc xml_schema_load(const char *path, const char *home, struct xml_schema **schema,
                        struct error *why) MUST_CHECK;
void xml_schema_free(struct xml_schema *schema); /* NULL is fine */

/* One file being checked against it. Any number of these may share a schema, in any threads. */
struct xml_check;

/*
 * `fault` is called from within the calls below, once for each violation, with libxml2's sentence
 * in plain words and without a line: the caller knows where it is. `misplaced`: the element that
 * has just begun may not stand there; its siblings are not checked any more. NULL: no memory.
 */
struct xml_check *xml_check_new(const struct xml_schema *schema,
                                void (*fault)(void *arg, bool misplaced, const char *text),
                                void *arg);
void xml_check_free(struct xml_check *check); /* NULL is fine */

/* As the SAX2 callbacks of the same names. */
void xml_check_start(struct xml_check *check, const unsigned char *name,
                     const unsigned char *prefix, const unsigned char *uri, int n_namespaces,
                     const unsigned char **namespaces, int n_attributes, int n_defaulted,
                     const unsigned char **attributes);
void xml_check_end(struct xml_check *check, const unsigned char *name, const unsigned char *prefix,
                   const unsigned char *uri);
void xml_check_text(struct xml_check *check, const unsigned char *text, int len);
