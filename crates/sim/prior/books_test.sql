-- Three scans of tenant 1; the first two rewarded, from the budget of campaign 9, with 70 fen in all.
CREATE TABLE scan (scan_id BIGINT NOT NULL PRIMARY KEY, tenant_id BIGINT NOT NULL);
INSERT INTO scan (scan_id, tenant_id) VALUES (11, 1), (12, 1), (13, 1), (14, 2);
CREATE TABLE transfer (
    origin_id BIGINT NOT NULL PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    unit BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    debit_owner BIGINT NOT NULL,
    debit_book BIGINT NOT NULL,
    credit_book BIGINT NOT NULL
);
INSERT INTO transfer (origin_id, tenant_id, unit, amount, debit_owner, debit_book, credit_book)
VALUES (11, 1, 1, 30, 9, 2, 3), (12, 1, 1, 40, 9, 2, 3), (13, 1, 1, 10, 8, 2, 4), (14, 2, 1, 99, 9, 2, 3);
