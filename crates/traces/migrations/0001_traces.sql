-- What each brand's events are numbered by, and what their identifiers are hashed with. `next_number` is raised in the
-- transaction that saves events, so that numbers are in the order of commits and a reader that goes by them misses none.
-- distribute by tenant_id
CREATE TABLE trace_book (
    tenant_id BIGINT NOT NULL,
    next_number BIGINT NOT NULL,
    salt {bytes} NOT NULL,
    PRIMARY KEY (tenant_id)
);

-- Events of EPCIS. Types, actions: see the crate. Words and places are hashes of what they are compared by. `body` is the event
-- as JSON, packed; what a server adds is not in it but the id.
-- distribute by tenant_id
CREATE TABLE trace_event (
    tenant_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    event_type BIGINT NOT NULL,
    action BIGINT NOT NULL,
    event_time BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    biz_step BIGINT,
    disposition BIGINT,
    read_point BIGINT,
    biz_location BIGINT,
    context_hash BIGINT NOT NULL,
    body {bytes} NOT NULL,
    PRIMARY KEY (tenant_id, number)
);
-- For events in the order in which they happened.
CREATE INDEX trace_event_by_time ON trace_event (tenant_id, event_time, number);

-- Which event has an id. `is_declaration`: 1 for the event that declares the other of the id wrong. `content_hash`: what the event
-- says, so that the same sent again is told from another under its id.
-- distribute by tenant_id
CREATE TABLE trace_event_id (
    tenant_id BIGINT NOT NULL,
    id_hash {bytes} NOT NULL,
    is_declaration BIGINT NOT NULL,
    content_hash {bytes} NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id_hash, is_declaration)
);

-- The objects that events name, neighbours as one run. `class_key`: a hash of the class. Serials that are numbers lie in
-- `first_serial` to `last_serial`, runs of up to 2^`span` in one place of the index; other serials are hashes below zero.
-- distribute by tenant_id
CREATE TABLE trace_epc (
    tenant_id BIGINT NOT NULL,
    class_key BIGINT NOT NULL,
    span BIGINT NOT NULL,
    first_serial BIGINT NOT NULL,
    last_serial BIGINT NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, class_key, span, first_serial, last_serial, number)
);

-- What else events are looked up by: a hash of its sort and text.
-- distribute by tenant_id
CREATE TABLE trace_term (
    tenant_id BIGINT NOT NULL,
    term BIGINT NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, term, number)
);

-- The types, words and places that events have named, for lists of them.
-- distribute by tenant_id
CREATE TABLE trace_word (
    tenant_id BIGINT NOT NULL,
    sort BIGINT NOT NULL,
    hash BIGINT NOT NULL,
    word TEXT NOT NULL,
    PRIMARY KEY (tenant_id, sort, hash)
);

-- The contexts (JSON-LD) under which events were given.
-- distribute by tenant_id
CREATE TABLE trace_context (
    tenant_id BIGINT NOT NULL,
    context_hash BIGINT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (tenant_id, context_hash)
);

-- Places within places, by master data.
-- distribute by tenant_id
CREATE TABLE trace_place (
    tenant_id BIGINT NOT NULL,
    child TEXT NOT NULL,
    parent TEXT NOT NULL,
    PRIMARY KEY (tenant_id, child, parent)
);

-- What became of documents that were captured. `errors` is a list as JSON.
-- distribute by tenant_id
CREATE TABLE trace_capture (
    tenant_id BIGINT NOT NULL,
    capture_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    is_success BIGINT NOT NULL,
    proceeds BIGINT NOT NULL,
    errors TEXT NOT NULL,
    PRIMARY KEY (tenant_id, capture_id)
);

-- Queries that have a name. `query` is their JSON.
-- distribute by tenant_id
CREATE TABLE trace_query (
    tenant_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, name)
);

-- Who is told what a named query finds. `terms` is what was asked, as JSON, without the secret; `secret` is sealed. Everything up
-- to `told_number` was told and taken. `due_at`: when it is looked at next; a server holds it until `held_until`.
-- distribute by tenant_id
CREATE TABLE trace_subscription (
    tenant_id BIGINT NOT NULL,
    subscription_id BIGINT NOT NULL,
    query_name TEXT NOT NULL,
    terms TEXT NOT NULL,
    secret {bytes},
    told_number BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    held_until BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    told_at BIGINT,
    last_error TEXT,
    PRIMARY KEY (tenant_id, subscription_id)
);
CREATE INDEX trace_subscription_due ON trace_subscription (due_at);
