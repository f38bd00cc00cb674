-- Which event has an id, found by the id alone. The brand stands last in the key: where it stands first, and a table is so young
-- that PostgreSQL knows nothing of it, all ids of the brand are read for those that are asked for.
ALTER TABLE trace_event_id RENAME TO trace_event_id_before;
-- `is_declaration`: 1 for the event that declares the other of the id wrong. `content_hash`: what the event says, so that the same
-- sent again is told from another under its id.
-- distribute by id_hash
CREATE TABLE trace_event_id (
    tenant_id BIGINT NOT NULL,
    id_hash {bytes} NOT NULL,
    is_declaration BIGINT NOT NULL,
    content_hash {bytes} NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (id_hash, is_declaration, tenant_id)
);
INSERT INTO trace_event_id (tenant_id, id_hash, is_declaration, content_hash, number)
     SELECT tenant_id, id_hash, is_declaration, content_hash, number
       FROM trace_event_id_before;
DROP TABLE trace_event_id_before;
