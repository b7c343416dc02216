/*
 * test_guess.c - what is proposed for a sample is a profile that loads, and means what the sample
 * means.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel/file/file_reader.h"
#include "channel/file/guess.h"

#define PATH "guessed.conf"

/* What was guessed, and the profile made of what was printed. */
struct guessed {
    struct guess *guess;
    struct profile *profile;
    char *text;
};

static struct guessed guessed_bytes(const char *sample, size_t len)
{
    struct guessed g = { 0 };
    struct error err = { "" };
    size_t size = 0;
    FILE *out;

    if (guess_file(sample, len, true, NULL, &g.guess, &err))
        fail_msg("%s", err.text);
    out = open_memstream(&g.text, &size);
    guess_print(g.guess, "sample", out);
    fclose(out);
    out = fopen(PATH, "w");
    assert_non_null(out);
    fputs(g.text, out);
    fclose(out);
    if (profile_load(PATH, &g.profile, &err))
        fail_msg("%s\n%s", err.text, g.text);
    unlink(PATH);
    return g;
}

static struct guessed guessed(const char *sample)
{
    return guessed_bytes(sample, strlen(sample));
}

static void done(struct guessed *g)
{
    guess_free(g->guess);
    profile_free(g->profile);
    free(g->text);
}

/* Of which column (or nothing) the field is read. */
static const char *column_of(const struct guessed *g, enum field f)
{
    return g->profile->n_places[f] ? g->profile->places[f][0].column : "";
}

static void expect(const struct guessed *g, enum field f, const char *column)
{
    if (strcmp(column_of(g, f), column) != 0)
        fail_msg("%s is read from \"%s\", not from \"%s\":\n%s", field_info(f)->name,
                 column_of(g, f), column, g->text);
}

static const char *last_step(const struct guessed *g, enum field f)
{
    const struct xml_path *path = &g->profile->places[f][0].path;

    if (!g->profile->n_places[f])
        return "";
    return path->attribute ? path->attribute : path->steps[path->n - 1].name;
}

static void expect_path(const struct guessed *g, enum field f, unsigned steps, const char *last)
{
    if (strcmp(last_step(g, f), last) != 0 || (*last && g->profile->places[f][0].path.n != steps))
        fail_msg("%s is read from \"%s\", not from \"%s\":\n%s", field_info(f)->name,
                 last_step(g, f), last, g->text);
}

/* --- CSV --- */

static void a_french_file_of_orders_is_understood(void **state)
{
    struct guessed g = guessed(
        "N° client;Prénom;Nom;Téléphone portable;E-mail;Adresse de livraison;Code "
        "postal;Ville;Pays;"
        "N° commande;Date de commande;Désignation;Poids (kg);Montant à encaisser;Date de livraison;"
        "Statut\n"
        "C-1;Anne;Martin;06 12 34 56 78;anne@example.fr;1 rue du Port;44000;Nantes;France;A-1;"
        "23/11/2026;2 pneus;12,5;49,90;25/11/2026;en livraison\n"
        "C-2;Paul;Durand;07 61 22 33 44;paul@example.fr;2 rue Haute;35000;Rennes;France;A-2;"
        "24/11/2026;1 lit;30,0;0,00;26/11/2026;livrée\n");

    (void)state;
    assert_int_equal(g.profile->format, FORMAT_CSV);
    assert_int_equal(g.profile->separator, ';');
    assert_true(g.profile->header);
    assert_int_equal(g.guess->kind, KIND_ORDERS);
    assert_int_equal(g.profile->rules.dates, DATE_DMY);
    assert_int_equal(g.profile->rules.decimals, DECIMAL_COMMA);
    assert_string_equal(g.profile->rules.country, "FR");
    expect(&g, FIELD_CUSTOMER_NUMBER, "N° client");
    expect(&g, FIELD_FIRST_NAME, "Prénom");
    expect(&g, FIELD_LAST_NAME, "Nom");
    expect(&g, FIELD_PHONE, "Téléphone portable");
    expect(&g, FIELD_EMAIL, "E-mail");
    expect(&g, FIELD_STREET, "Adresse de livraison");
    expect(&g, FIELD_POSTCODE, "Code postal");
    expect(&g, FIELD_CITY, "Ville");
    expect(&g, FIELD_COUNTRY, "Pays");
    expect(&g, FIELD_ORDER_NUMBER, "N° commande");
    expect(&g, FIELD_ORDERED_AT, "Date de commande");
    expect(&g, FIELD_GOODS, "Désignation");
    expect(&g, FIELD_WEIGHT, "Poids (kg)");
    expect(&g, FIELD_COLLECT, "Montant à encaisser");
    expect(&g, FIELD_WINDOW_FROM, "Date de livraison");
    expect(&g, FIELD_STATUS, "Statut");
    assert_int_equal(g.profile->rules.fields[FIELD_STATUS].n_values, 2);
    assert_int_equal(g.profile->rules.fields[FIELD_COUNTRY].n_values, 1);
    assert_true(g.profile->rules.fields[FIELD_ORDER_NUMBER].required);
    done(&g);
}

