#include <string.h>

#include "arena.h"
#include "command.h"
#include "str.h"
#include "suggestion.h"
#include "unknown_command.h"

/* The most letters by which the name of a command that takes away may differ from what is typed. */
#define DISTANCE_TO_TAKE_AWAY 1

#define ENABLE "enable|unlock|unblock|unban|activate|allow"
#define DISABLE "disable|lock|block|ban|deactivate|suspend|deny"
#define LOG_OUT "logout|kick|signout"
#define REMOVE "delete|remove|del|rm|drop|destroy|purge|erase|revoke"
#define SEARCH "search|find|lookup|query|grep"
#define SHOW "show|get|view|info|describe|status"
#define LIST "list|ls|all"
#define ADD "add|create|new"
#define SET "set|edit|update|change|modify"

/* Words for which another program has a command, and what does it here. The first line that has
 * them counts. */
static const struct synonym {
	const char *nouns; /* with '|' between; NULL: the word stands alone or comes first */
	const char *verbs;
	const char *instead;
} synonyms[] = {
	{"user|users|account|accounts|person", ENABLE, "run: wxuserctl account enable"},
	{"user|users|account|accounts|person", DISABLE, "run: wxuserctl account disable"},
	{"user|users|account|accounts|person", LOG_OUT, "run: wxuserctl account logout-everywhere"},
	{"user|users|account|accounts|person", REMOVE,
		"to erase a WeChat user for good, look at first: wxuserctl user erase --help; to "
		"keep the person out only, run: wxuserctl account disable"},
	{"user|users|account|accounts|person", SEARCH, "run: wxuserctl user find"},
	{"user|users|account|accounts|person", SHOW, "run: wxuserctl user show"},
	{"user|users|account|accounts|person", LIST, "run: wxuserctl user list"},
	{"user|users|account|accounts|person", ADD,
		"a login makes the user, and \"wxuserctl users import\" brings those of a system "
		"before"},
	{"user|users", "merge|set|conflicts|merges", "run: wxuserctl account --help"},
	{"account|accounts", "export|reopen|pending", "run: wxuserctl user --help"},
	{"member|members", SEARCH "|" SHOW "|" LIST,
		"run: wxuserctl user find --phone -, or wxuserctl members export"},
	{"member|members", REMOVE, "to erase a member for good, look at first: wxuserctl member "
				   "erase --help"},
	{"tenant|tenants", REMOVE, "a tenant cannot be removed; to keep all of it out, run: "
				   "wxuserctl tenant disable"},
	{"tenant|tenants", LOG_OUT, "run: wxuserctl tenant logout-everywhere"},
	{"tenant|tenants", SHOW "|get-settings", "run: wxuserctl tenant settings"},
	{"tenant|tenants", SEARCH "|" LIST, "run: wxuserctl tenant list"},
	{"tenant|tenants", ENABLE, "run: wxuserctl tenant enable"},
	{"tenant|tenants", DISABLE, "run: wxuserctl tenant disable"},
	{"tenant|tenants", ADD, "run: wxuserctl tenant add"},
	{"tenant|tenants", SET, "run: wxuserctl tenant set"},
	{"app|apps", REMOVE, "to remove an app for good, look at first: wxuserctl app remove "
			     "--help"},
	{"app|apps", SEARCH "|" SHOW "|" LIST, "run: wxuserctl app list"},
	{"app|apps", ADD, "run: wxuserctl app add"},
	{"key", REMOVE "|" DISABLE, "to end an API key for good, run: wxuserctl key revoke"},
	{"key", SEARCH "|" SHOW "|" LIST, "run: wxuserctl key list"},
	{"key", ADD, "run: wxuserctl key add"},
	{"key", SET, "run: wxuserctl key set"},
	{"key|keys", "renew|replace", "of an API key, run: wxuserctl key rotate; of the key files: "
				      "wxuserctl keys rotate"},
	{"keys", SEARCH "|" SHOW "|" LIST, "of API keys, run: wxuserctl key list; of the key "
					   "files: wxuserctl keys status"},
	{"keys", "revoke|remove|delete", "of an API key, run: wxuserctl key revoke"},
	{"operator|operators", REMOVE "|" DISABLE,
		"to end an operator's key for good, run: wxuserctl operator revoke"},
	{"operator|operators", SEARCH "|" SHOW "|" LIST, "run: wxuserctl operator list"},
	{"operator|operators", ADD, "run: wxuserctl operator add"},
	{"login|logins", SEARCH "|" SHOW "|" LIST "|errors|refused", "run: wxuserctl login list"},
	{"audit", SEARCH "|" SHOW "|log", "run: wxuserctl audit list"},
	{"job|jobs", SHOW "|" LIST, "run: wxuserctl jobs list"},
	{"job|jobs", "run|start", "run: wxuserctl jobs run"},
	{"maintenance", "enable|start|begin", "run: wxuserctl maintenance on"},
	{"maintenance", "disable|stop|end", "run: wxuserctl maintenance off"},
	{"config|configuration|conf", "test|check|validate", "run: wxuserctl check"},
	{"backup", "create|make|run|new|add", "\"wxuserctl backup list\" prints the lines that "
					      "make one"},
	{"backup", "restore|import",
		"follow \"Restore\" in docs/operation.md line by line"},
	{NULL, "restore", "follow \"Restore\" in docs/operation.md line by line"},
	{NULL, "stop|start|restart|shutdown|kill",
		"starting and stopping are the system's, with systemd "
		"\"systemctl restart wxuser\"; see \"Restart and crash\" in "
		"docs/operation.md; to read the configuration again, run: wxuserctl reload"},
	{NULL, "health|ping|doctor|test|validate|configtest", "run: wxuserctl check"},
	{NULL, "log|logs", "refused logins: wxuserctl login list; who did what: wxuserctl audit "
			   "list"},
	{NULL, "search|find|lookup", "run: wxuserctl user find"},
	{NULL, "dump", "\"wxuserctl backup list\" prints the lines that make a backup"},
};

