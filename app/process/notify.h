/*
 * What a service manager is told, by systemd's protocol: a datagram of lines VARIABLE=value to the
 * socket that NOTIFY_SOCKET names. Where it names none, nothing is sent.
 */
#ifndef NOTIFY_H
#define NOTIFY_H

/* "READY=1\nSTATUS=…" */
void notify(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* That this generation serves, for the first time or again; refusal: what does not, or NULL. */
void notify_serving(unsigned generation, const char *refusal);
/* That another is to serve; notify_serving() follows, or the end. */
void notify_changing(const char *status);
/* That this process is not stuck, as often as WATCHDOG_USEC wants it; to be called several times a
 * second. */
void notify_alive(void);
/* In a child that goes on to exec and take this process's place: it is watched from now on. */
void notify_leave(void);

#endif
