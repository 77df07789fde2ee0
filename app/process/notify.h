/*
 * Messages to the service manager, by systemd's protocol (sd_notify(3)): a datagram of lines
 * VARIABLE=value to the socket that NOTIFY_SOCKET names. Without that variable nothing is sent.
 */
#ifndef NOTIFY_H
#define NOTIFY_H

/* Sends a message: "READY=1\nSTATUS=…". */
void notify(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Says that this generation serves. failure: the reload or upgrade that failed before, or NULL. */
void notify_serving(unsigned generation, const char *failure);
/* Says that a reload or an upgrade begins; notify_serving() follows, or the end of the process. */
void notify_changing(const char *status);
/* Answers the manager's watchdog, as often as WATCHDOG_USEC wants it. To be called at each tick. */
void notify_alive(void);
/* In a child that will exec and replace this process: the manager's watchdog is for it now. */
void notify_pass(void);

#endif
