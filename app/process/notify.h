/*
 * What a service manager is told, by systemd's protocol: a datagram of lines VARIABLE=value to the
 * socket that NOTIFY_SOCKET names. Where it names none, nothing is sent.
 */
#ifndef NOTIFY_H
#define NOTIFY_H

/* "READY=1\nSTATUS=…" */
void notify(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
