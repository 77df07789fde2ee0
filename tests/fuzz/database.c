#include <mysql.h>
#include <mysqld_error.h>
#include <errmsg.h>
#include <sys/socket.h>

#include "arena.h"
#include "database.h"
#include "db.h"
#include "heap.h"
#include "secret.h"
#include "str.h"

#define N_COLUMNS_MAX 64
#define SCOPES_ALL 15 /* and the id and the rate */

struct statement {
	MYSQL_STMT handle;
	bool is_read, is_write, is_list, is_of_keys;
	unsigned n_columns, n_rows, n_read;
	MYSQL_BIND *binds;
	const char *texts[N_COLUMNS_MAX]; /* of the row that was fetched */
};

static struct fuzz_input *answers;
static unsigned n_asked, n_written, code;

void database_answer(struct fuzz_input *input)
{
	answers = input;
	n_asked = n_written = 0;
}

unsigned database_n_asked(void)
{
	return n_asked;
}

unsigned database_n_written(void)
{
	return n_written;
}

struct db *database_open(struct arena *arena)
{
	struct db *db = db_new(fuzz_conf(), fuzz_keys());

	db_set_arena(db, arena);
	return db;
}

/* ---- What a statement says of itself. */

/* Whether what stands there is the word, in a list that it ends. */
static bool is_end_of_list(const char *at)
{
	return *at == '\0' || str_starts_with(at, " FROM ");
}

static unsigned count_columns(const char *text)
{
	const char *at = strstr(text, " RETURNING ");
	unsigned n = 1, depth = 0;

	if (at == NULL && !str_starts_with(text, "SELECT "))
		return 0;
	for (at = at == NULL ? text : at + 1; depth > 0 || !is_end_of_list(at); at++) {
		depth += *at == '(';
		depth -= *at == ')';
		n += *at == ',' && depth == 0;
	}
	return n;
}

static unsigned count_marks(const char *text)
{
	unsigned n = 0;

	for (; *text != '\0'; text++)
		n += *text == '?';
	return n;
}

/* ---- Values. */

