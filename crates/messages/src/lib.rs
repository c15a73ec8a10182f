//! E-mail: the outbox, which loses nothing, and the ways out of it.