static void english_headers_with_commas_and_american_dates(void **state)
{
    struct guessed g =
        guessed("customerId,firstName,lastName,phone,email,orderNo,orderDate,weight\n"
                "17,Ann,Smith,+1 202-555-0143,ann@example.com,9001,11/23/2026,1.5\n"
                "18,Bob,Jones,+1 202-555-0186,bob@example.com,9002,12/24/2026,2.25\n");

    (void)state;
    assert_int_equal(g.profile->separator, ',');
    assert_int_equal(g.profile->rules.dates, DATE_MDY);
    assert_int_equal(g.profile->rules.decimals, DECIMAL_DOT);
    assert_int_equal(g.guess->kind, KIND_ORDERS);
    expect(&g, FIELD_CUSTOMER_NUMBER, "customerId");
    expect(&g, FIELD_FIRST_NAME, "firstName");
    expect(&g, FIELD_ORDER_NUMBER, "orderNo");
    expect(&g, FIELD_ORDERED_AT, "orderDate");
    done(&g);
}

static void german_compound_words_and_tabs(void **state)
{
    struct guessed g =
        guessed("Kundennummer\tVorname\tNachname\tTelefonnummer\tStraße\tPLZ\tOrt\t"
                "Bestellnummer\tLieferdatum\n"
                "K1\tJörg\tMüller\t+49 151 23456789\tHauptstr. 1\t80331\tMünchen\tB1\t"
                "2026-11-23\n");

    (void)state;
    assert_int_equal(g.profile->separator, '\t');
    assert_int_equal(g.profile->rules.dates, DATE_ISO);
    expect(&g, FIELD_CUSTOMER_NUMBER, "Kundennummer");
    expect(&g, FIELD_PHONE, "Telefonnummer");
    expect(&g, FIELD_STREET, "Straße");
    expect(&g, FIELD_POSTCODE, "PLZ");
    expect(&g, FIELD_CITY, "Ort");
    expect(&g, FIELD_ORDER_NUMBER, "Bestellnummer");
    expect(&g, FIELD_WINDOW_FROM, "Lieferdatum");
    done(&g);
}

static void spanish_and_italian_headers(void **state)
{
    struct guessed es = guessed("Número de cliente;Nombre;Apellidos;Teléfono;Correo;Dirección;"
                                "Ciudad;Número de pedido\n"
                                "1;Ana;García;+34 612 345 678;ana@example.es;Calle 1;Madrid;7\n");
    struct guessed it = guessed("Codice cliente;Cognome;Cellulare;Indirizzo;CAP;Città;"
                                "Numero ordine\n"
                                "1;Rossi;+39 312 345 6789;Via Roma 1;00100;Roma;7\n");

    (void)state;
    expect(&es, FIELD_CUSTOMER_NUMBER, "Número de cliente");
    expect(&es, FIELD_LAST_NAME, "Apellidos");
    expect(&es, FIELD_PHONE, "Teléfono");
    expect(&es, FIELD_CITY, "Ciudad");
    expect(&es, FIELD_ORDER_NUMBER, "Número de pedido");
    expect(&it, FIELD_LAST_NAME, "Cognome");
    expect(&it, FIELD_PHONE, "Cellulare");
    expect(&it, FIELD_POSTCODE, "CAP");
    expect(&it, FIELD_ORDER_NUMBER, "Numero ordine");
    done(&es);
    done(&it);
}

