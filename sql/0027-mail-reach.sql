-- 0027-mail-reach.sql - campaigns by mail, and by both: what customers are counted by for mail, and
-- by which channels a campaign goes.

ALTER TABLE customer
    ADD COLUMN email_standing   ENUM ('', 'no_contact_point', 'invalid_address', 'suppressed', 'opted_out',
                                      'no_consent', 'withdrawn') COLLATE utf8mb4_bin NOT NULL DEFAULT 'no_contact_point'
                                COMMENT 'why no promotional mail may go to the primary address; empty: it may',
    ADD COLUMN email_shared     BOOLEAN     NOT NULL DEFAULT FALSE COMMENT 'another customer has the primary mail address, too',
    ADD COLUMN email_consent_at DATETIME(6) NULL COMMENT 'when the consent to promotional mail now in force was given';

UPDATE customer c
  LEFT JOIN contact_point p ON p.customer_id = c.id AND p.channel = 'email' AND p.is_primary
  LEFT JOIN consent_current k ON k.customer_id = c.id AND k.channel = 'email' AND k.purpose = 'promo'
  LEFT JOIN opt_out o ON o.channel = 'email' AND o.address = p.address AND o.sender = ''
   SET c.email_standing = CASE WHEN p.address IS NULL THEN 'no_contact_point'
                               WHEN p.state = 'suppressed' THEN 'suppressed'
                               WHEN p.state <> 'valid' THEN 'invalid_address'
                               WHEN o.address IS NOT NULL THEN 'opted_out'
                               WHEN k.state IS NULL THEN 'no_consent'
                               WHEN k.state <> 'granted' THEN 'withdrawn'
                               ELSE '' END,
       c.email_shared = EXISTS (SELECT 1 FROM contact_point q
                                 WHERE q.address = p.address AND q.channel = 'email' AND q.is_primary
                                   AND q.customer_id <> c.id),
       c.email_consent_at = IF(k.state = 'granted', k.at, NULL);

-- Those who share an address of one kind or the other are few: one key finds both.
ALTER TABLE customer
    DROP KEY by_sharing,
    ADD KEY by_sharing (sms_shared, email_shared);

ALTER TABLE campaign
    ADD COLUMN channels ENUM ('sms', 'email', 'sms,email', 'email,sms') COLLATE utf8mb4_bin NOT NULL DEFAULT 'sms'
        COMMENT 'by which each recipient is reached: the first that there is a right and an address for',
    ADD COLUMN mail_template_id      BIGINT UNSIGNED NULL
        COMMENT 'of its mails, where some go by SMS: that is template_id. By mail alone: template_id, too',
    ADD COLUMN mail_template_version INT UNSIGNED    NULL,
    MODIFY body_hash BIGINT UNSIGNED NOT NULL DEFAULT 0
        COMMENT 'of the text without regard to case, spaces and accents; of a mail with its subject';

ALTER TABLE campaign_variant
    COMMENT 'the texts of a campaign that has more than one; of one by two channels: 0 the SMS, 1 the mail';
