-- 0001-core.sql - the tables of Relais.
--
-- Keys are made by Relais (id_block), never by AUTO_INCREMENT, so that several nodes can write to one
-- cluster and a batch knows its ids before it is inserted. Ids of message, message_event and
-- inbound_message carry their time in the bits above 2^20 (seconds since 2024-01-01 UTC).
-- Every DATETIME is UTC.

-- ---- the machinery ------------------------------------------------------------------------------

CREATE TABLE id_block (
    kind     VARCHAR(32)     NOT NULL PRIMARY KEY,
    next_id  BIGINT UNSIGNED NOT NULL
) COMMENT 'the next free id of each kind; nodes take blocks of them';

CREATE TABLE lease (
    name        VARCHAR(64)       NOT NULL PRIMARY KEY,
    node_id     SMALLINT UNSIGNED NOT NULL,
    fence       BIGINT UNSIGNED   NOT NULL COMMENT 'grows with every new holder',
    expires_at  DATETIME(6)       NOT NULL
) COMMENT 'which node does a thing that only one may do at a time';

-- ---- who we know --------------------------------------------------------------------------------

CREATE TABLE category (
    id     SMALLINT UNSIGNED NOT NULL PRIMARY KEY,
    code   VARCHAR(32)       NOT NULL UNIQUE,
    label  VARCHAR(120)      NOT NULL
);

CREATE TABLE acquisition_source (
    id     SMALLINT UNSIGNED NOT NULL PRIMARY KEY,
    code   VARCHAR(32)       NOT NULL UNIQUE,
    label  VARCHAR(120)      NOT NULL
);

CREATE TABLE partner (
    id          SMALLINT UNSIGNED NOT NULL PRIMARY KEY,
    code        VARCHAR(32)       NOT NULL UNIQUE COMMENT 'the name of its profile and its directory',
    label       VARCHAR(120)      NOT NULL,
    created_at  DATETIME(6)       NOT NULL
);

CREATE TABLE customer (
    id                     BIGINT UNSIGNED   NOT NULL PRIMARY KEY,
    category_id            SMALLINT UNSIGNED NULL,
    acquisition_source_id  SMALLINT UNSIGNED NULL,
    first_name             VARCHAR(80)       NOT NULL DEFAULT '',
    last_name              VARCHAR(120)      NOT NULL DEFAULT '',
    company                VARCHAR(160)      NOT NULL DEFAULT '',
    language               CHAR(2)           NOT NULL DEFAULT 'fr',
    street                 VARCHAR(200)      NOT NULL DEFAULT '',
    postcode               VARCHAR(16)       NOT NULL DEFAULT '',
    city                   VARCHAR(100)      NOT NULL DEFAULT '',
    country                CHAR(2)           NOT NULL DEFAULT 'FR',
    do_not_contact         BOOLEAN           NOT NULL DEFAULT FALSE,
    erased_at              DATETIME(6)       NULL,
    -- Summaries, kept by the transactions that change what they sum up, so that audiences need not join.
    last_contact_at        DATETIME(6)       NULL COMMENT 'last message sent to, or received from, the customer',
    last_order_at          DATETIME(6)       NULL,
    order_count            INT UNSIGNED      NOT NULL DEFAULT 0,
    order_cents            BIGINT            NOT NULL DEFAULT 0 COMMENT 'sum of the amounts to collect',
    created_at             DATETIME(6)       NOT NULL,
    updated_at             DATETIME(6)       NOT NULL,
    KEY by_category (category_id, city),
    KEY by_city (city),
    CONSTRAINT FOREIGN KEY (category_id) REFERENCES category (id),
    CONSTRAINT FOREIGN KEY (acquisition_source_id) REFERENCES acquisition_source (id)
);

CREATE TABLE customer_ref (
    partner_id       SMALLINT UNSIGNED NOT NULL,
    customer_number  VARCHAR(64)       NOT NULL COLLATE utf8mb4_bin,
    customer_id      BIGINT UNSIGNED   NOT NULL,
    content_hash     BINARY(16)        NOT NULL COMMENT 'of the fields last imported: equal means nothing to do',
    PRIMARY KEY (partner_id, customer_number),
    KEY by_customer (customer_id)
) COMMENT 'the number under which a partner knows a customer';

CREATE TABLE contact_point (
    customer_id  BIGINT UNSIGNED         NOT NULL,
    channel      ENUM ('sms', 'email')   NOT NULL,
    address      VARCHAR(254)            NOT NULL COMMENT 'E.164 number or mail address' COLLATE utf8mb4_bin,
    is_primary   BOOLEAN                 NOT NULL DEFAULT TRUE COMMENT 'the one that campaigns use',
    state        ENUM ('valid', 'invalid', 'suppressed') NOT NULL DEFAULT 'valid',
    created_at   DATETIME(6)             NOT NULL,
    PRIMARY KEY (customer_id, channel, address),
    KEY by_address (address, channel)
);

