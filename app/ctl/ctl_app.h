/*
 * The app that a command names; and what those say that change which apps there are: with whom an
 * app shares its unionids, and for which app calls are that name none.
 */
#ifndef CTL_APP_H
#define CTL_APP_H

#include <stdio.h>

struct app;
struct ctl;
struct default_app_choice;

/* Finds the app that a command names. Returns the exit status. */
int ctl_app_find(struct ctl *ctl, const char *appid, struct app *app_r);
/* Prints how many other apps share the app's Open Platform account: an account whose name is
 * mistyped has none. Returns the exit status. */
int ctl_app_print_platform(struct ctl *ctl, const char *appid);
/* Prints which app calls are for that name none. Returns the exit status. */
int ctl_app_print_default(struct ctl *ctl, FILE *out);
/* Why db/ refused a choice of the default app, and the line to type next, in the arena; NULL: for
 * another reason. */
const char *ctl_app_default_problem(
	const struct ctl *ctl, const struct default_app_choice *choice);

/* For the details of commands after which calls without an app may be ambiguous. */
#define CTL_APP_DEFAULT                                                                         \
	"While there is one app, calls need not name it. --default says which app is\n"          \
	"meant by those that name none from now on.\n"

#endif
