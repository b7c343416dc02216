/* intake_mail.c - a sentence of figures, and the receipt behind it. */
#include "flow/intake_mail.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX ((size_t)2 << 20) /* of a receipt that is attached: it is read as a whole */

static const char *type_of(enum receipt_format format)
{
    static const char *const types[] = { [RECEIPT_CSV] = "text/csv",
                                         [RECEIPT_XML] = "application/xml",
                                         [RECEIPT_JSON] = "application/json" };

    return types[format];
}

static enum rc read_all(int fd, char *to, size_t size)
{
    size_t len = 0;

    while (len < size) {
        const ssize_t got = read(fd, to + len, size - len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return RC_AGAIN;
        len += (size_t)got;
    }
    return RC_OK;
}

/* Larger than FILE_MAX: only its size. */
static enum rc read_receipt(int out_dir, struct intake_mail *m)
{
    const int fd = openat(out_dir, m->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;
    enum rc rc = RC_AGAIN;

    if (fd < 0 && errno == ENOENT) { /* a quick partner has taken it away: then it has it */
        m->mail.file_name = NULL;
        return RC_OK;
    }
    if (fd < 0)
        return RC_AGAIN;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= 0) {
        rc = RC_OK;
        m->mail.file_size = (size_t)st.st_size;
        if (m->mail.file_size <= FILE_MAX) {
            m->file = malloc(m->mail.file_size + 1);
            rc = m->file ? read_all(fd, m->file, m->mail.file_size) : RC_AGAIN;
        }
    }
    close(fd);
    m->mail.file = m->file;
    return rc;
}

static void say(struct intake_mail *m, const struct profile *profile, const struct import *imp)
{
    const bool french = profile->receipt.language == ANSWER_FR;
    const bool failed = imp->state == IMPORT_FAILED, stopped = failed && imp->rows_taken;

    snprintf(m->subject, sizeof(m->subject), french ? "Accusé : %s, %s" : "Receipt: %s, %s",
             imp->file_name,
             stopped  ? french ? "arrêté" : "stopped"
             : failed ? french ? "refusé" : "refused"
             : french ? "pris"
                      : "taken");
    snprintf(m->text, sizeof(m->text),
             french ? "Fichier : %s\nImport : %" PRIu64 "\nLignes : %" PRIu64 "\nPrises : %" PRIu64
                      "\nInchangées : %" PRIu64 "\nRefusées : %" PRIu64 "\n\nAccusé : %s\n"
                    : "File: %s\nImport: %" PRIu64 "\nRows: %" PRIu64 "\nTaken: %" PRIu64
                      "\nUnchanged: %" PRIu64 "\nRefused: %" PRIu64 "\n\nReceipt: %s\n",
             imp->file_name, imp->id, imp->rows_total, imp->rows_taken, imp->rows_unchanged,
             imp->rows_refused, m->name);
}

enum rc intake_mail_make(int out_dir, const struct profile *profile, const struct import *imp,
                         struct intake_mail *mail)
{
    const enum receipt_format format = (enum receipt_format)profile->receipt.format;

    *mail = (struct intake_mail){ .file = NULL };
    if (!*profile->receipt.mail)
        return RC_NOTFOUND;
    receipt_file_name(mail->name, imp->file_name, imp->id, format);
    say(mail, profile, imp);
    mail->mail = (struct mail_new){
        .kind = "receipt",
        .to = profile->receipt.mail,
        .subject = mail->subject,
        .text = mail->text,
        .file_name = mail->name,
        .file_type = type_of(format),
        .file_max = FILE_MAX,
        .too_large = profile->receipt.language == ANSWER_FR
                         ? "Il est trop grand pour un courriel : il est dans out/."
                         : "It is too large for a mail: it is in out/.",
    };
    return read_receipt(out_dir, mail);
}

void intake_mail_close(struct intake_mail *mail)
{
    free(mail->file);
    mail->file = NULL;
}