-- ---- what they allowed --------------------------------------------------------------------------

CREATE TABLE consent_chain (
    id      SMALLINT UNSIGNED NOT NULL PRIMARY KEY COMMENT 'node * 256 + lane: each writer has its own, so none waits',
    length  BIGINT UNSIGNED   NOT NULL,
    head    BINARY(32)        NOT NULL COMMENT 'hash of the newest event'
) COMMENT 'the ends of the ledger''s chains';

CREATE TABLE consent_event (
    chain        SMALLINT UNSIGNED NOT NULL,
    seq          BIGINT UNSIGNED   NOT NULL COMMENT '1, 2, 3 ... without a gap in its chain',
    id           BIGINT UNSIGNED   NOT NULL COMMENT 'the proof that a message names',
    customer_id  BIGINT UNSIGNED   NOT NULL,
    channel      ENUM ('sms', 'email')          NOT NULL,
    purpose      ENUM ('promo', 'service')      NOT NULL,
    state        ENUM ('granted', 'withdrawn')  NOT NULL,
    address      VARCHAR(254)      NOT NULL COMMENT 'the contact point at that time',
    at           DATETIME(6)       NOT NULL COMMENT 'when the person said so',
    recorded_at  DATETIME(6)       NOT NULL,
    source       ENUM ('import', 'inbound', 'staff', 'api') NOT NULL,
    source_ref   VARCHAR(64)       NOT NULL COMMENT 'import:row, inbound message id, staff login',
    wording      VARCHAR(500)      NOT NULL COMMENT 'the words agreed to, or the words of the refusal',
    hash         BINARY(32)        NOT NULL COMMENT 'BLAKE2b-256 of the previous hash and every column before this one',
    PRIMARY KEY (chain, seq),
    UNIQUE KEY by_id (id),
    KEY by_customer (customer_id)
) COMMENT 'append-only; relaisctl consent verify walks the chains';

CREATE TABLE consent_current (
    customer_id  BIGINT UNSIGNED              NOT NULL,
    channel      ENUM ('sms', 'email')        NOT NULL,
    purpose      ENUM ('promo', 'service')    NOT NULL,
    state        ENUM ('granted', 'withdrawn') NOT NULL,
    event_id     BIGINT UNSIGNED              NOT NULL,
    at           DATETIME(6)                  NOT NULL,
    PRIMARY KEY (customer_id, channel, purpose)
) COMMENT 'the last word of each customer, folded from consent_event';

CREATE TABLE opt_out (
    channel      ENUM ('sms', 'email') NOT NULL,
    address      VARCHAR(254)          NOT NULL COLLATE utf8mb4_bin,
    at           DATETIME(6)           NOT NULL,
    inbound_id   BIGINT UNSIGNED       NULL,
    PRIMARY KEY (channel, address)
) COMMENT 'addresses that said STOP, whoever they belong to now or later';

-- ---- what they ordered --------------------------------------------------------------------------

CREATE TABLE customer_order (
    id             BIGINT UNSIGNED   NOT NULL PRIMARY KEY,
    partner_id     SMALLINT UNSIGNED NOT NULL,
    order_number   VARCHAR(64)       NOT NULL COLLATE utf8mb4_bin,
    customer_id    BIGINT UNSIGNED   NOT NULL,
    status         ENUM ('planned', 'out', 'delivered', 'missed', 'cancelled') NOT NULL DEFAULT 'planned',
    goods          VARCHAR(500)      NOT NULL DEFAULT '',
    weight_g       INT UNSIGNED      NULL,
    window_from    DATETIME(6)       NULL,
    window_to      DATETIME(6)       NULL,
    collect_cents  BIGINT            NOT NULL DEFAULT 0 COMMENT 'amount to collect at the door',
    currency       CHAR(3)           NOT NULL DEFAULT 'EUR',
    street         VARCHAR(200)      NOT NULL DEFAULT '',
    postcode       VARCHAR(16)       NOT NULL DEFAULT '',
    city           VARCHAR(100)      NOT NULL DEFAULT '',
    country        CHAR(2)           NOT NULL DEFAULT 'FR',
    ordered_at     DATETIME(6)       NOT NULL,
    import_id      BIGINT UNSIGNED   NOT NULL,
    import_row     INT UNSIGNED      NOT NULL,
    content_hash   BINARY(16)        NOT NULL,
    UNIQUE KEY by_number (partner_id, order_number),
    KEY by_customer (customer_id, ordered_at)
);

-- ---- what partners dropped ----------------------------------------------------------------------

