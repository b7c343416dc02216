/* zip_directory.c - reads and distrusts the contents of a .zip file. */
#include "channel/file/zip_directory.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "domain/utf8.h"

#define END_SIZE       22 /* of the end record, without its comment */
#define END64_SIZE     56
#define LOCATOR_SIZE   20
#define CENTRAL_SIZE   46
#define LOCAL_SIZE     30
#define COMMENT_MAX    65535
#define METHOD_STORED  0
#define METHOD_DEFLATE 8
#define FLAG_PATCHED   0x0020
#define FLAG_HIDDEN    0x2041 /* encrypted, strongly so, or with a masked directory */

static uint64_t little(const unsigned char *at, unsigned bytes)
{
    uint64_t value = 0;

    while (bytes--)
        value = value << 8 | at[bytes];
    return value;
}

static uint16_t u16(const unsigned char *at)
{
    return (uint16_t)little(at, 2);
}

static uint32_t u32(const unsigned char *at)
{
    return (uint32_t)little(at, 4);
}

static bool is_signed(const unsigned char *at, unsigned char a, unsigned char b)
{
    return at[0] == 'P' && at[1] == 'K' && at[2] == a && at[3] == b;
}

static enum rc damaged(struct error *err, const char *what)
{
    return error_set(err, RC_INVALID, "the .zip file is damaged: %s", what);
}

static enum rc read_at(int fd, void *data, size_t len, uint64_t offset, struct error *err)
{
    const enum rc rc = unpack_pread(fd, data, len, offset);

    return rc == RC_INVALID ? damaged(err, "it ends too early; was it sent whole?") : rc;
}

/* --- where the directory is --- */

/* The end record, looked for from the end: its comment may be up to 64 KB long, but must reach to
 * the end of the file. */
static enum rc find_end(int fd, uint64_t size, uint64_t *at, unsigned char end[END_SIZE],
                        struct error *err)
{
    unsigned char block[4096 + END_SIZE];
    const uint64_t lowest = size > END_SIZE + COMMENT_MAX ? size - END_SIZE - COMMENT_MAX : 0;
    uint64_t to = size;

    if (size < END_SIZE)
        return damaged(err, "it ends too early; was it sent whole?");
    while (to > lowest) {
        const uint64_t from = to - lowest > sizeof(block) ? to - sizeof(block) : lowest;
        const size_t len = (size_t)(to - from);
        const enum rc rc = read_at(fd, block, len, from, err);

        if (rc)
            return rc;
        for (size_t i = len; i >= END_SIZE; i--) {
            const unsigned char *found = block + i - END_SIZE;

            if (is_signed(found, 5, 6) && from + i + u16(found + 20) == size) {
                memcpy(end, found, END_SIZE);
                *at = from + i - END_SIZE;
                return RC_OK;
            }
        }
        if (from == lowest)
            break;
        to = from + END_SIZE - 1;
    }
    return damaged(err, "it has no table of contents; was it sent whole?");
}

/* The larger record of large files, when there is one before the end record. */
static enum rc read_end64(struct zip_directory *dir, uint64_t end_at, uint64_t *size,
                          struct error *err)
{
    unsigned char locator[LOCATOR_SIZE], end[END64_SIZE];
    uint64_t at;
    enum rc rc;

    if (end_at < LOCATOR_SIZE)
        return RC_OK;
    rc = read_at(dir->fd, locator, sizeof(locator), end_at - LOCATOR_SIZE, err);
    if (rc || !is_signed(locator, 6, 7))
        return rc;
    at = little(locator + 8, 8);
    if (end_at < LOCATOR_SIZE + END64_SIZE || at > end_at - LOCATOR_SIZE - END64_SIZE)
        return damaged(err, "its table of contents lies outside of it");
    rc = read_at(dir->fd, end, sizeof(end), at, err);
    if (rc)
        return rc;
    if (!is_signed(end, 6, 6))
        return damaged(err, "its table of contents is not where it should be");
    dir->n = little(end + 32, 8);
    *size = little(end + 40, 8);
    dir->begin = little(end + 48, 8);
    dir->end = at;
    return RC_OK;
}

enum rc zip_directory_open(int fd, uint64_t size, struct zip_directory *dir, struct error *err)
{
    struct zip_directory d = { .fd = fd };
    unsigned char end[END_SIZE];
    uint64_t end_at = 0, len;
    enum rc rc = find_end(fd, size, &end_at, end, err);

    if (rc)
        return rc;
    if (u16(end + 4) != u16(end + 6))
        return error_set(err, RC_INVALID, "a .zip file in several parts; expected it in one");
    d.n = u16(end + 10);
    len = u32(end + 12);
    d.begin = u32(end + 16);
    d.end = end_at;
    rc = read_end64(&d, end_at, &len, err);
    if (rc)
        return rc;
    /* Also what stands before the first entry (a program that unpacks itself) ends here. */
    if (d.begin > d.end || len != d.end - d.begin)
        return damaged(err, "its table of contents is not where it should be");
    d.next = d.begin;
    *dir = d;
    return RC_OK;
}

