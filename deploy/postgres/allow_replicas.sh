#!/bin/sh
# Let replicas connect with a password. PostgreSQL's image runs this once, when it creates the primary.
set -eu
echo "host replication all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
