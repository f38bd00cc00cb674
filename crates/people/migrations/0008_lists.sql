-- For listing people, who came last first: those first known by a kind of identifier, or all, which are merged from the
-- kinds. The account that a person is named by stands for it.
CREATE INDEX person_by_kind ON source_account (tenant_id, kind, account_id) WHERE person_id = account_id;
