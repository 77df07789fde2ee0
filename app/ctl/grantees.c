#include "arena.h"
#include "conf.h"
#include "ctl.h"
#include "db.h"
#include "grantees.h"
#include "privileges.h"
#include "server_address.h"
#include "str.h"

bool grantee_migrates(const struct ctl *ctl, enum db_user user)
{
	return db_user_same(ctl->conf, DB_USER_MIGRATION) == user && user != DB_USER_MIGRATION;
}

bool grantees_are_one(const struct ctl *ctl)
{
	return grantee_migrates(ctl, DB_USER_SERVICE) &&
		db_user_same(ctl->conf, DB_USER_CONTROL) == DB_USER_SERVICE;
}

/* Who migrates without a name for it may be given the rights each time. */
static void grantee_find_need(const struct ctl *ctl, enum db_user user, struct grantee *grantee)
{
	const bool is_both = db_user_same(ctl->conf, DB_USER_CONTROL) == DB_USER_SERVICE;
	enum db_user runs = user;

	if (user == DB_USER_SERVICE)
		runs = is_both ? DB_USER_CONTROL : db_user_of_service(ctl->conf);
	grants_need(&grantee->need, ctl->arena, runs);
	if (grantee_migrates(ctl, user) && !str_is_empty(ctl->conf->database_migration_user)) {
		struct grants *of_migration = arena_new_of(ctl->arena, struct grants);

		grants_need(of_migration, ctl->arena, DB_USER_MIGRATION);
		grantee->need.of_database |= of_migration->of_database;
		grantee->need.may_grant = true;
	}
}

/* The service's user may be known by its socket. */
static const char *grantee_ask(struct ctl *ctl, enum db_user user, struct grantee *grantee)
{
	struct db *db = ctl_new_db(ctl, user);
	const char *problem = NULL;
	enum err err = ERR_INTERNAL;

	db_set_without_database(db);
	if (user != DB_USER_SERVICE || privileges_use_temporarily(ctl->conf->server_user) == 0)
		err = db_ping(db);
	if (user == DB_USER_SERVICE)
		privileges_restore();
	if (err == ERR_NONE)
		err = grants_read(db, grantee);
	if (err != ERR_NONE)
		problem = arena_printf(ctl->arena, "%s", db_err_text(db));
	db_free(db);
	return problem;
}

/* Nobody has told from where it connects. */
static const char *grantee_guess(const struct ctl *ctl, enum db_user user)
{
	return arena_printf(ctl->arena, "`%s`@`%s`", db_user_name(ctl->conf, user),
		server_address_is_local(ctl->conf->database_host) ? "localhost" : "%");
}

void grantees_read(struct ctl *ctl, struct grantees *grantees_r)
{
	*grantees_r = (struct grantees){0};
	for (enum db_user user = DB_USER_SERVICE; user < N_DB_USERS; user++) {
		struct grantee *grantee;

		if (db_user_same(ctl->conf, user) != user)
			continue;
		grantee = arena_new_of(ctl->arena, struct grantee);
		*grantee = (struct grantee){.database = ctl->conf->database_name};
		grantee_find_need(ctl, user, grantee);
		grantees_r->of[user] = grantee;
		if (user != DB_USER_SERVICE && ctl->logins[user] == NULL)
			grantees_r->problems[user] = "its password cannot be read";
		else
			grantees_r->problems[user] = grantee_ask(ctl, user, grantee);
		if (grantees_r->problems[user] != NULL)
			grantee->account = grantee_guess(ctl, user);
	}
}
