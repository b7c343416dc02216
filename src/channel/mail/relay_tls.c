/*
 * relay_tls.c - OpenSSL below libesmtp.
 *
 * libesmtp compares the certificate with the name that the DNS says the host's name stands for, and
 * anybody may answer for the DNS. So the whole judgement is made here, within the handshake.
 */
#include "channel/mail/relay_tls.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <libesmtp.h> /* behind OpenSSL: some of it is only for those who know that */

struct relay_tls {
    SSL_CTX *context;
    char host[256];
    bool is_name, distrusted;
    int fault; /* of the certificate: X509_V_ERR_... */
    bool begun, done;
};

static struct relay_tls *of_ssl(const SSL *ssl)
{
    return SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
}

/* A server with several names must be told which one is meant (RFC 6066, 3). */
static void on_handshake(const SSL *ssl, int where, int ret)
{
    struct relay_tls *t = of_ssl(ssl);

    (void)ret;
    if (where & SSL_CB_HANDSHAKE_START) {
        t->begun = true;
        if (t->is_name)
            SSL_set_tlsext_host_name((SSL *)(uintptr_t)ssl, t->host); /* const by mistake */
    } else if (where & SSL_CB_HANDSHAKE_DONE) {
        t->done = true;
    }
}

static int on_verify(int good, X509_STORE_CTX *store)
{
    const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct relay_tls *t = of_ssl(ssl);

    if (t->distrusted)
        return 0;
    if (!good && !t->fault)
        t->fault = X509_STORE_CTX_get_error(store);
    return good;
}

static enum rc trust(struct relay_tls *t, const char *ca, struct error *err)
{
    X509_VERIFY_PARAM *wanted = SSL_CTX_get0_param(t->context);

    SSL_CTX_set_verify(t->context, SSL_VERIFY_PEER, on_verify);
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (t->is_name ? X509_VERIFY_PARAM_set1_host(wanted, t->host, 0) != 1
                   : X509_VERIFY_PARAM_set1_ip_asc(wanted, t->host) != 1)
        return error_set(err, RC_FAIL, "no memory for TLS");
    ERR_clear_error();
    if (!*ca)
        return SSL_CTX_set_default_verify_paths(t->context) == 1
                   ? RC_OK
                   : error_set(err, RC_FAIL, "no memory for TLS");
    if (SSL_CTX_load_verify_locations(t->context, ca, NULL) != 1) {
        const char *why = ERR_reason_error_string(ERR_peek_last_error());
        return error_set(err, RC_INVALID, "expected a readable PEM file, got \"%s\": %s", ca,
                         why ? why : "unknown");
    }
    return RC_OK;
}

enum rc relay_tls_new(const char *host, bool verify, const char *ca, struct relay_tls **out,
                      struct error *err)
{
    struct relay_tls *t = calloc(1, sizeof(*t));
    struct in_addr figures;
    enum rc rc = RC_OK;

    if (t)
        t->context = SSL_CTX_new(TLS_client_method());
    if (!t || !t->context) {
        relay_tls_free(t);
        return error_set(err, RC_FAIL, "no memory for TLS");
    }
    snprintf(t->host, sizeof(t->host), "%s", host);
    t->is_name = inet_pton(AF_INET, host, &figures) != 1;
    SSL_CTX_set_min_proto_version(t->context, TLS1_2_VERSION);
    /* Not 1.3: there a server sends tickets after the handshake, unasked. When they come before
     * libesmtp has written its EHLO it takes them for the answer, waits for the rest of it, and
     * never writes. */
    SSL_CTX_set_max_proto_version(t->context, TLS1_2_VERSION);
    SSL_CTX_set_app_data(t->context, t);
    SSL_CTX_set_info_callback(t->context, on_handshake);
    if (verify)
        rc = trust(t, ca, err);
    if (rc)
        relay_tls_free(t);
    else
        *out = t;
    return rc;
}

void relay_tls_free(struct relay_tls *t)
{
    if (!t)
        return;
    SSL_CTX_free(t->context);
    free(t);
}

bool relay_tls_use(struct relay_tls *t, struct smtp_session *session)
{
    t->begun = t->done = t->distrusted = false;
    t->fault = X509_V_OK;
    ERR_clear_error();
    return smtp_starttls_set_ctx(session, t->context) != 0;
}

void relay_tls_distrust(struct relay_tls *t)
{
    t->distrusted = true;
}

bool relay_tls_why(const struct relay_tls *t, char *out, size_t size)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    if (!t->begun || t->done)
        return false;
    if (t->distrusted)
        snprintf(out, size, "TLS: words came before the handshake that belong after it");
    else if (t->fault != X509_V_OK)
        snprintf(out, size, "TLS: certificate refused: %s",
                 X509_verify_cert_error_string(t->fault));
    else
        snprintf(out, size, "TLS: %s", reason ? reason : "the connection was lost");
    return true;
}