CREATE TABLE import (
    id             BIGINT UNSIGNED   NOT NULL PRIMARY KEY,
    partner_id     SMALLINT UNSIGNED NOT NULL,
    file_name      VARCHAR(255)      NOT NULL,
    sha256         BINARY(32)        NOT NULL,
    bytes          BIGINT UNSIGNED   NOT NULL,
    state          ENUM ('checking', 'applying', 'done', 'failed') NOT NULL,
    reason         VARCHAR(500)      NOT NULL DEFAULT '' COMMENT 'why the whole file failed',
    next_row       BIGINT UNSIGNED   NOT NULL DEFAULT 1 COMMENT 'the first row not yet applied: the checkpoint',
    rows_total     BIGINT UNSIGNED   NOT NULL DEFAULT 0,
    rows_taken     BIGINT UNSIGNED   NOT NULL DEFAULT 0,
    rows_unchanged BIGINT UNSIGNED   NOT NULL DEFAULT 0 COMMENT 'taken before with the same content',
    rows_refused   BIGINT UNSIGNED   NOT NULL DEFAULT 0,
    received_at    DATETIME(6)       NOT NULL,
    finished_at    DATETIME(6)       NULL,
    UNIQUE KEY by_content (partner_id, sha256),
    KEY by_state (state)
);

CREATE TABLE import_reject (
    import_id  BIGINT UNSIGNED NOT NULL,
    row_no     BIGINT UNSIGNED NOT NULL,
    line       BIGINT UNSIGNED NOT NULL,
    field      VARCHAR(64)     NOT NULL,
    code       VARCHAR(32)     NOT NULL,
    value      VARCHAR(200)    NOT NULL,
    reason     VARCHAR(300)    NOT NULL,
    PRIMARY KEY (import_id, row_no)
);

-- ---- what we say --------------------------------------------------------------------------------

CREATE TABLE template (
    id          BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    name        VARCHAR(64)     NOT NULL UNIQUE,
    body        TEXT            NOT NULL,
    created_at  DATETIME(6)     NOT NULL,
    updated_at  DATETIME(6)     NOT NULL
);

CREATE TABLE campaign (
    id            BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    name          VARCHAR(64)     NOT NULL UNIQUE,
    class         ENUM ('alert', 'service', 'promo') NOT NULL DEFAULT 'promo',
    state         ENUM ('draft', 'expanding', 'sending', 'paused', 'done', 'cancelled') NOT NULL,
    audience      TEXT            NOT NULL COMMENT 'the rule as written',
    template_id   BIGINT UNSIGNED NOT NULL,
    body          TEXT            NOT NULL COMMENT 'the template''s text when the campaign was created',
    sender        VARCHAR(20)     NOT NULL,
    transliterate BOOLEAN         NOT NULL DEFAULT FALSE,
    expires_s     INT UNSIGNED    NOT NULL DEFAULT 86400 COMMENT 'a message not sent within this many seconds never is',
    next_customer BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'expansion has done the customers below this id',
    audience_n    BIGINT UNSIGNED NOT NULL DEFAULT 0,
    message_n     BIGINT UNSIGNED NOT NULL DEFAULT 0,
    first_message BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'its messages have ids from here ...',
    last_message  BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT '... to here, others'' among them',
    created_at    DATETIME(6)     NOT NULL,
    started_at    DATETIME(6)     NULL,
    finished_at   DATETIME(6)     NULL,
    KEY by_state (state)
);

CREATE TABLE campaign_exclusion (
    campaign_id  BIGINT UNSIGNED NOT NULL,
    customer_id  BIGINT UNSIGNED NOT NULL,
    reason       ENUM ('no_consent', 'withdrawn', 'opted_out', 'no_contact_point', 'invalid_address',
                       'do_not_contact', 'duplicate_address', 'erased', 'template') NOT NULL,
    PRIMARY KEY (campaign_id, customer_id)
);

CREATE TABLE campaign_recipient (
    campaign_id  BIGINT UNSIGNED NOT NULL,
    address      VARCHAR(254)    NOT NULL COLLATE utf8mb4_bin,
    message_id   BIGINT UNSIGNED NOT NULL,
    PRIMARY KEY (campaign_id, address)
) COMMENT 'one message an address and campaign, whatever happens';

-- ---- what went out and came back ----------------------------------------------------------------

CREATE TABLE carrier (
    id    SMALLINT UNSIGNED NOT NULL PRIMARY KEY,
    name  VARCHAR(64)       NOT NULL UNIQUE COMMENT 'as in the configuration'
);

