-- 0022-mail-channel.sql - messages to customers go by mail, too, through the same queue and book.

-- Mail addresses are in lower case throughout (domain/mail_address.h), so that a refusal finds whom
-- it is of, however they write themselves. Of two spellings one stays, with the worse word of both.
UPDATE IGNORE contact_point SET address = LOWER(address)
 WHERE channel = 'email' AND address <> LOWER(address);
UPDATE contact_point p
  JOIN contact_point d ON d.customer_id = p.customer_id AND d.channel = 'email'
                      AND d.address <> p.address AND LOWER(d.address) = p.address
   SET p.is_primary = p.is_primary OR d.is_primary,
       p.state = IF(d.state = 'valid', p.state, d.state)
 WHERE p.channel = 'email';
DELETE FROM contact_point WHERE channel = 'email' AND address <> LOWER(address);

UPDATE IGNORE opt_out SET address = LOWER(address)
 WHERE channel = 'email' AND address <> LOWER(address);
DELETE FROM opt_out WHERE channel = 'email' AND address <> LOWER(address);

UPDATE IGNORE consent_due SET address = LOWER(address), next_customer = 0
 WHERE channel = 'email' AND address <> LOWER(address);
DELETE FROM consent_due WHERE channel = 'email' AND address <> LOWER(address);

UPDATE IGNORE suppression_listing SET address = LOWER(address)
 WHERE channel = 'email' AND address <> LOWER(address);
DELETE FROM suppression_listing WHERE channel = 'email' AND address <> LOWER(address);

UPDATE IGNORE suppression SET address = LOWER(address)
 WHERE channel = 'email' AND address <> LOWER(address);
UPDATE suppression s
  JOIN suppression d ON d.channel = 'email' AND d.address <> s.address
                    AND LOWER(d.address) = s.address
   SET s.suppressed_at = COALESCE(s.suppressed_at, d.suppressed_at),
       s.carrier_at = COALESCE(s.carrier_at, d.carrier_at)
 WHERE s.channel = 'email';
DELETE FROM suppression WHERE channel = 'email' AND address <> LOWER(address);
UPDATE contact_point p
  JOIN suppression s ON s.channel = 'email' AND s.address = p.address
                    AND s.suppressed_at IS NOT NULL
   SET p.state = 'suppressed'
 WHERE p.channel = 'email' AND p.state = 'valid';

UPDATE IGNORE erasure_address SET address = LOWER(address)
 WHERE channel = 'email' AND address <> LOWER(address);
DELETE FROM erasure_address WHERE channel = 'email' AND address <> LOWER(address);

ALTER TABLE message
    ADD COLUMN subject VARCHAR(250) NOT NULL DEFAULT '' COMMENT 'of a mail; its text is the source that text and HTML are made of (domain/markup.h)',
    ADD COLUMN claims INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'how often it was taken to be sent: unlike attempts, no number comes twice',
    MODIFY sender   VARCHAR(254) NOT NULL COMMENT 'of a mail: the address in From',
    MODIFY encoding ENUM ('gsm7', 'ucs2', 'utf8') COLLATE utf8mb4_bin NOT NULL COMMENT 'utf8: a mail';

ALTER TABLE campaign
    MODIFY sender VARCHAR(254) NOT NULL;

ALTER TABLE queue
    ADD COLUMN channel ENUM ('sms', 'email') COLLATE utf8mb4_bin NOT NULL DEFAULT 'sms'
        COMMENT 'who empties it: flow/gateway, or flow/postman';
