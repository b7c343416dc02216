-- 0036-staff-answer.sql - what people of the house answer to what they were told, by SMS and mail.

-- Where an answer goes says which notice it is about: n-TOKEN@domain.
ALTER TABLE mail_out
    ADD COLUMN notice_id BIGINT UNSIGNED NULL COMMENT 'notice that an answer is about; NULL: nobody is asked to answer',
    ADD COLUMN in_reply_to VARCHAR(250) NOT NULL DEFAULT '' COLLATE utf8mb4_bin COMMENT 'Message-ID of the mail that it answers';

ALTER TABLE mail_in
    MODIFY COLUMN kind ENUM ('message', 'reply', 'unsubscribe', 'bounce', 'alert', 'house', 'import', 'notice') COLLATE utf8mb4_bin NOT NULL
                  COMMENT 'by the address that it came to';

CREATE TABLE staff_answer (
    id           BIGINT UNSIGNED   NOT NULL PRIMARY KEY COMMENT 'of the inbound_message, or of the mail_in; carries the time',
    at           DATETIME(6)       NOT NULL COMMENT 'when it came: "tomorrow" is the day after',
    channel      ENUM ('sms', 'email') COLLATE utf8mb4_bin NOT NULL,
    staff_id     INT UNSIGNED      NULL COMMENT 'whose number it came from; NULL: who was sent the notice',
    notice_id    BIGINT UNSIGNED   NULL COMMENT 'what it answers, when the address says so',
    from_address VARCHAR(254)      NOT NULL COLLATE utf8mb4_bin,
    to_address   VARCHAR(254)      NOT NULL COLLATE utf8mb4_bin COMMENT 'where it went: an answer comes from there',
    subject      VARCHAR(250)      NOT NULL DEFAULT '' COMMENT 'of a mail',
    message_id   VARCHAR(250)      NOT NULL DEFAULT '' COLLATE utf8mb4_bin COMMENT 'of a mail',
    text         VARCHAR(4000)     NOT NULL COMMENT 'emptied once something came of it',
    next_at      DATETIME(6)       NULL COMMENT 'to be read from then on; NULL: done with',
    tries        TINYINT UNSIGNED  NOT NULL DEFAULT 0,
    outcome      VARCHAR(16)       NOT NULL DEFAULT '' COLLATE utf8mb4_bin COMMENT 'done, unclear, ordinary, failed ...',
    answered_at  DATETIME(6)       NULL COMMENT 'when it was answered',
    answer_id    BIGINT UNSIGNED   NULL COMMENT 'by which message or, of a mail, mail_out',
    KEY by_next (next_at),
    KEY by_staff (staff_id, id)
) COMMENT 'an answer waits here from the commit that records it to the one that does what it says';
