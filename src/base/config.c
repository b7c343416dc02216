/*
 * config.c - configuration files by tables, read with libconfuse.
 *
 * Every value reaches libconfuse as a text with a callback, so that kinds, ranges and messages are
 * ours and each fault has its line. libconfuse's scanner keeps globals: one file at a time.
 */
#include "base/config.h"

#include <confuse.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/config_scan.h"
#include "base/config_value.h"
#include "base/near_name.h"

#define FILE_MAX_BYTES   (1 << 20)
#define SECTION_KEYS_MAX 128

/* One file being read: what the callbacks of libconfuse, which know only their option, need. */
struct reading {
    const char *path;
    const struct config_schema *schema;
    struct arena *arena;
    struct error *err;
    bool faulty;          /* err holds the first fault; what libconfuse says after it is noise */
    const cfg_t *section; /* the one that `seen` is about */
    bool seen[SECTION_KEYS_MAX];
};

static pthread_mutex_t libconfuse = PTHREAD_MUTEX_INITIALIZER;
static struct reading *reading; /* guarded by libconfuse */

static const struct config_section *find_section(const struct config_schema *schema,
                                                 const char *name)
{
    for (size_t i = 0; i < schema->n_sections; i++) {
        if (strcmp(schema->sections[i].name, name) == 0)
            return &schema->sections[i];
    }
    return NULL;
}

static const struct config_key *find_key(const struct config_section *section, const char *name)
{
    for (size_t i = 0; i < section->n_keys; i++) {
        if (strcmp(section->keys[i].name, name) == 0)
            return &section->keys[i];
    }
    return NULL;
}

/* The whole file is a section named "root" to libconfuse, "" to us. */
static const char *section_name(const cfg_t *cfg)
{
    return strcmp(cfg->name, "root") == 0 ? "" : cfg->name;
}

/* "carrier.orange.", "log.", "" */
static void add_place(struct buffer *out, const char *name, const char *title)
{
    if (*name)
        buffer_printf(out, "%s.", name);
    if (title)
        buffer_printf(out, "%s.", title);
}

/* Only the first fault counts: it is the cause of those after it. */
__attribute__((format(printf, 4, 5))) static void fault(const cfg_t *cfg, int line, const char *key,
                                                        const char *fmt, ...)
{
    struct buffer place;
    struct error what;
    va_list ap;

    if (reading->faulty)
        return;
    reading->faulty = true;
    va_start(ap, fmt);
    vsnprintf(what.text, sizeof(what.text), fmt, ap);
    va_end(ap);
    buffer_init(&place, sizeof(what.text));
    add_place(&place, section_name(cfg), cfg->title);
    if (key)
        buffer_add_text(&place, key);
    else if (place.len)
        place.data[place.len - 1] = '\0'; /* the section itself, without its last dot */
    error_set(reading->err, RC_INVALID, "%s:%d: %s%s%s", reading->path, line, buffer_text(&place),
              *buffer_text(&place) ? ": " : "", what.text);
    buffer_close(&place);
}

/* --- what libconfuse complains about, in our words --- */

/* The section other than `here` that has such a key, or NULL. */
static const char *elsewhere(const struct config_section *here, const char *key)
{
    for (size_t i = 0; i < reading->schema->n_sections; i++) {
        const struct config_section *s = &reading->schema->sections[i];
        if (s != here && find_key(s, key))
            return *s->name ? s->name : "the top of the file";
    }
    return NULL;
}

static void unknown_name(cfg_t *cfg, const char *name)
{
    const struct config_section *here = find_section(reading->schema, section_name(cfg));
    const char *other = elsewhere(here, name);
    struct near_name near = near_name_to(name);

    for (size_t i = 0; i < here->n_keys; i++)
        near_name_try(&near, here->keys[i].name);
    for (size_t i = 0; !*here->name && i < reading->schema->n_sections; i++)
        near_name_try(&near, reading->schema->sections[i].name);
    if (other)
        fault(cfg, cfg->line, name, "unknown key here; it belongs to %s", other);
    else if (near.name)
        fault(cfg, cfg->line, name, "unknown %s; did you mean %s?",
              *here->name ? "key" : "key or section", near.name);
    else
        fault(cfg, cfg->line, name, "unknown %s", *here->name ? "key" : "key or section");
}

