-- Files that were handed in, as identity documents (SEC-5): sealed under their owner's key, in parts of 256 kB at most.
CREATE TABLE files (
    id {uuid} NOT NULL PRIMARY KEY,
    size bigint NOT NULL,
    parts integer NOT NULL,
    begun_at {moment} NOT NULL,
    -- All its parts are there, and somebody refers to it. Before, and after it was dropped, nobody sees it.
    whole_at {moment},
    dropped_at {moment}
);
CREATE INDEX files_to_sweep ON files (begun_at) WHERE whole_at IS NULL OR dropped_at IS NOT NULL;

CREATE TABLE file_parts (
    file_id {uuid} NOT NULL REFERENCES files (id),
    part integer NOT NULL,
    sealed {bytes} NOT NULL,
    PRIMARY KEY (file_id, part)
);
