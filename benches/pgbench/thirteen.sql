-- A debit as thirteen statements, two transactions among them: what the gateway made of it before it was measured.
-- :name, :partner, :card and :later, until when a gateway's recovery leaves these calls alone, are given with -D.
SELECT * FROM partner WHERE name = :name;
SELECT * FROM card WHERE partner_id = :partner AND id = :card AND removed_at IS NULL LIMIT 1;
SELECT * FROM partner_terminal WHERE partner_id = :partner;
BEGIN;
INSERT INTO transaction (partner_id, kind, status, version, network, card_id, amount, fee, merchant_id, terminal_id,
        code_tries, created_at, updated_at)
    VALUES (:partner, 'debit', 'processing', 1, 'UZCARD', :card, 100000, 0, '90001', '92400001', 0, 1, 1)
    RETURNING id \gset
INSERT INTO transaction_event (transaction_id, seq, to_status, cause, at) VALUES (:id, 1, 'processing', 'ordered', 1);
INSERT INTO processing_request (transaction_id, network, action, reference, amount, pan_hash, state, attempts, lease_until,
        next_check_at, sent_at)
    VALUES (:id, 'UZCARD', 'pay', gen_random_uuid()::text, 100000, '\x00', 'sent', 0, :later, :later, 1)
    RETURNING id AS request \gset
COMMIT;
BEGIN;
UPDATE processing_request SET state = 'approved', receipt = '{}', settled_at = 2, settled_by = 'reply', next_check_at = 2,
        lease_until = NULL
    WHERE id = :request AND state IN ('sent', 'unknown');
UPDATE transaction SET status = 'succeeded', version = 2, receipt = '{}', updated_at = 2
    WHERE id = :id AND status = 'processing' AND version = 1;
INSERT INTO transaction_event (transaction_id, seq, from_status, to_status, cause, at)
    VALUES (:id, 2, 'processing', 'succeeded', 'paid', 2);
COMMIT;
