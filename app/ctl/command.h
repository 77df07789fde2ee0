/*
 * wxuserctl's commands, each in a file of its own. main.c holds the table, finds the command, reads
 * its arguments and opens what it needs.
 *
 * To add one: app/ctl/NOUN_VERB.c with a struct command at its end, a line below, one in main.c's
 * table and one in Makefile.am, and its cases in tests/stack/test_ctl.py.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "arguments.h"
#include "ctl.h"

struct command {
	const char *name;      /* its words: "tenant add" */
	const char *arguments; /* as arguments_read() takes them */
	const char *summary;   /* one line, for the list of commands */
	const char *details;   /* sentences for its own --help, each line with '\n'; NULL: none */
	unsigned needs;        /* a set of enum ctl_needs */
	/* arguments in the order of .arguments. The exit status. */
	int (*run)(struct ctl *ctl, const struct argument *arguments);
};

extern const struct command command_account_conflicts;
extern const struct command command_account_disable;
extern const struct command command_account_dismiss;
extern const struct command command_account_enable;
extern const struct command command_account_logout_everywhere;
extern const struct command command_account_merge;
extern const struct command command_account_show;
extern const struct command command_app_add;
extern const struct command command_app_list;
extern const struct command command_app_set_push;
extern const struct command command_check;
extern const struct command command_communities_export;
extern const struct command command_communities_import;
extern const struct command command_conf_sample;
extern const struct command command_drain;
extern const struct command command_erasures_replay;
extern const struct command command_key_add;
extern const struct command command_key_list;
extern const struct command command_key_revoke;
extern const struct command command_keys_create;
extern const struct command command_members_export;
extern const struct command command_members_import;
extern const struct command command_migrate;
extern const struct command command_regions_import;
extern const struct command command_reload;
extern const struct command command_status;
extern const struct command command_tenant_add;
extern const struct command command_tenant_list;
extern const struct command command_tenant_set;
extern const struct command command_tenant_settings;
extern const struct command command_upgrade;
extern const struct command command_user_erase;
extern const struct command command_user_pending;

#endif
