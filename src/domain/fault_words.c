/*
 * fault_words.c - two tables of French sentences. `$v` is the value, `$f` the field, `$1` and `$2`
 * the numbers of the English sentence, `$a` what it says after "such as", `$n` after "none of",
 * `$r` all of it.
 */
#include "domain/fault_words.h"

#include <stdio.h>
#include <string.h>

#include "domain/utf8.h"

const char *answer_language_name(enum answer_language l)
{
    return l == ANSWER_FR ? "fr" : "en";
}

/* The first line with the code and the field speaks; a field of NULL is any. */
static const struct {
    const char *code, *field, *french;
} row_words[] = {
    { "missing", NULL, "$f manque" },
    { "too_long", NULL, "plus de $1 caractères, ce qui est trop long" },
    { "bad_date", NULL, "« $v » n'est pas une date comme $a" },
    { "bad_number", "weight", "« $v » n'est pas un poids en kg comme 12,5" },
    { "bad_number", "collect",
      "« $v » n'est pas un montant à deux décimales au plus, comme 49,90" },
    { "bad_number", NULL, "« $v » n'est pas un nombre acceptable" },
    { "out_of_range", "birth_date", "« $v » est dans le futur" },
    { "out_of_range", "ordered_at", "« $v » est dans le futur" },
    { "out_of_range", "consent_at", "« $v » est dans le futur" },
    { "out_of_range", "weight", "« $v » n'est pas entre 0 et 100000 kg" },
    { "out_of_range", "collect", "« $v » n'est pas entre 0 et 100 millions" },
    { "out_of_range", "window_to", "le créneau finit avant de commencer" },
    { "out_of_range", "valid_to", "le prix finit avant de commencer" },
    { "out_of_range", NULL, "« $v » est hors des limites permises" },
    { "unknown_value", "country",
      "« $v » n'est pas un pays en deux lettres (ISO 3166, par exemple FR)" },
    { "unknown_value", "language",
      "« $v » n'est pas une langue en deux lettres (ISO 639, par exemple fr)" },
    { "unknown_value", "currency",
      "« $v » n'est pas une devise en trois lettres (ISO 4217, par exemple EUR)" },
    { "unknown_value", "timezone", "« $v » n'est pas un fuseau horaire comme Europe/Paris" },
    { "unknown_value", "status", "« $v » n'est aucun de : $n" },
    { "unknown_value", "consent_sms", "« $v » n'est ni oui ni non" },
    { "unknown_value", "consent_email", "« $v » n'est ni oui ni non" },
    { "unknown_value", "minor", "« $v » n'est ni oui ni non" },
    { "unknown_value", "do_not_contact", "« $v » n'est ni oui ni non" },
    { "unknown_value", NULL, "« $v » n'est pas une valeur connue" },
    { "encoding", NULL, "un octet qui n'est pas une lettre dans le codage du fichier" },
    { "missing_columns", NULL, "$1 colonnes au lieu de $2" },
    { "extra_columns", NULL, "$1 colonnes au lieu de $2" },
    { "unknown_code", "owner", "personne dont l'identifiant est « $v » ne travaille ici" },
    { "unknown_code", NULL, "« $v » n'est pas connu ici, et ce profil ne peut pas le créer" },
    { "unknown_field", NULL, "aucun champ de ce nom n'existe ici" },
    { "unknown_customer", NULL, "aucun client n'a ce numéro" },
    { "unknown_order", NULL, "aucune commande n'a ce numéro" },
    { "unknown_invoice", NULL, "aucune facture n'a ce numéro" },
    { "other_currency", NULL, "la facture est dans une autre devise" },
    { "bad_pattern", NULL, "« $v » n'a pas la forme que le profil attend" },
    { "schema", NULL, "l'enregistrement ne respecte pas le schéma : $r" },
    { "message_type", NULL, "un message de type « $v », qui n'est pas accepté ici" },
    { "erased", NULL, "ce client a demandé à être oublié" },
    { "phone_empty", NULL, "le numéro de téléphone est vide" },
    { "phone_not_a_number", NULL, "« $v » n'est pas un numéro de téléphone" },
    { "phone_too_short", NULL, "« $v » a trop peu de chiffres pour un numéro de téléphone" },
    { "phone_too_long", NULL, "« $v » a trop de chiffres pour un numéro de téléphone" },
    { "phone_invalid", NULL, "« $v » est un numéro qui n'existe pas dans son pays" },
    { "mail_empty", NULL, "l'adresse de courriel est vide" },
    { "mail_too_long", NULL, "l'adresse de courriel dépasse 254 octets" },
    { "mail_no_at", NULL, "« $v » n'a pas de @" },
    { "mail_bad_local", NULL,
      "« $v » a devant le @ quelque chose qu'aucune adresse de courriel ne peut y avoir" },
    { "mail_bad_domain", NULL, "« $v » n'a pas de nom de domaine derrière le @" },
};
#define ROW_WORDS (sizeof(row_words) / sizeof(row_words[0]))

