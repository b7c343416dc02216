/* export_page.c - see export_page.h. */
#include "control/export_page.h"

#include <inttypes.h>
#include <string.h>

/* Names of the API as people of each language say them. */
static const struct {
    const char *name, *english, *french;
} words[] = {
    { "identity", "Who you are", "Votre identité" },
    { "also_known_as", "Entries found to be you", "Fiches reconnues comme les vôtres" },
    { "numbers", "Customer numbers", "Numéros de client" },
    { "fields", "Further details", "Autres informations" },
    { "contact_points", "How to reach you", "Vos coordonnées" },
    { "consents", "What you allowed and refused", "Vos accords et vos refus" },
    { "orders", "Your orders", "Vos commandes" },
    { "statuses", "What happened to your orders", "Suivi de vos commandes" },
    { "invoices", "Your invoices", "Vos factures" },
    { "payments", "Your payments", "Vos paiements" },
    { "messages", "Messages to you", "Messages envoyés" },
    { "replies", "Messages from you", "Messages reçus de vous" },
    { "earlier_replies", "Messages from your numbers, before we knew you",
      "Messages reçus de vos numéros avant de vous connaître" },
    { "documents", "Files attached to your mails", "Fichiers joints à vos courriels" },
    { "tasks", "Why and when we meant to contact you", "Pourquoi et quand vous contacter" },
    { "contacts", "What came of our contacts", "Résultats de nos contacts" },
    { "contact_notes", "Notes about these contacts", "Notes sur ces contacts" },
    { "left_out_of", "Campaigns that left you out", "Campagnes dont vous étiez exclu" },
    { "acts", "What was done with your data", "Opérations sur vos données" },
    { "id", "no.", "n°" },
    { "first_name", "first name", "prénom" },
    { "last_name", "last name", "nom" },
    { "company", "company", "société" },
    { "language", "language", "langue" },
    { "street", "street", "rue" },
    { "postcode", "postcode", "code postal" },
    { "city", "town", "ville" },
    { "country", "country", "pays" },
    { "timezone", "time zone", "fuseau horaire" },
    { "birth_date", "date of birth", "date de naissance" },
    { "minor", "under age", "mineur" },
    { "do_not_contact", "not to be contacted", "ne pas contacter" },
    { "category", "category", "catégorie" },
    { "source", "source", "origine" },
    { "created_at", "since", "depuis" },
    { "updated_at", "last change", "dernière modification" },
    { "last_contact_at", "last contact", "dernier contact" },
    { "last_reply_at", "last reply", "dernière réponse" },
    { "erased_at", "erased", "effacé" },
    { "partner", "partner", "partenaire" },
    { "number", "number", "numéro" },
    { "name", "name", "nom" },
    { "value", "value", "valeur" },
    { "channel", "by", "par" },
    { "address", "number or address", "numéro ou adresse" },
    { "primary", "main one", "principal" },
    { "state", "state", "état" },
    { "at", "time (UTC)", "date (UTC)" },
    { "purpose", "for", "pour" },
    { "wording", "words", "termes" },
    { "source_ref", "reference", "référence" },
    { "sender", "sender", "expéditeur" },
    { "form", "form", "formulaire" },
    { "page", "page", "page" },
    { "remote_address", "from (IP)", "depuis (IP)" },
    { "signed_at", "signed", "signé le" },
    { "recorded_at", "recorded", "enregistré le" },
    { "ordered_at", "ordered", "commandé le" },
    { "status", "status", "statut" },
    { "product_range", "range", "gamme" },
    { "goods", "goods", "marchandise" },
    { "weight_g", "weight (g)", "poids (g)" },
    { "window_from", "delivery from", "livraison de" },
    { "window_to", "to", "à" },
    { "collect_cents", "to collect (cents)", "à encaisser (centimes)" },
    { "currency", "currency", "devise" },
    { "order", "order", "commande" },
    { "invoice", "invoice", "facture" },
    { "place", "place", "lieu" },
    { "note", "note", "remarque" },
    { "issued_on", "of", "du" },
    { "due_on", "due", "échéance" },
    { "paid_on", "paid on", "payé le" },
    { "amount_cents", "amount (cents)", "montant (centimes)" },
    { "paid_cents", "paid (cents)", "payé (centimes)" },
    { "text", "text", "texte" },
    { "subject", "subject", "objet" },
    { "mail", "of message no.", "du message n°" },
    { "document", "file no.", "fichier n°" },
    { "type", "type", "type" },
    { "bytes", "bytes", "octets" },
    { "class", "kind", "nature" },
    { "reason", "why", "motif" },
    { "campaign", "campaign", "campagne" },
    { "consent", "by consent no.", "par accord n°" },
    { "legal_basis", "by right of", "fondement" },
    { "from", "from", "de" },
    { "to", "to", "à" },
    { "keyword", "keyword", "mot-clé" },
    { "title", "what", "objet" },
    { "expected", "hoped for", "résultat attendu" },
    { "due_at", "by", "avant le" },
    { "done_at", "done", "fait le" },
    { "outcome", "result", "résultat" },
    { "next_at", "next contact", "prochain contact" },
    { "task", "of task no.", "de la tâche n°" },
    { "what", "what", "opération" },
    { "detail", "detail", "détail" },
};