static void our_own_names_are_sure(void **state)
{
    struct guessed g = guessed("customer_number;last_name;phone;consent_sms;consent_at;"
                               "order_number;goods;collect\n"
                               "C-1001;Martin;06 12 34 56 78;oui;01/02/2026;A-55;2 pneus;49,90\n");

    (void)state;
    for (unsigned i = 0; i < g.guess->n_columns; i++) {
        assert_string_equal(g.guess->columns[i].name, field_info(g.guess->columns[i].field)->name);
        assert_int_equal(g.guess->columns[i].mark, GUESS_SURE);
    }
    done(&g);
}

static void customers_without_orders_are_customers(void **state)
{
    struct guessed g =
        guessed("Code client;Nom;Prénom;Mobile;Accord SMS;Date consentement;Naissance\n"
                "1;Martin;Anne;0612345678;O;13/03/2026;01/05/1990\n"
                "2;Durand;Paul;0712345678;N;14/03/2026;02/06/1985\n");

    (void)state;
    assert_int_equal(g.guess->kind, KIND_CUSTOMERS);
    expect(&g, FIELD_CUSTOMER_NUMBER, "Code client");
    expect(&g, FIELD_PHONE, "Mobile");
    expect(&g, FIELD_CONSENT_SMS, "Accord SMS");
    expect(&g, FIELD_CONSENT_AT, "Date consentement");
    expect(&g, FIELD_BIRTH_DATE, "Naissance");
    done(&g);
}

static void without_a_header_columns_are_numbered(void **state)
{
    struct guessed g = guessed("C-1;Anne;06 12 34 56 78;anne@example.fr\n"
                               "C-2;Paul;07 61 22 33 44;paul@example.fr\n");

    (void)state;
    assert_false(g.profile->header);
    expect(&g, FIELD_PHONE, "3");
    expect(&g, FIELD_EMAIL, "4");
    assert_int_equal(g.guess->rows, 2);
    done(&g);
}

static void quoted_cells_may_hold_the_separator_and_lines(void **state)
{
    struct guessed g = guessed("\"Client\",\"Address\",\"Phone\",\"Order\"\n"
                               "\"C;1\",\"1, rue du Port\nNantes\",\"+33612345678\",\"A;1\"\n"
                               "\"C;2\",\"2, rue Haute\",\"+33712345678\",\"A;2\"\n");

    (void)state;
    assert_int_equal(g.profile->separator, ',');
    assert_int_equal(g.guess->rows, 2);
    expect(&g, FIELD_CUSTOMER_NUMBER, "Client");
    expect(&g, FIELD_STREET, "Address");
    expect(&g, FIELD_ORDER_NUMBER, "Order");
    done(&g);
}

