/*
 * guess_words.c - what a column's name says, in French, English, and some German, Dutch, Spanish
 * and Italian.
 *
 * A name is folded (no accents, no capitals, no punctuation), cut into words, and each word is
 * brought to one of ours: "N° de téléphone portable" is "number phone mobile". A field is then
 * known by the set of words that names it, so that order and little words do not matter.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "channel/file/guess_private.h"
#include "domain/utf8.h"

#define WORD_SIZE 24
#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))

/* --- our words --- */

/* A word of ours, and those of partners that mean it. */
static const struct {
    const char *ours, *theirs;
} vocabulary[] = {
    { "number",
      "no nr num numero numer nummer nbr number numbers n id ident identifiant identifier "
      "key cle code ref reference referenz referencia riferimento kennung uid" },
    { "customer", "client clients cliente clienti customer customers cust kunde kunden kd klant "
                  "acheteur acheteurs buyer purchaser compte account destinataire dest recipient "
                  "consignee empfaenger empfanger destinatario consumer cli clt abonne particulier "
                  "contact ontvanger comprador acquirente" },
    { "order",
      "commande commandes cde cmd order orders ord bestellung bestellungen bestell auftrag "
      "pedido pedidos ordine ordini bestelling purchase achat po expedition shipment "
      "envoi sendung livraisons colis parcel" },
    { "first", "prenom prenoms first given vorname voornaam nombre forename firstname fname" },
    { "last", "last family surname nachname achternaam apellido apellidos cognome lastname "
              "zuname lname" },
    { "name", "nom noms name names naam nome denominazione intitule" },
    { "company", "societe societes company firma raison sociale entreprise empresa azienda "
                 "organisation organization bedrijf unternehmen enseigne ragione razon social "
                 "etablissement magasin organizationname" },
    { "phone", "telephone telephones tel phone telefon telefono telefoon fon rufnummer msisdn "
               "joignable appel teleph telefonnr" },
    { "mobile", "mobile mobiles portable portables gsm cell cellphone handy movil cellulare "
                "mobil smartphone" },
    { "mail", "mail mails email emails courriel mel correo adel" },
    { "street", "rue street strasse straat calle via voie line1 ligne1 address1 adresse1 adr1 "
                "hausnummer indirizzo direccion streetname domicile addr1" },
    { "address", "adresse adresses address addr adr anschrift adres postale postal" },
    { "postcode", "cp postcode zip zipcode plz postleitzahl codepostal cap postalcode postalzone "
                  "npa cpostal" },
    { "city", "ville villes city town ort stadt ciudad citta commune localite gemeente plaats "
              "stad localidad cityname wohnort" },
    { "country", "pays country land pais paese countrycode nation staat identificationcode" },
    { "language", "langue language lang sprache taal idioma lingua" },
    { "category", "categorie category kategorie segment type groupe group gruppe categoria "
                  "classe class typologie" },
    { "source",
      "source origine origin herkunft provenance canal channel quelle origen acquisition" },
    { "birth", "naissance birth birthday geburt geburtsdatum dob birthdate geboortedatum "
               "nacimiento nascita ne nee anniversaire geburtstag" },
    { "date", "date dates datum fecha data day jour le tag dt on" },
    { "time", "heure time hour uhrzeit hora ora heures zeit timestamp moment" },
    { "created", "creation created cree erstellt creado creato passee passe placed issue issued "
                 "emission saisie issuedate" },
    { "consent", "consentement consent accord optin opt in einwilligung acceptation accepte "
                 "autorisation agreement agree agrees toestemming consentimiento consenso "
                 "newsletter offres pub marketing commercial prospection partenaires" },
    { "sms", "sms texto textos" },
    { "wording", "texte text wording libelle mention formule wortlaut" },
    { "place", "lieu place formulaire form boutique collecte ort" },
    { "goods", "marchandise marchandises goods article articles produit produits product products "
               "description designation contenu content contents ware waren artikel item items "
               "mercancia merce detail details prestation articulo bezeichnung" },
    { "weight", "poids weight gewicht peso kg kilos kilo masse pds gross" },
    { "window", "creneau slot window fenetre plage zeitfenster intervalle" },
    { "delivery", "livraison delivery lieferung liefer levering entrega consegna livrer livree "
                  "shipping ship deliver prevue" },
    { "from", "debut from start de begin von desde dal mini min apres earliest notbefore" },
    { "to", "fin to end a bis hasta max maxi avant before latest until au notafter" },
    { "collect", "encaisser encaissement cod crbt contre remboursement collect cash nachnahme "
                 "reembolso contrassegno rembours percevoir" },
    { "amount", "montant amount betrag importe importo total ttc somme sum value valeur bedrag "
                "gesamt payable" },
    { "price", "prix price preis tarif tariff precio prezzo prijs pu rate" },
    { "currency", "devise currency wahrung waehrung divisa moneda valuta monnaie" },
    { "status", "statut status etat state zustand estado stato situation avancement evenement "
                "event" },
    { "range", "gamme range famille rayon sortiment linea gama univers line" },
    { "minor", "mineur minor minderjaehrig minderjahrig menor minore" },
    { "zone", "fuseau timezone zone zeitzone tz zona" },
    { "stop", "stop opposition oppositions desinscription desabonnement unsubscribe optout "
              "blacklist liste suppression sperre sperrliste robinson bloctel opposed refus "
              "blocked do not contact ne pas contacter" },
    { "invoice", "facture factures invoice invoices rechnung factura fattura factuur inv fac" },
    { "due", "echeance due faellig fallig vencimiento scadenza reglement exigible" },
    { "payment", "paiement payment payments zahlung pago pagamento betaling paid paye payee "
                 "regle bezahlt encaisse versement" },
    { "method", "mode moyen method zahlungsart medio metodo" },
    { "sku", "sku ean gtin upc artnr" },
    { "label", "label titre title nomcourt" },
    { "reason", "motif reason raison grund motivo cause" },
    { "note", "note commentaire commentaires comment remarque remark bemerkung observation "
              "remarques observations" },
    { "fax", "fax telefax telecopie telecopieur" },
    { "valid", "validite valid gueltig effet applicable vigueur" },
    { "place2", "agence depot hub site" },
    /* These tell whose address it is. */
    { "billing", "facturation billing rechnungsadresse facturacion fatturazione bill payeur" },
    { "sender", "expediteur sender shipper absender remitente mittente vendeur seller supplier "
                "fournisseur from2 donneur despatch enlevement pickup" },
};