/* --- an entry --- */

/* As the name may be shown: what is not valid UTF-8 (older tools write code page 437) as '?', and
 * control characters too. */
static void show_name(char name[ARCHIVE_NAME_SIZE], const char *raw, size_t len)
{
    size_t at = 0, to = 0;

    while (at < len) {
        const size_t from = at;
        const bool good = utf8_next(raw, len, &at) != UTF8_BAD;

        if (!good)
            at = from + 1;
        if (to + (good ? at - from : 1) >= ARCHIVE_NAME_SIZE)
            break;
        if (!good || (unsigned char)raw[from] < ' ' || raw[from] == 0x7f) {
            name[to++] = '?';
        } else {
            memcpy(name + to, raw + from, at - from);
            to += at - from;
        }
    }
    name[to] = '\0';
}

static bool has_dots(const char *raw, size_t len)
{
    for (size_t at = 0; at <= len;) {
        const char *slash = at < len ? memchr(raw + at, '/', len - at) : NULL;
        const size_t part = slash ? (size_t)(slash - raw) - at : len - at;

        if (part == 2 && raw[at] == '.' && raw[at + 1] == '.')
            return true;
        at += part + 1;
    }
    return false;
}

static const char *name_fault(const char *raw, size_t len)
{
    if (len == 0)
        return "has no name";
    if (memchr(raw, '\0', len))
        return "has a zero byte in its name";
    if (raw[0] == '/' || (len > 1 && raw[1] == ':'))
        return "has an absolute name; expected one without a leading / or drive letter";
    if (memchr(raw, '\\', len))
        return "has a backslash in its name; expected / between folders";
    if (has_dots(raw, len))
        return "leads out of its folder (\"..\")";
    return NULL;
}

static bool is_aside(const char *raw, size_t len)
{
    const char *base = raw;

    if (len >= 9 && memcmp(raw, "__MACOSX/", 9) == 0)
        return true;
    for (size_t i = 0; i + 1 < len; i++)
        base = raw[i] == '/' ? raw + i + 1 : base;
    return *base == '.';
}

/* What the entry is, by the system that packed it; 0: it does not say, so it is a file. */
static unsigned file_type(const unsigned char *central)
{
    const unsigned char system = central[5];

    return system == 3 || system == 19 ? (u32(central + 38) >> 16) & S_IFMT : 0; /* unix, macOS */
}

static const char *kind_fault(const unsigned char *central)
{
    const unsigned type = file_type(central);
    const uint16_t method = u16(central + 10);

    if (u16(central + 8) & FLAG_HIDDEN)
        return "is encrypted; expected one without a password";
    if (u16(central + 8) & FLAG_PATCHED)
        return "is a patch for another file";
    if (type == S_IFLNK)
        return "is a link";
    /* A pipe is what `zip -` calls what it read from one: bytes as any others. */
    if (type && type != S_IFREG && type != S_IFDIR && type != S_IFIFO)
        return "is neither a file nor a folder";
    if (method != METHOD_STORED && method != METHOD_DEFLATE)
        return "is packed in a way that is not taken; expected \"deflate\", the usual one";
    return NULL;
}

static enum rc refuse(struct error *err, const struct zip_entry *e, const char *fault)
{
    return error_set(err, RC_INVALID, "entry \"%.120s\" %s", e->name, fault);
}

/* Sizes and place beyond 32 bits stand in an extra field (APPNOTE 4.5.3), each only if its plain
 * field is full. */
static bool read_extra64(const unsigned char *extra, size_t len, uint64_t *fields[3],
                         const bool wanted[3])
{
    while (len >= 4) {
        const unsigned id = u16(extra);
        size_t left = u16(extra + 2);
        const unsigned char *at = extra + 4;

        if (left > len - 4)
            return false;
        len -= 4 + left;
        extra = at + left;
        if (id != 1)
            continue;
        for (int i = 0; i < 3; i++) {
            if (!wanted[i])
                continue;
            if (left < 8)
                return false;
            *fields[i] = little(at, 8);
            at += 8;
            left -= 8;
        }
        return true;
    }
    return !wanted[0] && !wanted[1] && !wanted[2];
}

/* What stands before the data must say the same as the directory; *data is where those begin. */
static enum rc read_local(const struct zip_directory *dir, const unsigned char *central,
                          const char *raw, size_t raw_len, uint64_t at, struct zip_entry *e,
                          struct error *err)
{
    unsigned char local[LOCAL_SIZE];
    char name[ARCHIVE_NAME_SIZE];
    enum rc rc;