static void encodings_are_told_by_their_letters(void **state)
{
    static const struct {
        const char *text;
        enum file_encoding encoding;
    } cases[] = {
        { "client;pr\xc3\xa9nom\nC-1;Ren\xc3\xa9\n", ENCODING_UTF8 },
        { "\xef\xbb\xbf"
          "client;nom\nC-1;Anne\n",
          ENCODING_UTF8 },
        { "client;pr\xe9nom\nC-1;Ren\xe9\n", ENCODING_CP1252 },
        { "client;prix\nC-1;12 \x80\n", ENCODING_CP1252 },
        { "client;prix\nC-1;12 \xa4\n", ENCODING_LATIN9 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct guessed g = guessed(cases[i].text);

        assert_int_equal(g.guess->encoding, cases[i].encoding);
        expect(&g, FIELD_CUSTOMER_NUMBER, "client");
        done(&g);
    }
}

static void a_latin_header_is_read_with_its_accents(void **state)
{
    struct guessed g = guessed("N\xb0 client;Pr\xe9nom;T\xe9l\xe9phone\nC-1;Ren\xe9;0612345678\n");

    (void)state;
    expect(&g, FIELD_CUSTOMER_NUMBER, "N° client");
    expect(&g, FIELD_FIRST_NAME, "Prénom");
    expect(&g, FIELD_PHONE, "Téléphone");
    done(&g);
}

static void the_country_is_that_of_the_numbers(void **state)
{
    struct guessed g = guessed("client;gsm\nC-1;02 512 34 56\nC-2;0485 65 43 21\n");
    /* Good in Belgium and in France: what the column says decides. */
    struct guessed said = guessed("client;gsm;pays\nC-1;0470 12 34 56;Belgique\n");

    (void)state;
    assert_string_equal(g.profile->rules.country, "BE");
    assert_string_equal(said.profile->rules.country, "BE");
    done(&g);
    done(&said);
}

static void dates_that_fit_both_ways_are_marked(void **state)
{
    struct guessed g =
        guessed("client;order number;order date\nC-1;1;01/02/2026\nC-2;2;03/04/2026\n");

    (void)state;
    assert_int_equal(g.guess->dates, DATE_DMY);
    assert_int_equal(g.guess->dates_mark, GUESS_PERHAPS);
    assert_non_null(strstr(g.text, "dates = \"dmy\"  # guess"));
    done(&g);
}

static void two_telephone_columns_stand_in_for_each_other(void **state)
{
    struct guessed g = guessed("client;Téléphone;Mobile\nC-1;0145454545;0612345678\n"
                               "C-2;0145454546;\n");

    (void)state;
    assert_int_equal(g.profile->n_places[FIELD_PHONE], 2);
    done(&g);
}

static void a_mail_address_stands_for_a_number_that_is_not_there(void **state)
{
    struct guessed g = guessed("nom;prénom;courriel;ville\nMartin;Anne;anne@example.fr;Nantes\n");

    (void)state;
    expect(&g, FIELD_CUSTOMER_NUMBER, "courriel");
    expect(&g, FIELD_EMAIL, "courriel");
    done(&g);
}

static void a_column_whose_values_contradict_its_name_is_a_guess(void **state)
{
    struct guessed g = guessed("client;phone\nC-1;yes\nC-2;no\n");

    (void)state;
    for (unsigned i = 0; i < g.guess->n_columns; i++) {
        if (strcmp(g.guess->columns[i].name, "phone") == 0)
            assert_int_not_equal(g.guess->columns[i].mark, GUESS_SURE);
    }
    done(&g);
}

static void what_could_not_be_placed_is_listed(void **state)
{
    struct guessed g = guessed("client;pointure;couleur\nC-1;39;rouge\nC-2;42;bleu\n");

    (void)state;
    assert_non_null(strstr(g.text, "#   pointure"));
    assert_non_null(strstr(g.text, "#   couleur"));
    done(&g);
}

static void words_of_a_status_that_nobody_knows_are_asked_for(void **state)
{
    struct guessed g = guessed("client;commande;statut\nC-1;1;livrée\nC-2;2;XB27\nC-3;3;absent\n"
                               "C-4;4;livrée\n");

    (void)state;
    expect(&g, FIELD_STATUS, "statut");
    assert_non_null(strstr(g.text, "what does this mean? XB27"));
    assert_non_null(strstr(g.text, "livrée=delivered"));
    done(&g);
}

static void two_columns_of_one_name_are_not_used(void **state)
{
    struct guessed g = guessed("client;phone;phone\nC-1;0612345678;0712345678\n");

    (void)state;
    assert_int_equal(g.profile->n_places[FIELD_PHONE], 0);
    done(&g);
}

static void titles_in_front_of_the_header_are_passed_over_and_told(void **state)
{
    static const char *const cases[] = {
        "sep=;\nClient;Tel;Commande\nC1;0612345678;1\nC2;0612345679;2\n",
        "Export du 12/03/2026;;\nClient;Tel;Commande\nC1;0612345678;1\nC2;0612345679;2\n",
    };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct guessed g = guessed(cases[i]);

        expect(&g, FIELD_CUSTOMER_NUMBER, "Client");
        expect(&g, FIELD_PHONE, "Tel");
        assert_non_null(strstr(g.text, "NOTE Lines of text stand in front of the header"));
        done(&g);
    }
}