/* Whole words that say several of ours at once; names run together are cut apart by themselves. */
static const struct {
    const char *theirs, *ours;
} compounds[] = {
    { "kundennummer", "customer number" },   { "kundennr", "customer number" },
    { "bestellnummer", "order number" },     { "bestellnr", "order number" },
    { "auftragsnummer", "order number" },    { "auftragsnr", "order number" },
    { "bestelldatum", "order date" },        { "auftragsdatum", "order date" },
    { "lieferdatum", "delivery date" },      { "liefertermin", "delivery date" },
    { "telefonnummer", "phone number" },     { "handynummer", "mobile number" },
    { "mobilnummer", "mobile number" },      { "mobiltelefon", "mobile phone" },
    { "rechnungsnummer", "invoice number" }, { "rechnungsnr", "invoice number" },
    { "rechnungsdatum", "invoice date" },    { "faelligkeitsdatum", "due date" },
    { "falligkeitsdatum", "due date" },      { "firmenname", "company name" },
    { "klantnummer", "customer number" },    { "bestelnummer", "order number" },
    { "factuurnummer", "invoice number" },   { "kundenname", "customer name" },
    { "raisonsociale", "company" },          { "bezorgdatum", "delivery date" },
    { "leverdatum", "delivery date" },       { "besteldatum", "order date" },
    { "orderdatum", "order date" },          { "klantnaam", "customer name" },
};

/* Little words that say nothing. */
static const char noise[] =
    " de du des la les l d un une the of der die das des dem den und et and e y el los las del "
    "della dello di il lo al votre your notre our mon my est is par by pour for en sur au aux "
    "van het een zur zum ";

/* A field and the words that name it; several lines for several ways to say it. Names of fields
 * that this build does not have are passed over. */