static const char *word(const struct export_page *p, const char *name)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i].name, name) == 0)
            return p->language == EXPORT_FRENCH ? words[i].french : words[i].english;
    }
    return name;
}

/* --- escaping: whatever is in the data is a text, and nothing else --- */

static void put_html(FILE *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        case '\'':
            fputs("&#39;", out);
            break;
        default:
            if ((unsigned char)*text >= ' ' || *text == '\n' || *text == '\t')
                putc(*text, out);
        }
    }
}

static void put_json(FILE *out, const char *text)
{
    putc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else if ((unsigned char)*text < ' ')
            fprintf(out, "\\u%04x", (unsigned)*text);
        else
            putc(*text, out);
    }
    putc('"', out);
}

/* --- the page --- */

static const char style[] =
    "body{font:15px/1.5 sans-serif;margin:2em auto;max-width:60em;padding:0 1em;color:#222}"
    "h1{font-size:1.6em}h2{margin-top:2em;border-bottom:1px solid #ccc}"
    "table{border-collapse:collapse;margin:0 0 1em;width:100%}"
    "th{text-align:left;font-weight:normal;color:#666;width:14em;vertical-align:top}"
    "td{white-space:pre-wrap;overflow-wrap:anywhere}td,th{padding:.1em .6em .1em 0}"
    ".none{color:#888}";

void export_page_begin(struct export_page *p, uint64_t customer_id, utc_us now)
{
    const bool french = p->language == EXPORT_FRENCH;
    char at[CLOCK_TEXT_SIZE];

    clock_format(now, at);
    if (p->form == EXPORT_JSON) {
        fprintf(p->out, "{\n \"customer\": %" PRIu64 ",\n \"made_at\": \"%s\"", customer_id, at);
        return;
    }
    fprintf(p->out,
            "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
            "style-src 'unsafe-inline'\">\n<title>%s</title>\n<style>%s</style>\n</head>\n<body>\n"
            "<h1>%s</h1>\n<p>%s %.10s %.5s UTC</p>\n",
            french ? "fr" : "en", french ? "Vos données" : "Your data", style,
            french ? "Vos données" : "Your data", french ? "Établi le" : "Made", at, at + 11);
}

static void end_section(struct export_page *p)
{
    if (!p->open)
        return;
    if (p->form == EXPORT_JSON)
        fputs(p->rows ? "\n ]" : "]", p->out);
    else if (p->rows == 0)
        fprintf(p->out, "<p class=\"none\">%s</p>\n",
                p->language == EXPORT_FRENCH ? "Rien." : "Nothing.");
}

void export_page_section(void *arg, const char *name)
{
    struct export_page *p = arg;

    end_section(p);
    if (p->form == EXPORT_JSON)
        fprintf(p->out, ",\n \"%s\": [", name);
    else
        fprintf(p->out, "<h2>%s</h2>\n", word(p, name));
    p->open = true;
    p->rows = 0;
}

void export_page_row(void *arg, const struct export_value *values, size_t n)
{
    struct export_page *p = arg;

    if (p->form == EXPORT_JSON)
        fputs(p->rows ? ",\n  {" : "\n  {", p->out);
    else
        fputs("<table>\n", p->out);
    p->rows++;
    for (size_t i = 0; i < n; i++) {
        if (p->form == EXPORT_JSON) {
            fprintf(p->out, "%s\"%s\": ", i ? ", " : "", values[i].name);
            if (values[i].is_number)
                fputs(values[i].text, p->out);
            else
                put_json(p->out, values[i].text);
        } else {
            fprintf(p->out, "<tr><th>%s</th><td>", word(p, values[i].name));
            put_html(p->out, values[i].text);
            fputs("</td></tr>\n", p->out);
        }
    }
    fputs(p->form == EXPORT_JSON ? "}" : "</table>\n", p->out);
}

void export_page_end(struct export_page *p)
{
    end_section(p);
    fputs(p->form == EXPORT_JSON ? "\n}\n" : "</body>\n</html>\n", p->out);
}