/* English patterns, in which `*` is any text, and the French, in which `$1` ... are those. */
static const struct {
    const char *english, *french;
} file_words[] = {
    { "line *: two columns are named \"*\"", "ligne $1 : deux colonnes s'appellent « $2 »" },
    { "line *: no column \"*\" (for *); the header says: *",
      "ligne $1 : il n'y a pas de colonne « $2 » (pour $3) ; l'en-tête dit : $4" },
    { "line *: no column \"*\": the separator looks like \"*\", and the profile says \"*\"",
      "ligne $1 : il n'y a pas de colonne « $2 » : le séparateur semble être « $3 », et le profil "
      "dit « $4 »" },
    { "line *: more than * columns", "ligne $1 : plus de $2 colonnes" },
    { "line *: the record that begins here is longer than * bytes; is a quote not closed?",
      "ligne $1 : l'enregistrement qui commence ici dépasse $2 octets ; un guillemet n'est-il pas "
      "fermé ?" },
    { "line * or soon after: a zero byte; is it UTF-16 without its byte order mark, or no CSV?",
      "ligne $1 ou peu après : un octet nul ; est-ce de l'UTF-16 sans marque d'ordre, ou autre "
      "chose que du CSV ?" },
    { "line *: the record that begins here has a quote that is never closed",
      "ligne $1 : l'enregistrement qui commence ici a un guillemet qui n'est jamais fermé" },
    { "line 1: the file is empty", "ligne 1 : le fichier est vide" },
    { "line *: the file ends too early", "ligne $1 : le fichier finit trop tôt" },
    { "line *: too deep", "ligne $1 : imbrication trop profonde" },
    { "line *: a DOCTYPE, which is not taken", "ligne $1 : un DOCTYPE, ce qui n'est pas accepté" },
    { "line *: entity &*; is not taken", "ligne $1 : l'entité &$2; n'est pas acceptée" },
    { "line 1: the document is not a \"*\" in \"*\"",
      "ligne 1 : le document n'est pas un « $1 » dans « $2 »" },
    { "line 1: encoding \"*\" is not taken (*)",
      "ligne 1 : le codage « $1 » n'est pas accepté (UTF-8, ISO-8859-1, ISO-8859-15 et "
      "windows-1252 le sont)" },
    { "line *: the file ends too early: no *", "ligne $1 : le fichier finit trop tôt : pas de $2" },
    { "line *, segment *: the file ends within a segment; is its terminator missing?",
      "ligne $1, segment $2 : le fichier finit dans un segment ; son terminateur manque-t-il ?" },
    { "a file packed by *; expected .gz, .zip or unpacked",
      "un fichier compressé par $1 ; attendu : .gz, .zip ou non compressé" },
    { "an office document (a spreadsheet?); expected its rows as CSV text",
      "un document de bureautique (un tableur ?) ; attendu : ses lignes en texte CSV" },
    { "there is no file in the .zip file", "il n'y a aucun fichier dans le fichier .zip" },
    { "larger than * bytes when it is unpacked", "plus de $1 octets une fois décompressé" },
    { "more than * times as large when it is unpacked; is it a zip bomb?",
      "plus de $1 fois plus grand une fois décompressé ; est-ce une bombe zip ?" },
    { "the packed data is damaged: its checksum is wrong",
      "les données compressées sont abîmées : leur somme de contrôle est fausse" },
    { "the packed file ends too early: was it sent whole?",
      "le fichier compressé finit trop tôt : a-t-il été envoyé en entier ?" },
    { "document number * was taken before, as import * (*), and the content differs; nothing of "
      "this "
      "file was done. To correct it, send a file with a new number, or have import * undone first",
      "le document numéro $1 a déjà été pris, par l'import $2 ($3), avec un autre contenu ; rien "
      "de "
      "ce fichier n'a été fait. Pour le corriger, envoyez un fichier d'un nouveau numéro, ou "
      "faites "
      "d'abord annuler l'import $2" },
    { "no files of this name are taken; expected one like *",
      "les fichiers de ce nom ne sont pas pris ; attendu : un nom comme $1" },
    { "* bytes; expected at most * (take.max_bytes)",
      "$1 octets ; attendu : au plus $2 (take.max_bytes)" },
    { "more than * entries in the .zip file; expected fewer",
      "plus de $1 fichiers dans le fichier .zip ; attendu : moins" },
    { "entry \"*\" makes the unpacked file larger than * bytes",
      "avec « $1 », le fichier décompressé dépasse $2 octets" },
    { "entry \"*\" leads out of its folder (\"..\")", "« $1 » mène hors de son dossier (« .. »)" },
    { "entry \"*\" is encrypted; expected one without a password",
      "« $1 » est chiffré ; attendu : sans mot de passe" },
    { "entry \"*\" is a link", "« $1 » est un lien" },
    { "entry \"*\" *", "« $1 » n'est pas accepté : $2" },
    { "a file packed by * inside the packed one; expected it packed once",
      "un fichier compressé par $1 dans le fichier compressé ; attendu : une seule compression" },
    { "the packed data is damaged: *", "les données compressées sont abîmées : $1" },
    { "the .zip file is damaged: *", "le fichier .zip est abîmé : $1" },
    { "bytes behind the end of the packed file", "des octets après la fin du fichier compressé" },
    { "the file, with this content, is neither in done/ nor in failed/ any more; please drop it "
      "again",
      "le fichier, avec ce contenu, n'est plus ni dans done/ ni dans failed/ ; merci de le "
      "déposer de nouveau" },
    { "our copy of the file was lost; please drop it again",
      "notre copie du fichier a été perdue ; merci de le déposer de nouveau" },
    { "rows * to * could not be stored; the rows before them were",
      "les lignes de données $1 à $2 n'ont pas pu être enregistrées ; celles d'avant l'ont été" },
    { "rows * to * could not be stored", "les lignes de données $1 à $2 n'ont pas pu être "
                                         "enregistrées" },
    { "rows * to * could not be stored; rows * to *, behind them, were",
      "les lignes de données $1 à $2 n'ont pas pu être enregistrées ; les lignes $3 à $4, après "
      "elles, l'ont été" },
    { "rows * to * could not be stored; the rows before them were; rows * to *, behind them, were",
      "les lignes de données $1 à $2 n'ont pas pu être enregistrées ; celles d'avant et les lignes "
      "$3 à $4, après elles, l'ont été" },
    { "cancelled by *; * rows had been applied",
      "le traitement a été arrêté par $1 ; lignes déjà appliquées : $2" },
    { "cancelled by *; * row had been applied",
      "le traitement a été arrêté par $1 ; lignes déjà appliquées : $2" },
    { "cancelled by * before any row was applied",
      "le traitement a été arrêté par $1 avant la première ligne" },
    { "* of * rows are faulty, and the limit is *: nothing of the file was taken",
      "$1 lignes sur $2 sont en faute, et la limite est $3 : rien du fichier n'a été pris" },
    { "* of * rows are faulty, and the limit is *: nothing of the file is taken",
      "$1 lignes sur $2 sont en faute, et la limite est $3 : rien du fichier n'est pris" },
    { "* of * rows are faulty, and the limit is *: the rest of the file is not taken; what was "
      "taken "
      "of it before stays, as it can no longer be taken back",
      "$1 lignes sur $2 sont en faute, et la limite est $3 : le reste du fichier n'est pas pris ; "
      "ce qui en a été pris avant reste, car cela ne peut plus être annulé" },
    { "* of * rows are faulty, and the limit is *",
      "$1 lignes sur $2 sont en faute, et la limite est $3" },
    { "line *, segment *: *", "ligne $1, segment $2 : le fichier ne peut pas être lu : $3" },
    { "line *: *", "ligne $1 : le fichier ne peut pas être lu : $2" },
    { "*", "le fichier n'a pas été pris : $1" },
};
#define FILE_WORDS (sizeof(file_words) / sizeof(file_words[0]))