CREATE TABLE message (
    id                BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    campaign_id       BIGINT UNSIGNED NULL,
    customer_id       BIGINT UNSIGNED NULL,
    channel           ENUM ('sms', 'email')            NOT NULL,
    class             ENUM ('alert', 'service', 'promo') NOT NULL,
    state             ENUM ('queued', 'submitting', 'accepted', 'delivered', 'failed', 'expired',
                            'unknown', 'held', 'cancelled') NOT NULL DEFAULT 'queued',
    address           VARCHAR(254)    NOT NULL COLLATE utf8mb4_bin,
    sender            VARCHAR(20)     NOT NULL,
    text              TEXT            NOT NULL COMMENT 'the very text that goes out',
    encoding          ENUM ('gsm7', 'ucs2') NOT NULL,
    parts             TINYINT UNSIGNED NOT NULL,
    consent_event_id  BIGINT UNSIGNED NULL COMMENT 'the proof, for class promo',
    legal_basis       VARCHAR(32)     NOT NULL DEFAULT '' COMMENT 'the right to send, for service and alert',
    attempts          TINYINT UNSIGNED NOT NULL DEFAULT 0,
    -- Bit n stands for part n+1, so a receipt that comes twice changes nothing.
    accepted_parts    INT UNSIGNED    NOT NULL DEFAULT 0,
    delivered_parts   INT UNSIGNED    NOT NULL DEFAULT 0,
    failed_parts      INT UNSIGNED    NOT NULL DEFAULT 0,
    created_at        DATETIME(6)     NOT NULL,
    expires_at        DATETIME(6)     NOT NULL,
    reason            VARCHAR(64)     NOT NULL DEFAULT '' COMMENT 'why failed, cancelled, expired or held',
    KEY by_customer (customer_id)
) COMMENT 'ids are in the order of time; no index on state: the queue is outbox_slice';

CREATE TABLE message_event (
    id               BIGINT UNSIGNED   NOT NULL PRIMARY KEY,
    message_id       BIGINT UNSIGNED   NOT NULL COMMENT '0: a receipt whose message is not known (yet)',
    part             TINYINT UNSIGNED  NOT NULL,
    kind             ENUM ('accepted', 'refused', 'delivered', 'failed', 'expired', 'unknown',
                           'requeued', 'cancelled', 'held', 'progress') NOT NULL,
    at               DATETIME(6)       NOT NULL,
    carrier_id       SMALLINT UNSIGNED NOT NULL DEFAULT 0,
    smsc_message_id  VARCHAR(65)       NULL COMMENT 'as the carrier gave it, brought to one form' COLLATE utf8mb4_bin,
    code             INT UNSIGNED      NOT NULL DEFAULT 0 COMMENT 'SMPP command_status, or the receipt''s err',
    detail           VARCHAR(64)       NOT NULL DEFAULT '',
    KEY by_message (message_id),
    KEY by_smsc_message_id (smsc_message_id, carrier_id)
) COMMENT 'append-only: what happened to a message, in narrow rows; folded into message in the same transaction';

CREATE TABLE outbox_slice (
    id          BIGINT UNSIGNED   NOT NULL COMMENT 'the first message id',
    round       TINYINT UNSIGNED  NOT NULL DEFAULT 0 COMMENT 'how often these messages were tried before',
    last_id     BIGINT UNSIGNED   NOT NULL,
    next_id     BIGINT UNSIGNED   NOT NULL COMMENT 'messages below this one were claimed',
    class       ENUM ('alert', 'service', 'promo') NOT NULL COMMENT 'they leave in this order',
    state       ENUM ('ready', 'held', 'waiting') NOT NULL DEFAULT 'ready'
                COMMENT 'waiting: all are claimed, not all are answered',
    due_at      DATETIME(6)       NOT NULL,
    campaign_id BIGINT UNSIGNED   NULL,
    node_id     SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'who works on it; 0: nobody',
    PRIMARY KEY (id, round),
    KEY in_order (class, state, due_at, id),
    KEY by_node (node_id),
    KEY by_campaign (campaign_id)
) COMMENT 'the queue: runs of consecutive message ids still to be sent; a row goes when all of its messages were answered';

CREATE TABLE contact_due (
    first_id  BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    last_id   BIGINT UNSIGNED NOT NULL
) COMMENT 'runs of messages that were sent, and whose customers'' last_contact_at does not say so yet';

CREATE TABLE inbound_message (
    id            BIGINT UNSIGNED   NOT NULL PRIMARY KEY,
    at            DATETIME(6)       NOT NULL,
    channel       ENUM ('sms', 'email') NOT NULL,
    carrier_id    SMALLINT UNSIGNED NOT NULL DEFAULT 0,
    from_address  VARCHAR(254)      NOT NULL COLLATE utf8mb4_bin,
    to_address    VARCHAR(254)      NOT NULL,
    text          TEXT              NOT NULL,
    keyword       ENUM ('', 'stop', 'start', 'help') NOT NULL DEFAULT '',
    customer_id   BIGINT UNSIGNED   NULL COMMENT 'one who has that address, if any',
    answer_id     BIGINT UNSIGNED   NULL COMMENT 'the message that answered it',
    KEY by_customer (customer_id),
    KEY by_from (from_address)
);