static void a_lone_number_is_no_sure_kind(void **state)
{
    struct guessed g = guessed("Order ID\n1\n2\n");

    (void)state;
    assert_int_equal(g.guess->kind_mark, GUESS_PERHAPS);
    done(&g);
}

static void odd_names_do_not_break_the_profile(void **state)
{
    struct guessed g = guessed("client;\"a \"\"b\"\" ${HOME} \\x\";tel # mobile;\n"
                               "C-1;x;0612345678;z\n");

    (void)state;
    expect(&g, FIELD_PHONE, "tel # mobile");
    done(&g);
}

/* --- XML --- */

static void the_element_that_repeats_is_the_record(void **state)
{
    struct guessed g = guessed(
        "<?xml version=\"1.0\"?>\n"
        "<o:orders xmlns:o=\"urn:shop\">"
        "<o:order number=\"A-1\" date=\"2026-11-23\"><o:customer id=\"C-1\">"
        "<o:lastName>Martin</o:lastName><o:phone>0612345678</o:phone></o:customer>"
        "<o:address><o:street>1 rue du Port</o:street><o:zip>44000</o:zip><o:city>Nantes</o:city>"
        "</o:address><o:item>2 pneus</o:item><o:item>1 cric</o:item></o:order>"
        "<o:order number=\"A-2\" date=\"2026-11-24\"><o:customer id=\"C-2\">"
        "<o:lastName>Durand</o:lastName><o:phone>0712345678</o:phone></o:customer>"
        "<o:address><o:street>2 rue Haute</o:street><o:zip>35000</o:zip><o:city>Rennes</o:city>"
        "</o:address><o:item>1 lit</o:item></o:order></o:orders>");

    (void)state;
    assert_int_equal(g.profile->format, FORMAT_XML);
    assert_int_equal(g.profile->record.n, 2);
    assert_string_equal(g.profile->record.steps[1].name, "order");
    assert_string_equal(g.profile->record.steps[1].uri, "urn:shop");
    assert_int_equal(g.guess->rows, 2);
    assert_int_equal(g.guess->kind, KIND_ORDERS);
    expect_path(&g, FIELD_ORDER_NUMBER, 0, "number");
    expect_path(&g, FIELD_ORDERED_AT, 0, "date");
    expect_path(&g, FIELD_CUSTOMER_NUMBER, 1, "id");
    expect_path(&g, FIELD_LAST_NAME, 2, "lastName");
    expect_path(&g, FIELD_PHONE, 2, "phone");
    expect_path(&g, FIELD_STREET, 2, "street");
    expect_path(&g, FIELD_POSTCODE, 2, "zip");
    expect_path(&g, FIELD_GOODS, 1, "item");
    done(&g);
}

static void a_single_record_in_a_wrapper_is_found(void **state)
{
    struct guessed g = guessed("<export><commandes><commande><numero>A-1</numero><client>"
                               "<code>C-1</code><nom>Martin</nom><telephone>0612345678</telephone>"
                               "</client></commande></commandes></export>");

    (void)state;
    assert_int_equal(g.profile->record.n, 3);
    assert_string_equal(g.profile->record.steps[2].name, "commande");
    expect_path(&g, FIELD_ORDER_NUMBER, 1, "numero");
    expect_path(&g, FIELD_CUSTOMER_NUMBER, 2, "code");
    expect_path(&g, FIELD_LAST_NAME, 2, "nom");
    done(&g);
}