#define PARTS_MAX 4

struct part {
    const char *text;
    size_t len;
};

/* --- putting a sentence together --- */

struct sentence {
    char *text;
    size_t len;
};

static void say(struct sentence *s, const char *text, size_t len)
{
    const size_t room = FAULT_SENTENCE_SIZE - 1 - s->len;
    const size_t kept = len <= room ? len : utf8_cut(text, len, room);

    memcpy(s->text + s->len, text, kept);
    s->len += kept;
    s->text[s->len] = '\0';
}

/* `part` gives what `$x` stands for. */
static void say_pattern(struct sentence *s, const char *pattern,
                        struct part (*part)(const void *arg, char x), const void *arg)
{
    while (*pattern) {
        const size_t plain = strcspn(pattern, "$");

        say(s, pattern, plain);
        pattern += plain;
        if (*pattern) {
            const struct part p = part(arg, pattern[1]);

            say(s, p.text, p.len);
            pattern += 2;
        }
    }
}

/* --- a row --- */

#define ALSO_WRONG "; also wrong: "

/* The n-th number of the text, from 1. */
static struct part number_in(const char *text, int n)
{
    for (; *text; text++) {
        const size_t len = strspn(text, "0123456789");

        if (len && --n == 0)
            return (struct part){ text, len };
        text += len ? len - 1 : 0;
    }
    return (struct part){ "?", 1 };
}

