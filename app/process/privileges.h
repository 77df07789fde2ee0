/*
 * From root to the user of the configuration.
 */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

/* Whether this process can become that user; "": it stays. -1: logged. */
int privileges_check(const char *user);
/* For good. user "" stays. -1: logged. */
int privileges_drop(const char *user);
/* Root acts with the user's rights until it takes its own back; user "", or whoever is not root,
 * stays. -1: logged. */
int privileges_lend(const char *user);
void privileges_take_back(void);

/* Root, before it drops its rights, makes the file that user's; "": nothing. -1: errno. */
int privileges_give(const char *path, const char *user);

#endif
