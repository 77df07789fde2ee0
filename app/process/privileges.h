/*
 * From root to the user of the configuration, for good.
 */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

/* user "" stays. -1: logged. */
int privileges_drop(const char *user);

#endif
