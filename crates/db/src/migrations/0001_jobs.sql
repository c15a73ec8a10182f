-- Work to be done, enqueued in the transaction that wants it. A finished job is deleted; a dead one stays to be seen.
CREATE TABLE jobs (
    id {uuid} NOT NULL PRIMARY KEY,
    queue text NOT NULL,
    kind text NOT NULL,
    payload text NOT NULL,
    run_at {moment} NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    leased_by {uuid},
    leased_until {moment},
    state text NOT NULL CHECK (state IN ('ready', 'dead')),
    last_error text,
    created_at {moment} NOT NULL
);
CREATE INDEX jobs_next ON jobs (queue, state, run_at);
