#!/bin/sh
# Run a streaming replica. The first start copies the primary: libpq's variables (PGHOST, PGUSER, PGPASSWORD) name it.
# Arguments are options of the server. To copy the primary again, delete the volume.
set -eu
if [ ! -d "$PGDATA" ]; then
    rm -rf "$PGDATA.partial"
    pg_basebackup --pgdata "$PGDATA.partial" --write-recovery-conf --checkpoint fast
    mv "$PGDATA.partial" "$PGDATA"
fi
exec postgres -c unix_socket_directories=/tmp "$@"