static const struct {
    const char *field, *words;
} patterns[] = {
    { "customer_number", "customer number" },
    { "customer_number", "customer" },
    { "first_name", "first" },
    { "first_name", "first name" },
    { "last_name", "last" },
    { "last_name", "name" },
    { "last_name", "last name" },
    { "last_name", "name range" }, /* "nom de famille" */
    { "last_name", "customer name" },
    { "company", "company" },
    { "company", "company name" },
    { "phone", "phone" },
    { "phone", "phone number" },
    { "phone", "mobile" },
    { "phone", "mobile number" },
    { "phone", "phone mobile" },
    { "phone", "sms" },
    { "phone", "sms number" },
    { "email", "mail" },
    { "email", "mail address" },
    { "street", "street" },
    { "street", "address" },
    { "street", "street address" },
    { "street", "street name" },
    { "street", "street number" },
    { "postcode", "postcode" },
    { "postcode", "number address" }, /* "code postal" */
    { "city", "city" },
    { "city", "city name" },
    { "country", "country" },
    { "country", "country number" }, /* "code pays" */
    { "language", "language" },
    { "language", "language number" },
    { "category", "category" },
    { "category", "customer category" },
    { "source", "source" },
    { "source", "customer source" },
    { "birth_date", "birth" },
    { "birth_date", "birth date" },
    { "minor", "minor" },
    { "do_not_contact", "stop" },
    { "do_not_contact", "customer stop" },
    { "timezone", "zone" },
    { "timezone", "time zone" },
    { "consent_sms", "consent sms" },
    { "consent_sms", "consent mobile" },
    { "consent_email", "consent mail" },
    { "consent_at", "consent date" },
    { "consent_at", "consent time" },
    { "consent_wording", "consent wording" },
    { "consent_source", "consent source" },
    { "consent_source", "consent place" },
    { "order_number", "order number" },
    { "order_number", "order" },
    { "ordered_at", "order date" },
    { "ordered_at", "created" },
    { "ordered_at", "date created" },
    { "ordered_at", "order date created" },
    { "ordered_at", "order created" },
    { "ordered_at", "order time" },
    { "goods", "goods" },
    { "goods", "goods label" },
    { "goods", "goods name" },
    { "goods", "goods wording" },
    { "weight", "weight" },
    { "window_from", "window from" },
    { "window_from", "delivery from" },
    { "window_from", "delivery date" },
    { "window_from", "delivery" },
    { "window_from", "delivery date from" },
    { "window_to", "window to" },
    { "window_to", "delivery to" },
    { "window_to", "delivery date to" },
    { "collect", "collect" },
    { "collect", "collect amount" },
    { "currency", "currency" },
    { "currency", "currency number" },
    { "status", "status" },
    { "status", "order status" },
    { "status", "delivery status" },
    { "status", "status number" },
    { "product_range", "range" },
    { "product_range", "goods range" },
    { "product_range", "goods category" },
    { "product_range", "range number" },
    { "invoice_number", "invoice number" },
    { "invoice_number", "invoice" },
    { "issued_on", "invoice date" },
    { "issued_on", "created" },
    { "issued_on", "date created" },
    { "due_on", "due date" },
    { "due_on", "due" },
    { "amount", "amount" },
    { "amount", "invoice amount" },
    { "amount", "payment amount" },
    { "state", "invoice status" },
    { "state", "status" },
    { "paid_on", "payment date" },
    { "paid_on", "payment" },
    { "paid_on", "date" },
    { "reference", "payment number" },
    { "reference", "payment wording" },
    { "code", "goods number" },
    { "code", "sku" },
    { "code", "sku number" },
    { "code", "number" },
    { "label", "goods name" },
    { "label", "goods" },
    { "label", "label" },
    { "label", "wording" },
    { "label", "goods label" },
    { "price", "price" },
    { "price", "price amount" },
    { "price", "goods price" },
    { "valid_from", "valid from" },
    { "valid_from", "valid" },
    { "valid_to", "valid to" },
    { "valid_to", "valid end" },
    { "reason", "reason" },
    { "reason", "stop reason" },
    { "until", "valid to" },
    { "until", "to" },
    { "at", "status date" },
    { "at", "status time" },
    { "at", "date" },
    { "at", "date time" },
    { "place", "place" },
    { "place", "city" },
    { "place", "place2" },
    { "note", "note" },
};

