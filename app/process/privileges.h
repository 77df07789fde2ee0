/*
 * Changes of user, from root to server.user. An empty user means that nothing changes.
 */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

/* Returns -1 and logs the reason if this process cannot become user. */
int privileges_check(const char *user);
/* Becomes user for good. Returns -1 and logs the reason if it cannot. */
int privileges_drop(const char *user);
/* If this process is root's, becomes for good the user whose the file at path is. Returns -1 with
 * errno if it cannot. */
int privileges_drop_to_owner(const char *path);
/* Acts with the rights of user until privileges_restore(). Does nothing if this process is not
 * root's. Returns -1 and logs the reason if it cannot. */
int privileges_use_temporarily(const char *user);
void privileges_restore(void);

/* Makes the file at path user's, if this process still is root's. Returns -1 with errno if it
 * cannot. */
int privileges_give(const char *path, const char *user);

#endif
