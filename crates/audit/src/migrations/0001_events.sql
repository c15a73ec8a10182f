-- What was done, by whom, when: a chain for each account, each member of staff and the operator (PRV-2).
CREATE TABLE audit_events (
    chain {uuid} NOT NULL,
    seq bigint NOT NULL CHECK (seq > 0),
    kind text NOT NULL,
    author text NOT NULL,
    at {moment} NOT NULL,
    details text NOT NULL,
    sealed {bytes},
    hash {bytes} NOT NULL,
    PRIMARY KEY (chain, seq)
) {clustered};
--{sqlite}
CREATE TRIGGER audit_events_keep BEFORE UPDATE ON audit_events BEGIN SELECT RAISE(ABORT, 'guichet: audit_events is append-only'); END;
CREATE TRIGGER audit_events_stay BEFORE DELETE ON audit_events BEGIN SELECT RAISE(ABORT, 'guichet: audit_events is append-only'); END;
--{postgres}
CREATE TRIGGER audit_events_keep BEFORE UPDATE OR DELETE ON audit_events FOR EACH ROW EXECUTE FUNCTION guichet_append_only();
--{both}