static void no_equal_sign(cfg_t *cfg, const char *name)
{
    fault(cfg, cfg->line, name, "expected = and a value after the key");
}

static void no_brace(cfg_t *cfg, const char *name)
{
    fault(cfg, cfg->line, name, "expected { after the section's name");
}

static void no_title(cfg_t *cfg, const char *name)
{
    fault(cfg, cfg->line, name, "expected a name, as in: %s \"name\" {", name);
}

static void title_twice(cfg_t *cfg, const char *title)
{
    fault(cfg, cfg->line, title, "a section of this name was given before");
}

static void unexpected(cfg_t *cfg, const char *token)
{
    fault(cfg, cfg->line, NULL, "unexpected '%.40s'", token);
}

static void file_ended(cfg_t *cfg, const char *unused)
{
    (void)unused;
    fault(cfg, cfg->line, NULL, "the file ends in the middle of a setting");
}

static const struct complaint {
    const char *format; /* libconfuse's own */
    void (*say)(cfg_t *cfg, const char *arg);
} complaints[] = {
    { "no such option '%s'", unknown_name },
    { "missing equal sign after option '%s'", no_equal_sign },
    { "missing opening brace for section '%s'", no_brace },
    { "missing title for section '%s'", no_title },
    { "found duplicate title '%s'", title_twice },
    { "unexpected token '%s'", unexpected },
    { "premature end of file", file_ended },
};

static void on_complaint(cfg_t *cfg, const char *fmt, va_list ap)
{
    char text[256];
    va_list again;

    for (size_t i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++) {
        if (strcmp(fmt, complaints[i].format) == 0) {
            va_copy(again, ap);
            complaints[i].say(cfg, strchr(fmt, '%') ? va_arg(again, const char *) : "");
            va_end(again);
            return;
        }
    }
    vsnprintf(text, sizeof(text), fmt, ap);
    fault(cfg, cfg->line, NULL, "%s", text);
}

/* --- reading --- */

/* libconfuse calls it for each value of the file. It checks here, where the line is known; the
 * values are taken from libconfuse's tree afterwards. */
static int on_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
    const struct config_section *section = find_section(reading->schema, section_name(cfg));
    const struct config_key *key = find_key(section, opt->name);
    size_t index = (size_t)(key - section->keys);
    struct error why;

    if (reading->section != cfg) {
        reading->section = cfg;
        memset(reading->seen, 0, sizeof(reading->seen));
    }
    if (key->kind == CONFIG_LIST && opt->nvalues > CONFIG_LIST_MAX)
        fault(cfg, cfg->line, key->name, "expected at most %d items", CONFIG_LIST_MAX);
    else if (key->kind != CONFIG_LIST && reading->seen[index])
        fault(cfg, cfg->line, key->name, "given twice");
    else if (config_value_set(key, value, NULL, NULL, &why))
        fault(cfg, cfg->line, key->name, "%s", why.text);
    reading->seen[index] = true;
    *(const char **)result = value;
    return reading->faulty;
}

/* libconfuse's options for a section's keys, ended by CFG_END. Lives in the arena: libconfuse keeps
 * the array of the whole file and copies that of a section. */
static cfg_opt_t *make_options(const struct config_section *section, size_t extra)
{
    cfg_opt_t *opts = arena_alloc(reading->arena, (section->n_keys + extra + 1) * sizeof(*opts));

    for (size_t i = 0; opts && i < section->n_keys; i++) {
        opts[i].name = section->keys[i].name;
        opts[i].type = CFGT_STR;
        opts[i].flags = CFGF_NODEFAULT | (section->keys[i].kind == CONFIG_LIST ? CFGF_LIST : 0);
        opts[i].parsecb = on_value;
    }
    return opts;
}

static cfg_opt_t *make_tree(const struct config_schema *schema)
{
    const struct config_section *top = find_section(schema, "");
    cfg_opt_t *root = make_options(top, schema->n_sections), *next;

    if (!root)
        return NULL;
    next = root + top->n_keys;
    for (size_t i = 0; i < schema->n_sections; i++) {
        const struct config_section *s = &schema->sections[i];
        if (s == top)
            continue;
        next->name = s->name;
        next->type = CFGT_SEC;
        /* MULTI also where one is allowed: libconfuse would drop the first without a word. */
        next->flags = CFGF_MULTI | (s->many ? CFGF_TITLE | CFGF_NO_TITLE_DUPES : 0);
        next->subopts = make_options(s, 0);
        if (!next->subopts)
            return NULL;
        next++;
    }
    return root;
}