static void the_proposal_reads_the_sample(void **state)
{
    static const char sample[] = "<list xmlns=\"urn:l\"><customer no=\"1\"><name>A</name>"
                                 "<mobile>0612345678</mobile></customer><customer no=\"2\">"
                                 "<name>B</name><mobile>0712345678</mobile></customer></list>";
    struct guessed g = guessed(sample);
    const struct raw_record *record;
    struct file_reader *reader;
    struct row_fault fault;
    FILE *file = tmpfile();
    unsigned n = 0;

    (void)state;
    assert_int_equal(g.guess->kind, KIND_CUSTOMERS);
    fputs(sample, file);
    fflush(file);
    file_reader_setup();
    assert_int_equal(file_reader_open(g.profile, fileno(file), &reader), RC_OK);
    while (file_reader_next(reader, &record, &fault) == READ_RECORD) {
        n++;
        assert_int_equal(record->values[FIELD_CUSTOMER_NUMBER].len, 1);
        assert_int_equal(record->values[FIELD_PHONE].len, 10);
    }
    assert_int_equal(n, 2);
    file_reader_close(reader);
    fclose(file);
    done(&g);
}

/* --- kinds --- */

/* The files that every kind is shown with: whoever sends such a file is understood at once. */
static void each_kind_is_known_by_its_fields(void **state)
{
    static const char *const formats[] = { "csv", "xml" };
    const char *srcdir = getenv("srcdir") ? getenv("srcdir") : ".";
    static char text[65536];
    char path[512];

    (void)state;
    for (enum file_kind k = 0; k < KIND_COUNT; k++) {
        for (size_t i = 0; i < 2; i++) {
            struct guessed g;
            size_t len;
            FILE *f;

            snprintf(path, sizeof(path), "%s/tests/data/partner/%s.%s", srcdir, file_kind_name(k),
                     formats[i]);
            f = fopen(path, "r");
            assert_non_null(f);
            len = fread(text, 1, sizeof(text), f);
            fclose(f);
            g = guessed_bytes(text, len);
            if (g.guess->kind != k)
                fail_msg("%s is taken for %s:\n%s", path, file_kind_name(g.guess->kind), g.text);
            assert_null(strstr(g.text, "MISSING"));
            done(&g);
        }
    }
}

static void french_words_of_other_kinds_are_understood(void **state)
{
    struct guessed invoices = guessed("N° facture;Code client;Date facture;Échéance;Montant TTC;"
                                      "Statut\nF-1;C-1;01/11/2026;30/11/2026;49,90;réglée\n");
    struct guessed prices = guessed("Référence;Libellé;Famille;Prix TTC;Devise\n"
                                    "P-1;Pneu hiver;pneus;89,90;EUR\nP-2;Cric;outils;24,00;EUR\n");
    struct guessed stops = guessed("Mobile;Motif\n06 12 34 56 78;STOP\n06 87 65 43 21;plainte\n");

    (void)state;
    assert_int_equal(invoices.guess->kind, KIND_INVOICES);
    expect(&invoices, FIELD_INVOICE_NUMBER, "N° facture");
    expect(&invoices, FIELD_CUSTOMER_NUMBER, "Code client");
    expect(&invoices, FIELD_DUE_ON, "Échéance");
    expect(&invoices, FIELD_AMOUNT, "Montant TTC");
    assert_non_null(strstr(invoices.text, "réglée=paid"));
    assert_int_equal(prices.guess->kind, KIND_PRODUCTS);
    expect(&prices, FIELD_CODE, "Référence");
    expect(&prices, FIELD_LABEL, "Libellé");
    expect(&prices, FIELD_PRODUCT_RANGE, "Famille");
    expect(&prices, FIELD_PRICE, "Prix TTC");
    assert_int_equal(stops.guess->kind, KIND_SUPPRESSIONS);
    expect(&stops, FIELD_PHONE, "Mobile");
    expect(&stops, FIELD_REASON, "Motif");
    done(&invoices);
    done(&prices);
    done(&stops);
}