static const char *some_text(void)
{
	static const char *const texts[] = {"", "o", "admin", "wx0123456789abcdef", "13800138000",
		"[]", "-1", "read,write,admin,wechat", "小明 \"<&>\\", "\xe2\x80\xa8\x7f\n\t",
		"oABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "{\"a\":[1]}", "2026-09-21", "1.2.3.4/8",
		"\xf0\x9f\x92\xa9\xf0\x9f\x92\xa9\xf0\x9f\x92\xa9", "110101199003070038"};

	return texts[fuzz_take_below(answers, sizeof(texts) / sizeof(texts[0]))];
}

/* Of INT, what every column may hold: a state, or the level of a region. */
static int64_t some_number(const MYSQL_BIND *bind)
{
	static const int64_t numbers[] = {
		1, 2, 3, 4, 5, 110101, INT32_MAX, FUZZ_NOW_S, FUZZ_NOW_S * INT64_C(1000000), 0};
	const unsigned n = sizeof(numbers) / sizeof(numbers[0]);

	if (bind->buffer_type == MYSQL_TYPE_TINY)
		return fuzz_take_below(answers, 2);
	return numbers[fuzz_take_below(answers, bind->buffer_type == MYSQL_TYPE_LONG ? 2 : n)];
}

static MYSQL_TIME some_time(void)
{
	static const MYSQL_TIME times[] = {{.year = 2026, .month = 9, .day = 21, .hour = 13},
		{.year = 2026, .month = 9, .day = 21, .hour = 14, .second_part = 999999},
		{.year = 1970, .month = 1, .day = 1}, {.year = 9999, .month = 12, .day = 31},
		{.year = 2025, .month = 2, .day = 28}};

	return times[fuzz_take_below(answers, sizeof(times) / sizeof(times[0]))];
}

static void fill_text(MYSQL_BIND *bind, const char **text_r)
{
	/* Most others may not be NULL. */
	*bind->is_null = bind->buffer_type == MYSQL_TYPE_BLOB && fuzz_take_below(answers, 4) == 3;
	*text_r = some_text();
	*bind->length = strlen(*text_r);
}

static void fill(MYSQL_BIND *bind, const char **text_r)
{
	const MYSQL_TIME time = some_time();
	const int64_t number = some_number(bind);

	*bind->is_null =
		bind->buffer_type == MYSQL_TYPE_DATETIME && fuzz_take_below(answers, 2) == 1;
	if (bind->buffer_length == 0)
		fill_text(bind, text_r);
	else if (bind->buffer_type == MYSQL_TYPE_DATETIME)
		memcpy(bind->buffer, &time, sizeof(time));
	else if (bind->buffer_type == MYSQL_TYPE_BLOB)
		memset(bind->buffer, (int)number, bind->buffer_length);
	else
		memcpy(bind->buffer, &number, bind->buffer_length);
}

/* ---- The client library. */

static int fail(unsigned with)
{
	code = with;
	return with == 0 ? 0 : 1;
}

MYSQL *mysql_init(MYSQL *mysql)
{
	static MYSQL only;

	return mysql == NULL ? &only : mysql;
}

int mysql_optionsv(MYSQL *mysql, enum mysql_option option, ...)
{
	(void)mysql, (void)option;
	return 0;
}

MYSQL *mysql_real_connect(MYSQL *mysql, const char *host, const char *user, const char *password,
	const char *name, unsigned port, const char *socket, unsigned long flags)
{
	(void)host, (void)user, (void)password, (void)name, (void)port, (void)socket, (void)flags;
	return mysql;
}

void mysql_close(MYSQL *mysql)
{
	(void)mysql;
}

/* One on which nothing comes. */
my_socket mysql_get_socket(MYSQL *mysql)
{
	static int ends[2];

	(void)mysql;
	if (ends[1] == 0 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		abort();
	return ends[0];
}

/* Its type differs from version to version. */
__typeof__(mysql_get_server_info(NULL)) mysql_get_server_info(MYSQL *mysql)
{
	static char version[] = "10.11.6-MariaDB";

	(void)mysql;
	return version;
}

unsigned mysql_errno(MYSQL *mysql)
{
	(void)mysql;
	return code;
}

const char *mysql_error(MYSQL *mysql)
{
	(void)mysql;
	return "the input says so";
}

int mysql_ping(MYSQL *mysql)
{
	(void)mysql;
	return 0;
}

int mysql_real_query(MYSQL *mysql, const char *sql, unsigned long size)
{
	(void)mysql, (void)size;
	if (!str_starts_with(sql, "COMMIT"))
		return fail(0);
	return fail(fuzz_take_below(answers, 64) == 63 ? ER_LOCK_DEADLOCK : 0);
}

MYSQL_RES *mysql_store_result(MYSQL *mysql)
{
	static MYSQL_RES none;

	(void)mysql;
	return &none;
}

MYSQL_ROW mysql_fetch_row(MYSQL_RES *result)
{
	(void)result;
	return NULL;
}

void mysql_free_result(MYSQL_RES *result)
{
	(void)result;
}

MYSQL_STMT *mysql_stmt_init(MYSQL *mysql)
{
	struct statement *statement = heap_new_of(struct statement);

	(void)mysql;
	return &statement->handle;
}

int mysql_stmt_prepare(MYSQL_STMT *handle, const char *sql, unsigned long size)
{
	struct statement *statement = (struct statement *)handle;

	(void)size;
	statement->is_read = str_starts_with(sql, "SELECT ");
	/* A token of an earlier release gets its owner when it is read, a key its last day. */
	statement->is_write = !statement->is_read &&
		!str_starts_with(sql, "UPDATE access_token SET account_id = ") &&
		!str_starts_with(sql, "UPDATE api_key SET used_on = ");
	statement->is_list = strstr(sql, " LIMIT ") != NULL;
	statement->is_of_keys = strstr(sql, "scopes") != NULL;
	statement->n_columns = count_columns(sql);
	handle->param_count = count_marks(sql);
	if (statement->n_columns > N_COLUMNS_MAX)
		BUG("%u columns: %s", statement->n_columns, sql);
	return fail(0);
}

my_bool mysql_stmt_close(MYSQL_STMT *handle)
{
	free(handle);
	return 0;
}

my_bool mysql_stmt_bind_param(MYSQL_STMT *handle, MYSQL_BIND *binds)
{
	for (size_t i = 0; i < handle->param_count; i++)
		if (binds[i].buffer_type == MYSQL_TYPE_STRING &&
			!str_is_utf8(binds[i].buffer, binds[i].buffer_length))
			BUG("the database is to store what is no UTF-8");
	return 0;
}

my_bool mysql_stmt_attr_set(MYSQL_STMT *handle, enum enum_stmt_attr_type type, const void *value)
{
	(void)handle;
	(void)type;
	(void)value;
	return 0;
}

int mysql_stmt_execute(MYSQL_STMT *handle)
{
	struct statement *statement = (struct statement *)handle;
	const unsigned choice = fuzz_take_below(answers, 16);

	n_asked++;
	n_written += statement->is_write;
	statement->n_rows = choice < 10 ? 1 : choice == 15 && statement->is_list ? 3 : 0;
	/* Who reads page by page reads to the end. */
	if (statement->is_list && answers->size == 0)
		statement->n_rows = 0;
	statement->n_read = 0;
	if (choice == 14)
		return fail(CR_SERVER_LOST);
	if (choice == 13)
		return fail(ER_LOCK_DEADLOCK);
	return fail(choice == 12 && !statement->is_read ? ER_DUP_ENTRY : 0);
}

int mysql_stmt_store_result(MYSQL_STMT *handle)
{
	(void)handle;
	return 0;
}

my_bool mysql_stmt_free_result(MYSQL_STMT *handle)
{
	(void)handle;
	return 0;
}

unsigned mysql_stmt_errno(MYSQL_STMT *handle)
{
	(void)handle;
	return code;
}

const char *mysql_stmt_error(MYSQL_STMT *handle)
{
	(void)handle;
	return "the input says so";
}

unsigned mysql_stmt_field_count(MYSQL_STMT *handle)
{
	return ((const struct statement *)handle)->n_columns;
}

unsigned long mysql_stmt_param_count(MYSQL_STMT *handle)
{
	return handle->param_count;
}

unsigned long long mysql_stmt_num_rows(MYSQL_STMT *handle)
{
	return ((const struct statement *)handle)->n_rows;
}

unsigned long long mysql_stmt_affected_rows(MYSQL_STMT *handle)
{
	return ((const struct statement *)handle)->n_rows;
}

unsigned long long mysql_stmt_insert_id(MYSQL_STMT *handle)
{
	(void)handle;
	return n_asked;
}

my_bool mysql_stmt_bind_result(MYSQL_STMT *handle, MYSQL_BIND *binds)
{
	((struct statement *)handle)->binds = binds;
	return 0;
}

int mysql_stmt_fetch(MYSQL_STMT *handle)
{
	struct statement *statement = (struct statement *)handle;

	if (statement->n_read++ == statement->n_rows)
		return MYSQL_NO_DATA;
	for (unsigned i = 0; i < statement->n_columns; i++) {
		fill(&statement->binds[i], &statement->texts[i]);
		/* Of one tenant with all scopes, since else few requests get further. */
		if (statement->is_of_keys && statement->binds[i].buffer_type == MYSQL_TYPE_LONG)
			*(int32_t *)statement->binds[i].buffer = i == 1 ? 1 : SCOPES_ALL;
	}
	return MYSQL_DATA_TRUNCATED;
}

int mysql_stmt_fetch_column(
	MYSQL_STMT *handle, MYSQL_BIND *bind, unsigned column, unsigned long offset)
{
	const char *text = ((const struct statement *)handle)->texts[column];

	(void)offset;
	memcpy(bind->buffer, text, strlen(text));
	return 0;
}

/* ---- In place of the key that seals. */

char *__wrap_secret_open(const struct secret_keys *keys, const struct secret_place *place,
	struct arena *arena, const void *sealed, size_t sealed_size);

char *__wrap_secret_open(const struct secret_keys *keys, const struct secret_place *place,
	struct arena *arena, const void *sealed, size_t sealed_size)
{
	(void)keys, (void)place;
	return arena_strndup(arena, sealed, sealed_size);
}