/* Defaults for all keys, then what the file says. `cfg` NULL: the section is not in the file. */
static enum rc fill(const struct config_section *section, cfg_t *cfg, int line, void *out)
{
    struct config_head *head = out;
    struct error *err = reading->err;
    enum rc rc = RC_OK;

    head->line = line;
    if (cfg && cfg->title)
        head->title = arena_copy(reading->arena, cfg->title, strlen(cfg->title));
    for (size_t i = 0; !rc && i < section->n_keys; i++) {
        const struct config_key *key = &section->keys[i];
        cfg_opt_t *opt = cfg ? cfg_getopt(cfg, key->name) : NULL;
        unsigned n = opt && (opt->flags & CFGF_MODIFIED) ? cfg_opt_size(opt) : 0;

        if (!opt || !(opt->flags & CFGF_MODIFIED)) {
            if (cfg && !key->def)
                fault(cfg, line, key->name, "must be given");
            rc = reading->faulty ? RC_INVALID : config_value_default(key, reading->arena, out, err);
        }
        for (unsigned v = 0; !rc && v < n; v++)
            rc = config_value_set(key, cfg_opt_getnstr(opt, v), reading->arena, out, err);
    }
    return rc;
}

/* The line where the nth section of this name begins: libconfuse does not keep it. */
static int line_of(const struct config_scan *scan, const char *name, unsigned nth)
{
    for (size_t i = 0; i < scan->n; i++) {
        if (strcmp(scan->sections[i].name, name) == 0 && nth-- == 0)
            return scan->sections[i].line;
    }
    return 0;
}

static enum rc fill_section(const struct config_section *section, cfg_t *root,
                            const struct config_scan *scan, void *out)
{
    void *place = (char *)out + section->offset;
    unsigned n = root && *section->name ? cfg_size(root, section->name) : 0;
    struct config_array *array = place;
    enum rc rc = RC_OK;

    if (!*section->name)
        return fill(section, root, root ? 1 : 0, place);
    if (!section->many) {
        if (n > 1) {
            cfg_t *second = cfg_getnsec(root, section->name, 1);
            fault(second, line_of(scan, section->name, 1), NULL, "given twice");
            return RC_INVALID;
        }
        return fill(section, n ? cfg_getnsec(root, section->name, 0) : NULL,
                    line_of(scan, section->name, 0), place);
    }
    array->items = n ? arena_alloc(reading->arena, n * section->size) : NULL;
    if (n && !array->items)
        return RC_FAIL;
    array->n = n;
    for (unsigned i = 0; !rc && i < n; i++)
        rc = fill(section, cfg_getnsec(root, section->name, i), line_of(scan, section->name, i),
                  (char *)array->items + i * section->size);
    return rc;
}

static enum rc fill_all(cfg_t *root, const struct config_scan *scan, void *out)
{
    const struct config_schema *schema = reading->schema;
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < schema->n_sections; i++)
        rc = fill_section(&schema->sections[i], root, scan, out);
    return rc;
}

static enum rc parse(char *text, size_t len, void *out)
{
    struct config_scan scan;
    struct error why;
    enum rc rc = config_scan(text, len, &scan, &why);
    cfg_opt_t *tree;
    cfg_t *root;

    if (rc)
        return error_set(reading->err, rc, "%s:%s", reading->path, why.text);
    tree = make_tree(reading->schema);
    root = tree ? cfg_init(tree, CFGF_NONE) : NULL;
    if (!root)
        return error_set(reading->err, RC_FAIL, "%s: no memory", reading->path);
    cfg_set_error_function(root, on_complaint);
    if (cfg_parse_buf(root, text) != CFG_SUCCESS) {
        fault(root, root->line, NULL, "libconfuse refused it without saying why");
        rc = RC_INVALID;
    } else {
        rc = fill_all(root, &scan, out);
    }
    cfg_free(root);
    return rc;
}