static void nobody_is_put_on_the_stop_list_by_looks_alone(void **state)
{
    struct guessed bare = guessed("1;Martin;06 12 34 56 78;Nantes;A-1;23/11/2026\n"
                                  "2;Durand;07 61 22 33 44;Rennes;A-2;24/11/2026\n");
    struct guessed phones = guessed("06 12 34 56 78\n07 61 22 33 44\n");
    struct guessed said = guessed("Opposition\n06 12 34 56 78\n07 61 22 33 44\n");

    (void)state;
    assert_int_not_equal(bare.guess->kind, KIND_SUPPRESSIONS);
    assert_int_equal(bare.guess->kind_mark, GUESS_PERHAPS);
    assert_int_not_equal(phones.guess->kind, KIND_SUPPRESSIONS);
    assert_int_equal(phones.guess->kind_mark, GUESS_PERHAPS);
    assert_int_equal(said.guess->kind, KIND_SUPPRESSIONS);
    assert_non_null(strstr(said.text, "Nobody writes again"));
    done(&bare);
    done(&phones);
    done(&said);
}

static void a_kind_that_leaves_much_of_the_file_over_is_a_guess(void **state)
{
    struct guessed g = guessed("ident_tiers;raison;gsm;ville;colisage;remis_a;etat_tournee\n"
                               "T-1;Martin SA;06 12 34 56 78;Nantes;2 cartons;gardien;chargé\n"
                               "T-2;Durand SARL;07 61 22 33 44;Rennes;1 palette;voisin;déchargé\n");

    (void)state;
    assert_int_equal(g.guess->kind_mark, GUESS_PERHAPS);
    done(&g);
}

/* --- standard documents --- */