/* What a partner's own words in a column become: statuses, countries, languages, answers. */
static const struct {
    const char *field, *ours, *theirs; /* theirs: folded, between commas */
} values[] = {
    { "status", "planned",
      ",planned,prevue,prevu,planifiee,planifie,en preparation,preparation,a livrer,enregistree,"
      "enregistre,creee,cree,nouvelle,nouveau,new,created,pending,en attente,confirmee,confirme,"
      "confirmed,geplant,offen,open,neu,in bearbeitung,previsto,pendiente,ready,prete,annoncee," },
    { "status", "out",
      ",out,expediee,expedie,en livraison,en cours de livraison,en tournee,partie,parti,shipped,"
      "in transit,en transit,en route,out for delivery,unterwegs,versandt,versendet,in zustellung,"
      "in consegna,spedito,enviado,en reparto,onderweg,en cours,dispatched," },
    { "status", "delivered",
      ",delivered,livree,livre,remise,remis,distribuee,distribue,zugestellt,geliefert,consegnato,"
      "entregado,entregada,geleverd,ok,done,complete,completed,terminee,termine," },
    { "status", "missed",
      ",missed,absent,absente,absence,client absent,avisee,avise,echec,echec de livraison,non "
      "livre,"
      "non livree,refuse,refusee,failed,not delivered,nicht angetroffen,nicht zugestellt,assente,"
      "ausente,niet thuis,undelivered,non remis,instance,returned,retour,retournee," },
    { "status", "cancelled",
      ",cancelled,canceled,annulee,annule,storniert,abgebrochen,annullato,cancelado,cancelada,"
      "anulado,geannuleerd,deleted,supprimee,abandonnee," },
    { "state", "open",
      ",open,ouverte,ouvert,due,emise,emis,impayee,impaye,unpaid,offen,abierta,aperta,envoyee,sent,"
      "en attente,pending," },
    { "state", "paid",
      ",paid,payee,paye,reglee,regle,soldee,solde,acquittee,settled,bezahlt,pagada,pagata,"
      "betaald," },
    { "state", "cancelled",
      ",cancelled,canceled,annulee,annule,avoir,storniert,anulada,annullata,geannuleerd,void," },
    { "country", "FR", ",france,fra,frankreich,francia,frankrijk," },
    { "country", "BE", ",belgique,belgium,belgien,bel,belgie,belgica,belgio," },
    { "country", "CH", ",suisse,switzerland,schweiz,che,svizzera,suiza," },
    { "country", "LU", ",luxembourg,lux,luxemburg," },
    { "country", "DE", ",allemagne,germany,deutschland,deu,alemania,germania," },
    { "country", "ES", ",espagne,spain,espana,esp,spanien,spagna," },
    { "country", "IT", ",italie,italy,italia,ita,italien," },
    { "country", "NL", ",pays bas,netherlands,nederland,niederlande,nld,holland," },
    { "country", "GB", ",royaume uni,united kingdom,uk,great britain,gbr,angleterre," },
    { "country", "PT", ",portugal,prt," },
    { "country", "MC", ",monaco,mco," },
    { "language", "fr", ",francais,french,franzosisch,frances,fra,fre," },
    { "language", "en", ",anglais,english,englisch,ingles,eng," },
    { "language", "de", ",allemand,german,deutsch,aleman,ger,deu," },
    { "language", "nl", ",neerlandais,dutch,nederlands,niederlandisch,nld," },
    { "language", "es", ",espagnol,spanish,spanisch,espanol,spa," },
    { "language", "it", ",italien,italian,italienisch,italiano,ita," },
    { "consent_sms", "yes", ",accepte,acceptee,accord,accepted,ok,opt in,optin,inscrit,x,abonne," },
    { "consent_sms", "no",
      ",refuse,refusee,refus,opt out,optout,stop,desinscrit,desabonne,denied," },
    { "consent_email", "yes",
      ",accepte,acceptee,accord,accepted,ok,opt in,optin,inscrit,x,abonne," },
    { "consent_email", "no",
      ",refuse,refusee,refus,opt out,optout,stop,desinscrit,desabonne,denied," },
    { "do_not_contact", "yes", ",x,stop,opposition,oppose,opposee," },
};

static unsigned char word_number(const char *ours, size_t len)
{
    for (size_t i = 0; i < COUNT(vocabulary); i++) {
        if (strlen(vocabulary[i].ours) == len && memcmp(vocabulary[i].ours, ours, len) == 0)
            return (unsigned char)(i + 1);
    }
    return 0;
}

/* Whether `list`, words between blanks, has this one. */
static bool list_has(const char *list, const char *word, size_t len)
{
    while (*list) {
        const size_t n = strcspn(list, " ");

        if (n == len && memcmp(list, word, len) == 0)
            return true;
        list += n + (list[n] == ' ');
    }
    return false;
}

