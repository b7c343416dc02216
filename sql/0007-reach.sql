-- 0007-reach.sql - every reason to leave somebody out; recipients by customer; where a number is.

ALTER TABLE campaign_exclusion
    MODIFY reason ENUM ('no_consent', 'withdrawn', 'opted_out', 'no_contact_point', 'invalid_address',
                        'suppressed', 'duplicate_address', 'frequency_cap', 'contacted_recently',
                        'minor', 'do_not_contact', 'erased', 'in_flight', 'same_text', 'hold_out',
                        'template') COLLATE utf8mb4_bin NOT NULL;

-- By customer and not by address: rows are appended in the order in which an audience is walked.
CREATE TABLE campaign_recipient_by_customer (
    campaign_id  BIGINT UNSIGNED  NOT NULL,
    customer_id  BIGINT UNSIGNED  NOT NULL,
    message_id   BIGINT UNSIGNED  NOT NULL,
    variant      TINYINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'which of the campaign''s texts it was given',
    PRIMARY KEY (campaign_id, customer_id)
) COMMENT 'one message a customer and campaign, whatever happens';

INSERT IGNORE INTO campaign_recipient_by_customer (campaign_id, customer_id, message_id)
SELECT r.campaign_id, m.customer_id, r.message_id
  FROM campaign_recipient r
  JOIN message m ON m.id = r.message_id
 WHERE m.customer_id IS NOT NULL
 ORDER BY r.campaign_id, m.customer_id;

CREATE TABLE campaign_shared_address (
    campaign_id  BIGINT UNSIGNED NOT NULL,
    address      VARCHAR(254)    NOT NULL COLLATE utf8mb4_bin,
    PRIMARY KEY (campaign_id, address)
) COMMENT 'numbers that several customers have and that got their message: one an address and campaign, too';

INSERT IGNORE INTO campaign_shared_address (campaign_id, address)
SELECT r.campaign_id, r.address
  FROM campaign_recipient r
  JOIN contact_point p ON p.address = r.address AND p.channel = 'sms'
  JOIN customer c ON c.id = p.customer_id AND c.sms_shared;

DROP TABLE campaign_recipient;
RENAME TABLE campaign_recipient_by_customer TO campaign_recipient;

ALTER TABLE customer
    ADD COLUMN sms_prefix MEDIUMINT UNSIGNED NOT NULL DEFAULT 0
        COMMENT 'the first 7 digits of the primary number, shorter ones with zeros behind; 0: none';

UPDATE customer c
  JOIN contact_point p ON p.customer_id = c.id AND p.channel = 'sms' AND p.is_primary
   SET c.sms_prefix = RPAD(SUBSTR(p.address, 2, 7), 7, '0');

ALTER TABLE campaign_member
    MODIFY bits  VARBINARY(512) NOT NULL COMMENT 'who was sent it: bit (id & 7) of byte ((id & 4095) >> 3)',
    ADD COLUMN queued VARBINARY(512) NOT NULL DEFAULT '' COMMENT 'the same: for whom it has a message';

ALTER TABLE campaign
    ADD COLUMN rest_s INT UNSIGNED NULL
        COMMENT 'no promotion so soon after the customer''s last contact; NULL: as campaign.rest says';

-- Those who share a number are few: they are counted apart, by this key.
ALTER TABLE customer ADD KEY by_sharing (sms_shared);

-- What was sent before: relaisd sums it up like what is sent from now on. Ids of one second stand
-- together.
INSERT IGNORE INTO contact_due (first_id, last_id)
SELECT MIN(id), MAX(id)
  FROM message
 WHERE accepted_parts <> 0 AND customer_id IS NOT NULL
 GROUP BY id >> 20;

UPDATE customer c
  JOIN (SELECT customer_id, MAX(at) AS at
          FROM inbound_message
         WHERE customer_id IS NOT NULL
         GROUP BY customer_id) i ON i.customer_id = c.id
   SET c.last_reply_at = i.at;