static void documents_of_a_standard_are_known(void **state)
{
    static const struct {
        const char *text, *document, *builtin;
    } cases[] = {
        { "<Order "
          "xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:Order-2\"><ID>1</ID></Order>",
          "UBL Order", "ubl.order" },
        { "<x:Invoice xmlns:x=\"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2\"/>",
          "UBL Invoice", "ubl.invoice" },
        { "UNA:+.? 'UNB+UNOC:3+A+B+261123:0830+1'UNH+1+IFTMIN:D:96A:UN'", "EDIFACT IFTMIN",
          "edifact" },
        { "UNA:*.? 'UNB*UNOC:3*A*B*261123:0830*1'UNH*1*IFTSTA:D:96A:UN'", "EDIFACT IFTSTA",
          "edifact.statuses" },
        { "UNB+UNOC:3+A+B+261123:0830+1'UNH+1+IFTMIN:D:96A:UN'", "EDIFACT IFTMIN", "edifact" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct guess *g = NULL;
        struct error err = { "" };

        if (guess_file(cases[i].text, strlen(cases[i].text), true, NULL, &g, &err))
            fail_msg("%s: %s", cases[i].document, err.text);
        assert_string_equal(g->document, cases[i].document);
        assert_string_equal(g->builtin, cases[i].builtin);
        guess_free(g);
    }
}

/* --- what is no sample --- */

static void refused(const char *text, size_t len, const char *expected)
{
    struct guess *g = NULL;
    struct error err = { "" };

    assert_int_equal(guess_file(text, len, true, NULL, &g, &err), RC_INVALID);
    assert_null(g);
    if (!strstr(err.text, expected))
        fail_msg("\"%s\" does not say \"%s\"", err.text, expected);
}

static void what_cannot_be_read_is_refused_with_a_reason(void **state)
{
    (void)state;
    refused("", 0, "empty");
    refused(" \r\n", 3, "empty");
    refused("a\0b;c\0", 6, "zero bytes");
    refused("<a><b></a>", 10, "line 1");
    refused("<!DOCTYPE a><a/>", 16, "DOCTYPE");
    refused("UNB+UNOC:3+A+B+261123:0830+1'UNH+1+ORDERS:D:96A:UN'", 51, "IFTMIN and IFTSTA");
    refused("UNB+UNOC:3+A+B+261123:0830+1'", 29, "no UNH");
}

static void the_end_of_a_cut_sample_is_left_out(void **state)
{
    static const char text[] = "client;tel\nC-1;0612345678\nC-2;06";
    struct guess *g = NULL;

    (void)state;
    assert_int_equal(guess_file(text, sizeof(text) - 1, false, NULL, &g, NULL), RC_OK);
    assert_int_equal(g->rows, 1);
    assert_true(g->cut);
    guess_free(g);
}

static void country_is(const char *text, const char *home, const char *country, const char *note)
{
    struct guess *g = NULL;
    bool noted = note == NULL;

    assert_int_equal(guess_file(text, strlen(text), true, home, &g, NULL), RC_OK);
    assert_string_equal(g->country, country);
    for (unsigned i = 0; note && i < g->n_notes; i++)
        noted |= strstr(g->notes[i], note) != NULL;
    assert_true(noted);
    if (note)
        assert_int_equal(g->country_mark, GUESS_PERHAPS);
    guess_free(g);
}

/* 06 39 98 are numbers for fiction, which France does not have and Germany may. */
static void numbers_that_are_none_here_do_not_lead_abroad(void **state)
{
    static const char fiction[] = "nom;tel;cp;ville\nMorel;06 39 98 00 01;69001;Lyon\n"
                                  "Leroy;06 39 98 00 02;69001;Lyon\n";
    static const char german[] = "name;telefon;land\nMeyer;030 901820;DE\nKurz;030 901821;DE\n";

    (void)state;
    country_is(fiction, "FR", "FR", "No phone number of the sample is one of FR");
    country_is(fiction, NULL, "DE", NULL);
    country_is(german, "FR", "DE", NULL); /* it says so itself */
    country_is("nom;tel\nMorel;0612345678\nLeroy;0612345679\n", "BE", "BE", "could be of FR");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_french_file_of_orders_is_understood),
        cmocka_unit_test(english_headers_with_commas_and_american_dates),
        cmocka_unit_test(german_compound_words_and_tabs),
        cmocka_unit_test(spanish_and_italian_headers),
        cmocka_unit_test(our_own_names_are_sure),
        cmocka_unit_test(customers_without_orders_are_customers),
        cmocka_unit_test(without_a_header_columns_are_numbered),
        cmocka_unit_test(quoted_cells_may_hold_the_separator_and_lines),
        cmocka_unit_test(encodings_are_told_by_their_letters),
        cmocka_unit_test(a_latin_header_is_read_with_its_accents),
        cmocka_unit_test(the_country_is_that_of_the_numbers),
        cmocka_unit_test(dates_that_fit_both_ways_are_marked),
        cmocka_unit_test(two_telephone_columns_stand_in_for_each_other),
        cmocka_unit_test(a_mail_address_stands_for_a_number_that_is_not_there),
        cmocka_unit_test(a_column_whose_values_contradict_its_name_is_a_guess),
        cmocka_unit_test(what_could_not_be_placed_is_listed),
        cmocka_unit_test(words_of_a_status_that_nobody_knows_are_asked_for),
        cmocka_unit_test(two_columns_of_one_name_are_not_used),
        cmocka_unit_test(titles_in_front_of_the_header_are_passed_over_and_told),
        cmocka_unit_test(a_lone_number_is_no_sure_kind),
        cmocka_unit_test(odd_names_do_not_break_the_profile),
        cmocka_unit_test(the_element_that_repeats_is_the_record),
        cmocka_unit_test(a_single_record_in_a_wrapper_is_found),
        cmocka_unit_test(the_proposal_reads_the_sample),
        cmocka_unit_test(each_kind_is_known_by_its_fields),
        cmocka_unit_test(french_words_of_other_kinds_are_understood),
        cmocka_unit_test(nobody_is_put_on_the_stop_list_by_looks_alone),
        cmocka_unit_test(a_kind_that_leaves_much_of_the_file_over_is_a_guess),
        cmocka_unit_test(documents_of_a_standard_are_known),
        cmocka_unit_test(what_cannot_be_read_is_refused_with_a_reason),
        cmocka_unit_test(the_end_of_a_cut_sample_is_left_out),
        cmocka_unit_test(numbers_that_are_none_here_do_not_lead_abroad),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