    if (at > dir->begin || dir->begin - at < LOCAL_SIZE + raw_len)
        return refuse(err, e, "lies outside of the .zip file");
    rc = read_at(dir->fd, local, sizeof(local), at, err);
    if (!rc)
        rc = read_at(dir->fd, name, raw_len, at + LOCAL_SIZE, err);
    if (rc)
        return rc;
    if (!is_signed(local, 3, 4) || u16(local + 8) != u16(central + 10) ||
        (u16(local + 6) & FLAG_HIDDEN) || u16(local + 26) != raw_len ||
        memcmp(name, raw, raw_len) != 0)
        return refuse(err, e, "is not what the table of contents says");
    e->data = at + LOCAL_SIZE + raw_len + u16(local + 28);
    if (e->data > dir->begin || dir->begin - e->data < e->packed)
        return refuse(err, e, "lies outside of the .zip file");
    return RC_OK;
}

/* Against limits, and entries that share their data: the sums of honest ones fit into the file. */
static enum rc count(struct zip_directory *dir, const struct archive_limits *limits,
                     const struct zip_entry *e, struct error *err)
{
    if (++dir->seen > limits->entries)
        return error_set(err, RC_INVALID, "more than %u entries in the .zip file; expected fewer",
                         limits->entries);
    if (e->packed > dir->begin - dir->packed)
        return refuse(err, e, "shares its data with another entry");
    dir->packed += e->packed;
    if (e->unpacked > limits->bytes - dir->unpacked)
        return error_set(err, RC_INVALID,
                         "entry \"%.120s\" makes the unpacked file larger than %" PRIu64 " bytes",
                         e->name, limits->bytes);
    dir->unpacked += e->unpacked;
    return RC_OK;
}

static enum rc read_extra(struct zip_directory *dir, const unsigned char *central, uint64_t at,
                          struct zip_entry *e, uint64_t *local_at, struct error *err)
{
    unsigned char extra[2048];
    const size_t len = u16(central + 30);
    uint64_t *fields[3] = { &e->unpacked, &e->packed, local_at };
    const bool wanted[3] = { e->unpacked == UINT32_MAX, e->packed == UINT32_MAX,
                             *local_at == UINT32_MAX };
    enum rc rc;

    if (!wanted[0] && !wanted[1] && !wanted[2])
        return RC_OK;
    if (len > sizeof(extra))
        return refuse(err, e, "has an extra field that is too long");
    rc = read_at(dir->fd, extra, len, at, err);
    if (rc)
        return rc;
    return read_extra64(extra, len, fields, wanted) ? RC_OK : refuse(err, e, "has no size");
}

enum rc zip_directory_next(struct zip_directory *dir, const struct archive_limits *limits,
                           struct zip_entry *entry, struct error *err)
{
    unsigned char central[CENTRAL_SIZE];
    char raw[ARCHIVE_NAME_SIZE];
    struct zip_entry e = { 0 };
    uint64_t local_at;
    const char *fault;
    size_t len;
    enum rc rc;

    if (dir->next == dir->end)
        return dir->seen == dir->n ? RC_NOTFOUND
                                   : damaged(err, "its table of contents has another length");
    if (dir->end - dir->next < CENTRAL_SIZE)
        return damaged(err, "its table of contents is cut");
    rc = read_at(dir->fd, central, sizeof(central), dir->next, err);
    if (rc)
        return rc;
    len = u16(central + 28);
    if (!is_signed(central, 1, 2))
        return damaged(err, "its table of contents is not one");
    if (len >= sizeof(raw))
        return error_set(err, RC_INVALID, "an entry's name is longer than %zu bytes",
                         sizeof(raw) - 1);
    rc = read_at(dir->fd, raw, len, dir->next + CENTRAL_SIZE, err);
    if (rc)
        return rc;
    show_name(e.name, raw, len);
    fault = name_fault(raw, len);
    fault = fault ? fault : kind_fault(central);
    if (fault)
        return refuse(err, &e, fault);
    e.folder = raw[len - 1] == '/' || file_type(central) == S_IFDIR;
    e.aside = is_aside(raw, len);
    e.form = u16(central + 10) == METHOD_STORED ? UNPACK_STORED : UNPACK_DEFLATE;
    e.crc = u32(central + 16);
    e.packed = u32(central + 20);
    e.unpacked = u32(central + 24);
    local_at = u32(central + 42);
    rc = read_extra(dir, central, dir->next + CENTRAL_SIZE + len, &e, &local_at, err);
    if (!rc)
        rc = read_local(dir, central, raw, len, local_at, &e, err);
    if (!rc)
        rc = count(dir, limits, &e, err);
    if (rc)
        return rc;
    dir->next += CENTRAL_SIZE + len + u16(central + 30) + u16(central + 32);
    if (dir->next > dir->end)
        return damaged(err, "its table of contents is cut");
    *entry = e;
    return RC_OK;
}
