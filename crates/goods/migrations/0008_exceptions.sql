-- Exceptions have an id of their own, so that a list of them is read by pages. Those that were recorded before get one just
-- after their operation's: the same number never twice, in the same order.
ALTER TABLE goods_exception ADD COLUMN exception_id BIGINT NOT NULL DEFAULT 0;
UPDATE goods_exception
   SET exception_id = operation_id
                    + (SELECT COUNT(*)
                         FROM goods_exception o
                        WHERE o.tenant_id = goods_exception.tenant_id
                          AND (o.operation_id < goods_exception.operation_id
                               OR (o.operation_id = goods_exception.operation_id AND o.line < goods_exception.line)));
-- For reading a page of exceptions.
CREATE INDEX goods_exception_by_id ON goods_exception (tenant_id, exception_id);
-- For listing exceptions of a kind, or with an organisation.
CREATE INDEX goods_exception_by_kind ON goods_exception (tenant_id, kind, exception_id);
CREATE INDEX goods_exception_by_organisation ON goods_exception (tenant_id, organisation_id, kind, exception_id);
-- For listing operations of a kind, or with an organisation.
CREATE INDEX goods_operation_by_kind ON goods_operation (tenant_id, kind, operation_id);
CREATE INDEX goods_operation_by_organisation ON goods_operation (tenant_id, organisation_id, kind, operation_id);