/* libconfuse reads an empty buffer as an error, hence the newline. */
static enum rc slurp(const char *path, struct buffer *text, struct error *err)
{
    FILE *file = fopen(path, "re");
    char chunk[4096];
    size_t n;
    bool failed;

    if (!file)
        return error_set(err, errno == ENOENT ? RC_NOTFOUND : RC_INVALID, "%s: %s", path,
                         strerror(errno));
    while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0 && !text->full)
        buffer_add(text, chunk, n);
    failed = ferror(file);
    fclose(file);
    if (failed)
        return error_set(err, RC_INVALID, "%s: cannot be read: %s", path, strerror(errno));
    buffer_add_text(text, "\n");
    if (text->full)
        return error_set(err, RC_INVALID, "%s: larger than %d bytes", path, FILE_MAX_BYTES);
    return RC_OK;
}

enum rc config_load(const char *path, const struct config_schema *schema, struct arena *arena,
                    void *out, struct error *err)
{
    struct error unheard;
    struct reading r = { .path = path ? path : "(defaults)",
                         .schema = schema,
                         .arena = arena,
                         .err = err ? err : &unheard };
    struct config_scan none = { .n = 0 };
    struct buffer text;
    enum rc rc;

    buffer_init(&text, FILE_MAX_BYTES);
    pthread_mutex_lock(&libconfuse);
    reading = &r;
    rc = path ? slurp(path, &text, r.err) : RC_OK;
    if (!rc)
        rc = path ? parse(text.data, text.len, out) : fill_all(NULL, &none, out);
    reading = NULL;
    pthread_mutex_unlock(&libconfuse);
    buffer_close(&text);
    return rc;
}

/* --- what a reload changes --- */

struct telling {
    void (*tell)(void *arg, const char *key, bool live);
    void *arg;
};

static void tell(const struct telling *t, const struct config_section *section, const char *title,
                 const struct config_key *key)
{
    struct buffer name;

    buffer_init(&name, 512);
    add_place(&name, section->name, title);
    if (key)
        buffer_add_text(&name, key->name);
    else
        name.data[name.len - 1] = '\0';
    t->tell(t->arg, buffer_text(&name), key && key->live);
    buffer_close(&name);
}

static void compare(const struct telling *t, const struct config_section *section,
                    const void *before, const void *after)
{
    const struct config_head *head = before;

    for (size_t i = 0; i < section->n_keys; i++) {
        if (!config_value_equal(&section->keys[i], before, after))
            tell(t, section, head->title, &section->keys[i]);
    }
}

static const void *find_titled(const struct config_section *section,
                               const struct config_array *array, const char *title)
{
    for (size_t i = 0; i < array->n; i++) {
        const struct config_head *head =
            (const void *)((const char *)array->items + i * section->size);
        if (strcmp(head->title, title) == 0)
            return head;
    }
    return NULL;
}

static void compare_many(const struct telling *t, const struct config_section *section,
                         const struct config_array *before, const struct config_array *after)
{
    for (size_t i = 0; i < before->n; i++) {
        const struct config_head *old =
            (const void *)((const char *)before->items + i * section->size);
        const void *now = find_titled(section, after, old->title);
        if (now)
            compare(t, section, old, now);
        else
            tell(t, section, old->title, NULL);
    }
    for (size_t i = 0; i < after->n; i++) {
        const struct config_head *now =
            (const void *)((const char *)after->items + i * section->size);
        if (!find_titled(section, before, now->title))
            tell(t, section, now->title, NULL);
    }
}

void config_changes(const struct config_schema *schema, const void *before, const void *after,
                    void (*tell_key)(void *arg, const char *key, bool live), void *arg)
{
    const struct telling t = { tell_key, arg };

    for (size_t i = 0; i < schema->n_sections; i++) {
        const struct config_section *s = &schema->sections[i];
        const void *old = (const char *)before + s->offset, *now = (const char *)after + s->offset;

        if (s->many) {
            compare_many(&t, s, old, now);
        } else {
            const struct config_head *a = old, *b = now;
            if (*s->name && !a->line != !b->line)
                tell(&t, s, NULL, NULL);
            compare(&t, s, old, now);
        }
    }
}
