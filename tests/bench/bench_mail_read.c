/*
 * bench_mail_read.c - mails of 10 KB from bytes to facts, and what one of 25 MB costs.
 *
 * One thread, no database: what a lane spends on the reading alone.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "channel/mail/mail_read.h"
#include "channel/mail/mime.h"

#define MAILS 20000
#define BYTES (10 << 10)
#define LARGE (25 << 20)

static const char head[] =
    "Return-Path: <ann@shop.example>\r\n"
    "Authentication-Results: mx.relais.example; dkim=pass header.d=shop.example\r\n"
    "Received: from mail.shop.example (mail.shop.example [192.0.2.1])\r\n"
    "\tby mx.relais.example (Postfix) with ESMTPS id 4F\r\n"
    "\tfor <r-token@relais.example>; Thu, 26 Nov 2026 08:00:00 +0100 (CET)\r\n"
    "DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=a; h=from:to:subject:date;\r\n"
    "\tbh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSb\r\n"
    "From: =?utf-8?q?Ren=C3=A9_Dupr=C3=A9?= <ann@shop.example>\r\n"
    "To: r-token@relais.example\r\n"
    "Subject: =?iso-8859-1?Q?Re:_Votre_colis_est_arriv=E9?=\r\n"
    "Date: Thu, 26 Nov 2026 08:00:00 +0100\r\n"
    "Message-ID: <CAF.1.2@mail.shop.example>\r\n"
    "In-Reply-To: <m.17@relais.example>\r\n"
    "References: <m.16@relais.example> <m.17@relais.example>\r\n"
    "MIME-Version: 1.0\r\n";
static const char quoted[] = "\r\n> On l'a d=C3=A9pos=C3=A9 chez le voisin, voil=C3=A0 tout.";

/* Of the processor: other programs on the machine do not count. */
static double cpu_us(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void fail(const char *what)
{
    fprintf(stderr, "bench_mail_read: %s\n", what);
    exit(1);
}

static void add_plain(struct buffer *b)
{
    buffer_add_text(b,
                    "Content-Type: text/plain; charset=utf-8\r\n"
                    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
                    "STOP\r\n\r\nLe jeu. 26 nov. 2026, Relais <r@relais.example> a =C3=A9crit :");
    while (b->len < BYTES)
        buffer_add_text(b, quoted);
    buffer_add_text(b, "\r\n");
}

static void add_html(struct buffer *b)
{
    buffer_add_text(b, "Content-Type: text/html; charset=\"windows-1252\"\r\n\r\n"
                       "<html><head><style>p { margin: 0 }</style></head><body><p>STOP</p>\r\n"
                       "<blockquote type=\"cite\"><table>\r\n");
    while (b->len < BYTES)
        buffer_add_text(b, "<tr><td style=\"padding: 4px; color: #333\">Votre colis &agrave; "
                           "<b>retirer</b><br></td><td>\xe9t\xe9</td></tr>\r\n");
    buffer_add_text(b, "</table></blockquote></body></html>\r\n");
}

static void add_attached(struct buffer *b, size_t bytes)
{
    char *zeros = calloc(1, bytes);

    if (!zeros)
        fail("no memory");
    buffer_add_text(b, "Content-Type: multipart/mixed; boundary=\"=_b1\"\r\n\r\n--=_b1\r\n"
                       "Content-Type: text/plain; charset=us-ascii\r\n\r\nthe file\r\n--=_b1\r\n"
                       "Content-Type: application/pdf; name=\"order.pdf\"\r\n"
                       "Content-Disposition: attachment; filename=\"order.pdf\"\r\n"
                       "Content-Transfer-Encoding: base64\r\n\r\n");
    mime_add_base64(b, zeros, bytes);
    buffer_add_text(b, "--=_b1--\r\n");
    free(zeros);
}

static void read_once(const struct mail_source *source, size_t parts)
{
    struct mail_read *m;
    struct arena arena;
    struct error err;

    arena_init(&arena);
    if (mail_read_open(source, &arena, &m, &err))
        fail(err.text);
    if (mail_read_facts(m)->n_parts != parts || !*mail_read_facts(m)->fresh)
        fail("a mail was read wrongly");
    mail_read_close(m);
    arena_close(&arena);
}

static double measure(const char *name, const struct buffer *b, size_t parts)
{
    const struct mail_source source = { .bytes = b->data, .fd = -1, .size = b->len };
    double begin, took;

    read_once(&source, parts);
    begin = cpu_us();
    for (int i = 0; i < MAILS; i++)
        read_once(&source, parts);
    took = cpu_us() - begin;
    printf("mail_read_%s_us %.1f us\n", name, took / MAILS);
    return took;
}

static long rss_mb(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss >> 10;
}

static enum rc count(void *arg, const void *bytes, size_t n)
{
    (void)bytes;
    *(size_t *)arg += n;
    return RC_OK;
}

/* From a file, as the listener leaves it; its attachment is read to the end. */
static void measure_large(int fd, size_t size)
{
    const struct mail_source source = { .fd = fd, .size = size };
    const double begin = cpu_us();
    const long before = rss_mb();
    struct mail_read *m;
    struct arena arena;
    struct error err;
    size_t decoded = 0;

    arena_init(&arena);
    if (mail_read_open(&source, &arena, &m, &err))
        fail(err.text);
    if (mail_read_part(m, 0, count, &decoded) || decoded != mail_read_facts(m)->parts[0].size)
        fail("the attachment was read wrongly");
    printf("# mail_read_25mb: bytes=%zu attachment=%zu\n", size, decoded);
    printf("mail_read_25mb_ms %.1f ms\n", (cpu_us() - begin) / 1000);
    printf("mail_read_25mb_more_rss_mb %ld MB\n", rss_mb() - before);
    mail_read_close(m);
    arena_close(&arena);
}

int main(void)
{
    struct buffer mail;
    double took = 0;
    size_t size;
    int fd = memfd_create("mail", MFD_CLOEXEC);

    /* The large mail goes first, and its making into another process: the peak of memory is this
     * process's for good. */
    buffer_init(&mail, (size_t)LARGE * 2);
    if (fork() == 0) {
        buffer_add_text(&mail, head);
        add_attached(&mail, LARGE / 4 * 3 / 78 * 76);
        _exit(write(fd, mail.data, mail.len) != (ssize_t)mail.len);
    }
    wait(NULL);
    size = (size_t)lseek(fd, 0, SEEK_END);
    measure_large(fd, size);
    close(fd);

    buffer_add_text(&mail, head);
    add_plain(&mail);
    took += measure("plain", &mail, 0);
    buffer_reset(&mail);
    buffer_add_text(&mail, head);
    add_html(&mail);
    took += measure("html", &mail, 0);
    buffer_reset(&mail);
    buffer_add_text(&mail, head);
    add_attached(&mail, BYTES / 4 * 3);
    took += measure("attached", &mail, 1);
    buffer_close(&mail);
    printf("mail_read_per_second %.0f /s\n", MAILS * 3 * 1e6 / took);
    printf("mail_read_peak_rss_mb %ld MB\n", rss_mb());
    return 0;
}