static unsigned char word_of(const char *word, size_t len)
{
    for (size_t i = 0; i < COUNT(vocabulary); i++) {
        if (list_has(vocabulary[i].theirs, word, len))
            return (unsigned char)(i + 1);
    }
    return 0;
}

/* --- folding --- */

/* The letter without its accent, for those of Latin-1; "": it is no letter. */
static const char *plain_letter(uint32_t c)
{
    static const char *const latin1[64] = {
        "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",
        "d", "n", "o", "o", "o", "o", "o",  "",  "o", "u", "u", "u", "u", "y", "",  "ss",
        "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",
        "d", "n", "o", "o", "o", "o", "o",  "",  "o", "u", "u", "u", "u", "y", "",  "y",
    };

    if (c >= 0xC0 && c <= 0xFF)
        return latin1[c - 0xC0];
    return c == 0x152 || c == 0x153 ? "oe" : "";
}

static bool is_small(uint32_t c)
{
    return c >= 'a' && c <= 'z';
}

/*
 * Small letters and digits, words apart by one blank: "customerNumber", "N° client" and "E-mail"
 * are "customer number", "n client", "e mail". A pound sign is a number's.
 */
static void fold(const char *text, char *out, size_t size)
{
    const size_t len = strlen(text);
    size_t at = 0, n = 0;
    uint32_t before = ' ';

    while (at < len && n + 4 < size) {
        uint32_t c = utf8_next(text, len, &at);
        const char *plain = c >= 0x80 && c != UTF8_BAD ? plain_letter(c) : "";
        const bool big = c >= 'A' && c <= 'Z';

        if (c == UTF8_BAD) {
            at++;
            c = ' ';
        }
        if (big && is_small(before) && n && out[n - 1] != ' ')
            out[n++] = ' ';
        before = c;
        if (big)
            c += 'a' - 'A';
        if (is_small(c) || (c >= '0' && c <= '9')) {
            out[n++] = (char)c;
        } else if (*plain) {
            memcpy(out + n, plain, strlen(plain));
            n += strlen(plain);
            before = 'a';
        } else if (c == '#') {
            memcpy(out + n, "no ", 3);
            n += 3;
        } else if (c != '.' && n && out[n - 1] != ' ') { /* "C.P." is "cp" */
            out[n++] = ' ';
        }
    }
    while (n && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
}

/* --- names --- */

static void add_word(struct guess_name *name, unsigned char word)
{
    for (unsigned i = 0; i < name->n; i++) {
        if (name->words[i] == word)
            return;
    }
    if (name->n < GUESS_NAME_WORDS)
        name->words[name->n++] = word;
}

static void add_ours(struct guess_name *name, const char *ours)
{
    while (*ours) {
        const size_t n = strcspn(ours, " ");

        add_word(name, word_number(ours, n));
        ours += n + (ours[n] == ' ');
    }
}

/* "codeclient", "customerid": two words we know, run together. */
static bool add_halves(struct guess_name *name, const char *word, size_t len)
{
    for (size_t cut = len - 2; len >= 5 && cut >= 2; cut--) {
        const unsigned char first = word_of(word, cut), second = word_of(word + cut, len - cut);

        if (first && second) {
            add_word(name, first);
            add_word(name, second);
            return true;
        }
    }
    return false;
}

static void add_theirs(struct guess_name *name, const char *word, size_t len)
{
    const unsigned char known = word_of(word, len);

    for (size_t i = 0; i < COUNT(compounds); i++) {
        if (strlen(compounds[i].theirs) == len && memcmp(compounds[i].theirs, word, len) == 0) {
            add_ours(name, compounds[i].ours);
            return;
        }
    }
    if (known)
        add_word(name, known);
    else if (!list_has(noise, word, len) && strspn(word, "0123456789") < len && len > 1 &&
             !add_halves(name, word, len))
        name->unknown++;
}

/* Small words mean something in company only: "de", "a" and "au" are "from" and "to" behind a
 * delivery or a window, "le" is a date behind a consent. */
static bool is_small_word(const char *word, size_t len)
{
    return list_has("de a au le ne on in e to2 ort", word, len);
}

static void add_small_word(struct guess_name *name, const char *word, size_t len, bool last)
{
    const bool window = guess_name_has(name, "delivery") || guess_name_has(name, "window");

    if (window && last && list_has("de", word, len))
        add_ours(name, "from");
    else if (window && last && list_has("a au", word, len))
        add_ours(name, "to");
    else if (last && name->n && list_has("le on", word, len))
        add_ours(name, "date");
    else if (list_has("ne", word, len) && name->n == 0 && name->unknown == 0)
        add_ours(name, "birth");
    else if (list_has("in", word, len) && guess_name_has(name, "consent"))
        return;
    else if (list_has("ort", word, len) && last && name->n == 0)
        add_ours(name, "city");
}

void guess_name_add(struct guess_name *name, const char *text)
{
    char folded[160];
    const char *word = folded;

    fold(text, folded, sizeof(folded));
    while (*word) {
        size_t n = strcspn(word, " ");
        const char *next = word + n + (word[n] == ' ');

        if (n == 1 && *word == 'e' && strncmp(next, "mail", 4) == 0)
            n = 0; /* "e mail" */
        if (n && is_small_word(word, n))
            add_small_word(name, word, n, *next == '\0');
        else if (n)
            add_theirs(name, word, n);
        word = next;
    }
}

void guess_name_parse(const char *text, struct guess_name *name)
{
    *name = (struct guess_name){ 0 };
    guess_name_add(name, text);
}

bool guess_name_has(const struct guess_name *name, const char *word)
{
    const unsigned char number = word_number(word, strlen(word));

    for (unsigned i = 0; i < name->n; i++) {
        if (name->words[i] == number)
            return true;
    }
    return false;
}

/* --- how well a name fits --- */

/* Words that may stand beside any others without changing what is meant, and those that change
 * it. */
static unsigned price_of_extra(const struct guess_name *name, const char *pattern)
{
    static const struct {
        const char *word;
        unsigned price;
    } special[] = {
        { "customer", 2 }, { "delivery", 3 }, { "order", 8 }, { "mobile", 2 },   { "number", 6 },
        { "billing", 25 }, { "sender", 60 },  { "fax", 90 },  { "invoice", 25 }, { "stop", 40 },
        { "payment", 25 }, { "consent", 40 }, { "date", 25 }, { "amount", 25 },
    };
    unsigned price = 0;

    for (unsigned i = 0; i < name->n; i++) {
        const char *word = vocabulary[name->words[i] - 1].ours;
        unsigned one = 12;

        if (list_has(pattern, word, strlen(word)))
            continue;
        for (size_t k = 0; k < COUNT(special); k++) {
            if (strcmp(special[k].word, word) == 0)
                one = special[k].price;
        }
        price += one;
    }
    return price + 10 * name->unknown;
}

/* How many words the pattern has; 0: the name has not all of them. */
static unsigned has_all(const struct guess_name *name, const char *pattern)
{
    unsigned n = 0;

    while (*pattern) {
        const size_t len = strcspn(pattern, " ");
        const unsigned char word = word_number(pattern, len);
        bool found = false;

        for (unsigned i = 0; i < name->n; i++)
            found |= name->words[i] == word;
        if (!found)
            return 0;
        n++;
        pattern += len + (pattern[len] == ' ');
    }
    return n;
}

unsigned guess_name_score(const struct guess_name *name, enum field f)
{
    const char *wanted = f < FIELD_CUSTOM_FIRST ? field_info(f)->name : "";
    unsigned best = 0;

    for (size_t i = 0; i < COUNT(patterns); i++) {
        unsigned n, price, score;

        if (strcmp(patterns[i].field, wanted) != 0)
            continue;
        n = has_all(name, patterns[i].words);
        price = price_of_extra(name, patterns[i].words);
        if (!n)
            continue;
        score = price == 0 ? 100 + n : 70 + 5 * n > price ? 70 + 5 * n - price : 0;
        best = score > best ? score : best;
    }
    return best;
}

/* --- values --- */

const char *guess_word_of(enum field f, const char *text)
{
    const char *name = f < FIELD_CUSTOM_FIRST ? field_info(f)->name : "";
    char folded[64], wanted[68];

    fold(text, folded, sizeof(folded));
    if (!*folded)
        return NULL;
    snprintf(wanted, sizeof(wanted), ",%s,", folded);
    for (size_t i = 0; i < COUNT(values); i++) {
        if (strcmp(values[i].field, name) != 0)
            continue;
        if (strcasecmp(text, values[i].ours) == 0)
            return "";
        if (strstr(values[i].theirs, wanted))
            return values[i].ours;
    }
    return NULL;
}
