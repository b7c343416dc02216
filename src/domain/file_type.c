/* file_type.c - marks at the beginning of files, and which names of types mean the same. */
#define _GNU_SOURCE /* memmem */
#include "domain/file_type.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "domain/utf8.h"

#define PROGRAM  "application/x-executable"
#define SCRIPT   "text/x-script"
#define OFFICE   "application/vnd.openxmlformats-officedocument."
#define WORD     OFFICE "wordprocessingml.document"
#define SHEET    OFFICE "spreadsheetml.sheet"
#define SLIDES   OFFICE "presentationml.presentation"
#define OLD_DOCS "application/x-ole-storage"

/* In this order: an exact mark goes before one that is found somewhere. */
static const struct mark {
    size_t offset;
    const char *bytes;
    size_t len;
    const char *type;
} marks[] = {
#define MARK(offset, bytes, type)              \
    {                                          \
        offset, bytes, sizeof(bytes) - 1, type \
    }
    MARK(0, "\x89PNG\r\n\x1a\n", "image/png"),
    MARK(0, "\xff\xd8\xff", "image/jpeg"),
    MARK(0, "GIF87a", "image/gif"),
    MARK(0, "GIF89a", "image/gif"),
    MARK(8, "WEBPVP8", "image/webp"),
    MARK(0, "II*\0", "image/tiff"),
    MARK(0, "MM\0*", "image/tiff"),
    MARK(4, "ftypheic", "image/heic"),
    MARK(4, "ftypmif1", "image/heic"),
    MARK(4, "ftypavif", "image/avif"),
    MARK(4, "ftypqt  ", "video/quicktime"),
    MARK(4, "ftyp", "video/mp4"),
    MARK(8, "WAVEfmt ", "audio/wav"),
    MARK(0, "ID3", "audio/mpeg"),
    MARK(0, "OggS", "application/ogg"),
    MARK(0, "\x1f\x8b", "application/gzip"),
    MARK(0, "BZh", "application/x-bzip2"),
    MARK(0,
         "\xfd"
         "7zXZ\0",
         "application/x-xz"),
    MARK(0, "7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    MARK(0, "Rar!\x1a\x07", "application/vnd.rar"),
    MARK(257, "ustar", "application/x-tar"),
    MARK(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLD_DOCS),
    MARK(0, "{\\rtf", "application/rtf"),
    MARK(0,
         "\x7f"
         "ELF",
         PROGRAM),
    MARK(0, "\xca\xfe\xba\xbe", PROGRAM),
    MARK(0, "\xfe\xed\xfa\xce", PROGRAM),
    MARK(0, "\xfe\xed\xfa\xcf", PROGRAM),
    MARK(0, "\xce\xfa\xed\xfe", PROGRAM),
    MARK(0, "\xcf\xfa\xed\xfe", PROGRAM),
    /* a shortcut of Windows: its header's size, and the class it is of */
    MARK(0, "L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0", PROGRAM),
    MARK(0, "#!", SCRIPT),
#undef MARK
};
#define N_MARKS (sizeof(marks) / sizeof(marks[0]))

/* --- what is packed --- */

/* A document of an office is an archive; its parts' names are near its beginning, as they are. */
static const char *zip_type(const char *head, size_t n)
{
    static const struct {
        const char *name, *type;
    } parts[] = {
        { "mimetypeapplication/vnd.oasis.opendocument.text",
          "application/vnd.oasis.opendocument.text" },
        { "mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
          "application/vnd.oasis.opendocument.spreadsheet" },
        { "mimetypeapplication/vnd.oasis.opendocument.presentation",
          "application/vnd.oasis.opendocument.presentation" },
        { "mimetypeapplication/epub+zip", "application/epub+zip" },
        { "META-INF/MANIFEST.MF", PROGRAM }, /* .jar */
        { "word/", WORD },
        { "xl/", SHEET },
        { "ppt/", SLIDES },
    };

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (memmem(head, n, parts[i].name, strlen(parts[i].name)))
            return parts[i].type;
    }
    return "application/zip";
}

/* "MZ" may begin a letter, too. */
static bool is_windows_program(const unsigned char *head, size_t n)
{
    size_t at;

    if (n < 64 || head[0] != 'M' || head[1] != 'Z')
        return false;
    at = head[60] | (size_t)head[61] << 8 | (size_t)head[62] << 16 | (size_t)head[63] << 24;
    if (at + 2 <= n && (memcmp(head + at, "PE", 2) == 0 || memcmp(head + at, "NE", 2) == 0))
        return true;
    return memchr(head, '\0', 64) != NULL;
}

/* --- what is text --- */

/* No NUL, few other control characters; which charset it is in does not matter. */
static bool is_text(const char *head, size_t n)
{
    size_t strange = 0;

    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)head[i];

        if (c == '\0')
            return false;
        strange += c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1b;
    }
    return strange * 100 <= n;
}

static bool is_wide_text(const unsigned char *head, size_t n)
{
    return n >= 2 && ((head[0] == 0xff && head[1] == 0xfe) || (head[0] == 0xfe && head[1] == 0xff));
}

