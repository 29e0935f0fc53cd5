-- The same rows by three statements, one for what a debit needs to know and one for each of its two commits.
SELECT * FROM partner p JOIN card c ON c.partner_id = p.id
    WHERE p.name = :name AND c.id = :card AND c.removed_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM partner_terminal t WHERE t.partner_id = p.id);
WITH t AS (
    INSERT INTO transaction (partner_id, kind, status, version, network, card_id, amount, fee, merchant_id, terminal_id,
            code_tries, created_at, updated_at)
        VALUES (:partner, 'debit', 'processing', 1, 'UZCARD', :card, 100000, 0, '90001', '92400001', 0, 1, 1)
        RETURNING id
), e AS (
    INSERT INTO transaction_event (transaction_id, seq, to_status, cause, at) SELECT id, 1, 'processing', 'ordered', 1 FROM t
)
INSERT INTO processing_request (transaction_id, network, action, reference, amount, pan_hash, state, attempts, lease_until,
        next_check_at, sent_at)
    SELECT id, 'UZCARD', 'pay', gen_random_uuid()::text, 100000, '\x00', 'sent', 0, :later, :later, 1 FROM t
    RETURNING id AS request, transaction_id AS id \gset
WITH r AS (
    UPDATE processing_request SET state = 'approved', receipt = '{}', settled_at = 2, settled_by = 'reply', next_check_at = 2,
            lease_until = NULL
        WHERE id = :request AND state IN ('sent', 'unknown')
), t AS (
    UPDATE transaction SET status = 'succeeded', version = 2, receipt = '{}', updated_at = 2
        WHERE id = :id AND status = 'processing' AND version = 1
        RETURNING id
)
INSERT INTO transaction_event (transaction_id, seq, from_status, to_status, cause, at)
    SELECT id, 2, 'processing', 'succeeded', 'paid', 2 FROM t;
