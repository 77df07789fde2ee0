#!/bin/sh
# What Apache's mod_fcgid starts: a worker for what may wait for WeChat or an SMS gateway. Never ends by itself, since a
# request may be on its way to it.
WXUSER_CONF_server__max_requests=0 exec /usr/local/sbin/wxuser.fcgi --config /etc/wxuser/wxuser.conf --pool remote