static const char *text_type(const char *head, size_t n)
{
    static const struct {
        const char *begins, *type;
    } kinds[] = {
        { "<?xml", "application/xml" },
        { "<!doctype html", "text/html" },
        { "<html", "text/html" },
        { "<svg", "image/svg+xml" },
        { "begin:vcalendar", "text/calendar" },
        { "begin:vcard", "text/vcard" },
    };

    if (n >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0) {
        head += 3;
        n -= 3;
    }
    for (; n && strchr(" \t\r\n", *head) && *head; n--)
        head++;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const size_t len = strlen(kinds[i].begins);

        if (n >= len && strncasecmp(head, kinds[i].begins, len) == 0)
            return kinds[i].type;
    }
    return "text/plain";
}

const char *file_type_of(const void *head, size_t n)
{
    const char *bytes = head;

    if (n > FILE_TYPE_HEAD)
        n = FILE_TYPE_HEAD;
    if (n == 0)
        return "text/plain";
    for (size_t i = 0; i < N_MARKS; i++) {
        const struct mark *m = &marks[i];

        if (n >= m->offset + m->len && memcmp(bytes + m->offset, m->bytes, m->len) == 0)
            return m->type;
    }
    if (n >= 4 && memcmp(bytes, "PK\x03\x04", 4) == 0)
        return zip_type(bytes, n);
    if (is_windows_program(head, n))
        return PROGRAM;
    /* Readers of PDF take it within the first kilobyte. */
    if (memmem(bytes, n < 1024 ? n : 1024, "%PDF-", 5))
        return "application/pdf";
    if (is_wide_text(head, n))
        return "text/plain";
    return is_text(bytes, n) ? text_type(bytes, n) : FILE_TYPE_UNKNOWN;
}

/* --- what is dangerous, and what lies --- */

bool file_type_is_program(const char *type, const char *name)
{
    static const char *const ends[] = { "exe", "com", "scr", "pif", "bat", "cmd", "js",   "jse",
                                        "vbs", "vbe", "wsf", "wsh", "hta", "msi", "msp",  "jar",
                                        "lnk", "ps1", "cpl", "dll", "reg", "apk", "app",  "dmg",
                                        "deb", "rpm", "sh",  "iso", "img", "chm", "appx", "xll" };
    const char *dot = strrchr(name, '.');

    if (strcmp(type, PROGRAM) == 0 || strcmp(type, SCRIPT) == 0)
        return true;
    for (size_t i = 0; dot && i < sizeof(ends) / sizeof(ends[0]); i++) {
        if (strcasecmp(dot + 1, ends[i]) == 0)
            return true;
    }
    return false;
}

/* Types of one group are names of one thing, or cannot be told apart by their beginning. */
enum group { NONE, TEXT, XML, JPEG, ZIP, OLD, GZIP, TAR, MOVIE, HEIC, RTF };

static enum group group_of(const char *type)
{
    static const struct {
        const char *begins;
        enum group group;
    } groups[] = {
        { "application/xml", XML },
        { "text/xml", XML },
        { "image/svg", XML },
        { "text/", TEXT },
        { "application/csv", TEXT },
        { "application/json", TEXT },
        { "application/edifact", TEXT },
        { "application/pgp-", TEXT },
        { "application/ics", TEXT },
        { "application/vcard", TEXT },
        { "application/x-csv", TEXT },
        { "message/", TEXT },
        { "image/jpeg", JPEG },
        { "image/jpg", JPEG },
        { "image/pjpeg", JPEG },
        { "application/zip", ZIP },
        { "application/x-zip", ZIP },
        { "application/vnd.openxmlformats", ZIP },
        { "application/vnd.oasis", ZIP },
        { "application/epub", ZIP },
        { "application/msword", OLD },
        { "application/vnd.ms-", OLD },
        { "application/x-ole", OLD },
        { "application/excel", OLD },
        { "application/gzip", GZIP },
        { "application/x-gzip", GZIP },
        { "application/x-tar", TAR },
        { "image/heic", HEIC },
        { "image/heif", HEIC },
        { "image/avif", HEIC },
        { "video/", MOVIE },
        { "audio/", MOVIE },
        { "application/ogg", MOVIE },
        { "application/rtf", RTF },
        { "text/rtf", RTF },
    };

    if (strncasecmp(type, "text/rtf", 8) == 0)
        return RTF;
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        if (strncasecmp(type, groups[i].begins, strlen(groups[i].begins)) == 0)
            return groups[i].group;
    }
    return NONE;
}

bool file_type_agrees(const char *declared, const char *found)
{
    const enum group said = group_of(declared), is = group_of(found);

    if (file_type_is_program(found, ""))
        return false;
    if (!*declared || strcasecmp(declared, FILE_TYPE_UNKNOWN) == 0 ||
        strcasecmp(declared, found) == 0)
        return true;
    /* XML is text, and an office saves its tables as CSV and calls them its own. */
    if ((said == TEXT || said == OLD || said == XML) && (is == TEXT || is == XML))
        return true;
    if (said == OLD && is == ZIP)
        return true;
    if (said == NONE && strncasecmp(declared, "image/", 6) != 0 &&
        strcasecmp(declared, "application/pdf") != 0)
        return true;
    return said != NONE && said == is;
}
