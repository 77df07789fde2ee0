#!/bin/sh
# A worker for what needs the database alone, started by the host's Apache. Never ends by itself, since a request may be
# on its way to it.
here=$(dirname "$0")
WXUSER_CONF_server__max_requests=0 exec "$here/sbin/wxuser.fcgi" --config "$here/etc/wxuser.conf" --pool core
