-- 0006-customer.sql - more about a customer: birthday, flags, fields of one's own, product ranges, and
-- the summary columns that let an audience be counted without a join.

ALTER TABLE customer
    ADD COLUMN birth_date    DATE              NULL,
    ADD COLUMN birthday      SMALLINT UNSIGNED AS (MONTH(birth_date) * 100 + DAYOFMONTH(birth_date)) PERSISTENT
                             COMMENT 'month * 100 + day',
    ADD COLUMN minor         BOOLEAN           NOT NULL DEFAULT FALSE COMMENT 'known to be under age, whatever birth_date says',
    ADD COLUMN timezone      VARCHAR(40)       NOT NULL DEFAULT '' COMMENT 'of the tz database; empty: that of the country',
    -- Summaries, like those above: kept by the transactions that change what they sum up.
    ADD COLUMN sms_standing  ENUM ('', 'no_contact_point', 'invalid_address', 'suppressed', 'opted_out',
                                   'no_consent', 'withdrawn') COLLATE utf8mb4_bin NOT NULL DEFAULT 'no_contact_point'
                             COMMENT 'why no promotional SMS may go to the primary number; empty: it may',
    ADD COLUMN sms_shared    BOOLEAN           NOT NULL DEFAULT FALSE COMMENT 'another customer has the primary number, too',
    ADD COLUMN consent_at    DATETIME(6)       NULL COMMENT 'when the consent to promotional SMS now in force was given',
    ADD COLUMN last_reply_at DATETIME(6)       NULL,
    ADD COLUMN promo_times   VARBINARY(32)     NOT NULL DEFAULT '' COMMENT 'the last 8 promotions, newest first: seconds since 1970, 4 bytes big endian each',
    ADD COLUMN last_campaign_id BIGINT UNSIGNED NULL,
    ADD COLUMN last_campaign_message_id BIGINT UNSIGNED NULL COMMENT 'its state is the outcome',
    ADD KEY by_birthday (birthday);

UPDATE customer c
  LEFT JOIN contact_point p ON p.customer_id = c.id AND p.channel = 'sms' AND p.is_primary
  LEFT JOIN consent_current k ON k.customer_id = c.id AND k.channel = 'sms' AND k.purpose = 'promo'
  LEFT JOIN opt_out o ON o.channel = 'sms' AND o.address = p.address
   SET c.sms_standing = CASE WHEN p.address IS NULL THEN 'no_contact_point'
                             WHEN p.state = 'suppressed' THEN 'suppressed'
                             WHEN p.state <> 'valid' THEN 'invalid_address'
                             WHEN o.address IS NOT NULL THEN 'opted_out'
                             WHEN k.state IS NULL THEN 'no_consent'
                             WHEN k.state <> 'granted' THEN 'withdrawn'
                             ELSE '' END,
       c.sms_shared = EXISTS (SELECT 1 FROM contact_point q
                               WHERE q.address = p.address AND q.channel = 'sms' AND q.is_primary
                                 AND q.customer_id <> c.id),
       c.consent_at = IF(k.state = 'granted', k.at, NULL);

CREATE TABLE product_range (
    id     SMALLINT UNSIGNED NOT NULL PRIMARY KEY,
    code   VARCHAR(32)       NOT NULL UNIQUE,
    label  VARCHAR(120)      NOT NULL
);

ALTER TABLE customer_order
    ADD COLUMN product_range_id SMALLINT UNSIGNED NULL,
    ADD KEY by_range (product_range_id, ordered_at, customer_id);

CREATE TABLE custom_field (
    id     SMALLINT UNSIGNED NOT NULL PRIMARY KEY,
    name   VARCHAR(32)       NOT NULL UNIQUE COMMENT 'as rules and templates write it: field.NAME',
    kind   ENUM ('text', 'number', 'date') NOT NULL
) COMMENT 'what a house wants to know of its customers besides';

CREATE TABLE customer_field (
    customer_id  BIGINT UNSIGNED   NOT NULL,
    field_id     SMALLINT UNSIGNED NOT NULL,
    value        VARCHAR(200)      NOT NULL,
    number       BIGINT            NULL COMMENT 'of a number; of a date: year * 10000 + month * 100 + day',
    PRIMARY KEY (customer_id, field_id),
    KEY by_value (field_id, value),
    KEY by_number (field_id, number)
);

CREATE TABLE campaign_member (
    campaign_id  BIGINT UNSIGNED NOT NULL,
    chunk        BIGINT UNSIGNED NOT NULL COMMENT 'customer id >> 12',
    bits         VARBINARY(512)  NOT NULL COMMENT 'bit (id & 7) of byte ((id & 4095) >> 3)',
    PRIMARY KEY (campaign_id, chunk)
) COMMENT 'who was sent a campaign, so that a rule can ask a million times without a million look-ups';