/* What stands behind the words `behind`, up to the other fields at fault. */
static struct part rest_of(const char *text, const char *behind)
{
    const char *from = strstr(text, behind), *end;

    if (!from)
        return (struct part){ "?", 1 };
    from += strlen(behind);
    end = strstr(from, ALSO_WRONG);
    return (struct part){ from, end ? (size_t)(end - from) : strlen(from) };
}

static struct part row_part(const void *arg, char x)
{
    const struct fault_said *fault = arg;

    switch (x) {
    case 'v':
        return (struct part){ fault->value, strlen(fault->value) };
    case 'f':
        return (struct part){ fault->field, strlen(fault->field) };
    case 'a':
        return rest_of(fault->reason, "such as ");
    case 'n':
        return rest_of(fault->reason, "none of ");
    case 'r':
        return rest_of(fault->reason, "");
    case '1':
    case '2':
        return number_in(fault->reason, x - '0');
    }
    return (struct part){ "", 0 };
}

static const char *row_pattern(const struct fault_said *fault)
{
    for (size_t i = 0; i < ROW_WORDS; i++) {
        if (strcmp(row_words[i].code, fault->code) == 0 &&
            (!row_words[i].field || strcmp(row_words[i].field, fault->field) == 0))
            return row_words[i].french;
    }
    return NULL;
}

/* "dates such as 23/11/2026 or 23/11/2026 08:30": its one English word. */
static void turn_or(char *text)
{
    char * or = strstr(text, " or ");

    if (or)
        memcpy(or, " ou ", 4);
}

const char *fault_sentence(const struct fault_said *fault, enum answer_language language,
                           char out[FAULT_SENTENCE_SIZE])
{
    const char *pattern = language == ANSWER_FR ? row_pattern(fault) : NULL;
    const char *also = strstr(fault->reason, ALSO_WRONG);
    struct sentence s = { out, 0 };

    if (!pattern)
        return fault->reason;
    out[0] = '\0';
    say_pattern(&s, pattern, row_part, fault);
    if (strstr(pattern, "$a"))
        turn_or(out);
    if (also) {
        say(&s, " ; aussi en faute : ", strlen(" ; aussi en faute : "));
        say(&s, also + strlen(ALSO_WRONG), strlen(also + strlen(ALSO_WRONG)));
    }
    return out;
}

bool fault_code_is_known(const char *code)
{
    for (size_t i = 0; i < ROW_WORDS; i++) {
        if (strcmp(row_words[i].code, code) == 0)
            return true;
    }
    return false;
}

/* --- a file --- */

/* Does all of `text` fit? A `*` takes as little as will do, one at the end all of the rest. */
static bool fits(const char *pattern, const char *text, struct part parts[PARTS_MAX])
{
    size_t n = 0;

    while (*pattern) {
        size_t plain;

        if (*pattern != '*') {
            plain = strcspn(pattern, "*");
            if (strncmp(pattern, text, plain) != 0)
                return false;
        } else {
            const char *end;
            char next[120];

            plain = strcspn(++pattern, "*");
            if (n == PARTS_MAX || plain >= sizeof(next))
                return false;
            snprintf(next, sizeof(next), "%.*s", (int)plain, pattern);
            end = plain ? strstr(text, next) : text + strlen(text);
            if (!end)
                return false;
            parts[n++] = (struct part){ text, (size_t)(end - text) };
            text = end;
        }
        pattern += plain;
        text += plain;
    }
    return !*text;
}

static struct part file_part(const void *arg, char x)
{
    const struct part *parts = arg;

    return x > '0' && x <= '0' + PARTS_MAX ? parts[x - '1'] : (struct part){ "", 0 };
}

/* "entry \"a.csv\": ...": of a packed file. */
static const char *say_entry(struct sentence *s, const char *reason)
{
    struct part parts[PARTS_MAX] = { { "", 0 } };

    if (!fits("entry \"*\": *", reason, parts))
        return reason;
    say_pattern(s, "entrée « $1 » : ", file_part, parts);
    return parts[1].text;
}

const char *file_fault_sentence(const char *reason, enum answer_language language,
                                char out[FAULT_SENTENCE_SIZE])
{
    struct sentence s = { out, 0 };

    if (language != ANSWER_FR || !*reason)
        return reason;
    out[0] = '\0';
    reason = say_entry(&s, reason);
    for (size_t i = 0; i < FILE_WORDS; i++) {
        struct part parts[PARTS_MAX] = { { "", 0 } };

        if (fits(file_words[i].english, reason, parts)) {
            say_pattern(&s, file_words[i].french, file_part, parts);
            break;
        }
    }
    return out;
}