static bool is_one_of(const char *list, const char *word)
{
	return str_place_in(list, "|", word, strlen(word)) >= 0;
}

static const char *find_synonym(char *const *words)
{
	for (size_t i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++) {
		const struct synonym *synonym = &synonyms[i];

		if (synonym->nouns == NULL && is_one_of(synonym->verbs, *words))
			return synonym->instead;
		if (synonym->nouns != NULL && words[1] != NULL &&
			is_one_of(synonym->nouns, *words) && is_one_of(synonym->verbs, words[1]))
			return synonym->instead;
	}
	return NULL;
}

/* The nearest first word of a command, which is the typed one if there is such; NULL: none. */
static const char *find_noun(struct arena *arena, const char *typed)
{
	struct suggestion near = {.typed = typed};

	for (const struct command *const *command = commands; *command != NULL; command++)
		suggestion_try(&near, arena_strndup(arena, (*command)->name,
					      strcspn((*command)->name, " ")));
	return near.word;
}

/* The command whose first word is the noun and whose second is the nearest to the verb. */
static const struct command *find_verb(const char *noun, const char *verb)
{
	struct suggestion near = {.typed = verb};
	const struct command *found = NULL;
	const size_t size = strlen(noun);

	for (const struct command *const *command = commands; *command != NULL; command++) {
		const char *name = (*command)->name;
		struct suggestion one = {.typed = verb};

		if (!str_starts_with(name, noun) || name[size] != ' ')
			continue;
		suggestion_try(&one, name + size + 1);
		if (one.word == NULL || (near.word != NULL && near.distance <= one.distance) ||
			(command_takes_away(*command) && one.distance > DISTANCE_TO_TAKE_AWAY))
			continue;
		near = one;
		found = *command;
	}
	return found;
}

static bool is_command(const char *name)
{
	for (const struct command *const *command = commands; *command != NULL; command++)
		if (strcmp((*command)->name, name) == 0)
			return true;
	return false;
}

static const char *find_near(struct arena *arena, char *const *words)
{
	const char *noun = find_noun(arena, *words);
	const struct command *command;

	if (noun == NULL || words[1] == NULL || is_command(noun))
		return noun;
	command = find_verb(noun, words[1]);
	return command == NULL ? NULL : command->name;
}

static const char *printable(struct arena *arena, const char *word)
{
	const size_t size = strcspn(word, "=");

	return argument_may_be_printed(word, size) ? arena_strndup(arena, word, size)
						   : "(not shown)";
}

const char *unknown_command(struct arena *arena, char *const *words)
{
	const char *typed = printable(arena, *words);
	const char *instead = find_synonym(words);

	if (words[1] != NULL)
		typed = arena_printf(arena, "%s %s", typed, printable(arena, words[1]));
	if (instead != NULL)
		return arena_printf(arena, "unknown command: %s; %s", typed, instead);
	instead = find_near(arena, words);
	return arena_printf(arena, "unknown command or option: %s%s%s%s", typed,
		instead == NULL ? "" : "; did you mean ", instead == NULL ? "" : instead,
		instead == NULL ? "" : "?");
}
