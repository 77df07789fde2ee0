#include "account.h"
#include "arena.h"
#include "ascii.h"
#include "audit.h"
#include "clock.h"
#include "confirmed_phone.h"
#include "revocation.h"
#include "sealed_value.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"
#include "user_profile.h"
#include "user_row.h"

#define EVERYTHING "301"

static const struct revoked_number {
	const char *text;
	unsigned parts; /* 0: nothing of it is stored */
	const char *en, *zh;
} numbers[] = {
	/* Mini programs. */
	{"1", 0, "number plate", "车牌号"},
	{"2", REVOKED_ADDRESS, "address", "地址"},
	{"3", 0, "invoice", "发票"},
	{"4", 0, "Bluetooth", "蓝牙"},
	{"5", 0, "microphone", "麦克风"},
	{"6", REVOKED_NAME | REVOKED_AVATAR, "name and avatar", "昵称和头像"},
	{"7", 0, "camera", "摄像头"},
	{"8", REVOKED_PHONE, "phone", "手机号"},
	{"12", 0, "steps", "微信运动步数"},
	{"13", 0, "location", "位置"},
	{"14", 0, "chosen pictures or videos", "选中的照片或视频"},
	{"15", 0, "chosen files", "选中的文件"},
	{"16", 0, "e-mail", "邮箱"},
	{"18", 0, "chosen place", "选择的位置"},
	{"19", REVOKED_NAME, "name", "昵称"},
	{"20", REVOKED_AVATAR, "avatar", "头像"},
	/* Pages of official accounts. */
	{"201", REVOKED_ADDRESS, "address", "地址"},
	{"202", 0, "invoice", "发票"},
	{"203", 0, "card", "卡券"},
	{"204", 0, "microphone", "麦克风"},
	{"205", REVOKED_NAME | REVOKED_AVATAR, "name and avatar", "昵称和头像"},
	{"206", 0, "location", "位置"},
	{"207", 0, "pictures or videos", "照片或视频"},
	/* Mobile apps. */
	{EVERYTHING, REVOKED_EVERYTHING, "everything", "全部"},
};

static const struct part_name {
	enum revoked_part part;
	const char *name;
} parts[] = {
	{REVOKED_NAME, "name"},
	{REVOKED_AVATAR, "avatar"},
	{REVOKED_PHONE, "phone"},
	{REVOKED_ADDRESS, "address"},
	{REVOKED_EVERYTHING, "everything"},
};

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

#define ROW(member, type) COLUMN(struct revocation, member, type)

enum { PENDING, SETTLE };

static const struct stmt statements[] = {
	[PENDING] = {
		.text = "SELECT GROUP_CONCAT(CASE event WHEN 'user_authorization_revoke' "
			"THEN revoke_info WHEN 'user_info_modified' THEN '6' "
			"ELSE '" EVERYTHING
			"' END ORDER BY id SEPARATOR ','), MAX(happened_at), MAX(id) "
			"FROM push_event WHERE tenant_id = ? AND app_id = ? AND openid = ? "
			"AND state = 1 HAVING COUNT(*) > 0",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(app_id, INT32), ROW(openid, STR)),
		.columns = COLUMNS(ROW(revoke_info, STR), ROW(happened_us, TIME),
			ROW(last_pending_id, INT64)),
	},
	[SETTLE] = {
		.text = "DELETE FROM push_event WHERE tenant_id = ? AND app_id = ? "
			"AND openid = ? AND state = 1 AND id <= ?",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(app_id, INT32), ROW(openid, STR),
			ROW(last_pending_id, INT64)),
	},
};

const struct stmt_table revocation_statements = STMT_TABLE(statements);

/* With a sign, a point or a letter it is another number, or none. */
static bool is_of_number(char c)
{
	return ascii_is_digit(c) || ascii_is_letter(c) || c == '-' || c == '+' || c == '.';
}

/* Finds the next number at *at and moves *at past it. Returns its size, 0 at the end. */
static size_t next_number(const char **at, const char **number_r)
{
	size_t size = 0;

	while (**at != '\0' && !is_of_number(**at))
		++*at;
	*number_r = *at;
	while (is_of_number((*at)[size]))
		size++;
	*at += size;
	return size;
}

const char *revocation_numbers(struct arena *arena, const char *revoke_info)
{
	const char *list = "", *number;
	size_t size;

	while (revoke_info != NULL && (size = next_number(&revoke_info, &number)) > 0)
		list = arena_printf(
			arena, "%s%s%.*s", list, *list == '\0' ? "" : ",", (int)size, number);
	return list;
}

/* Returns NULL if it is in no table. */
static const struct revoked_number *find_number(const char *number, size_t size)
{
	for (size_t i = 0; i < N_OF(numbers); i++)
		if (strlen(numbers[i].text) == size && memcmp(numbers[i].text, number, size) == 0)
			return &numbers[i];
	return NULL;
}

static unsigned parts_of(const char *number, size_t size)
{
	const struct revoked_number *known = find_number(number, size);

	return known == NULL ? REVOKED_UNKNOWN : known->parts;
}

unsigned revocation_parts(const char *revoke_info)
{
	unsigned named = str_is_empty(revoke_info) ? REVOKED_UNKNOWN : 0;
	const char *number;
	size_t size;

	while (revoke_info != NULL && (size = next_number(&revoke_info, &number)) > 0)
		named |= parts_of(number, size);
	return named;
}

/* Whether a number before it, of those that are told, has the same words. */
static bool is_told(const bool told[N_OF(numbers)], const struct revoked_number *number)
{
	for (size_t i = 0; i < N_OF(numbers); i++)
		if (told[i] && strcmp(numbers[i].en, number->en) == 0)
			return true;
	return false;
}

const char *revocation_words(struct arena *arena, const char *revoke_info, bool is_chinese)
{
	const char *list = "", *number, *between = is_chinese ? "、" : ", ";
	bool told[N_OF(numbers)] = {false};
	size_t size;

	while (revoke_info != NULL && (size = next_number(&revoke_info, &number)) > 0) {
		const struct revoked_number *known = find_number(number, size);
		const char *words = arena_strndup(arena, number, size);

		if (known != NULL) {
			if (is_told(told, known))
				continue;
			told[known - numbers] = true;
			words = is_chinese ? known->zh : known->en;
		}
		list = arena_printf(arena, "%s%s%s", list, *list == '\0' ? "" : between, words);
	}
	return list;
}

const char *revocation_of_event(const char *event, const char *revoke_info)
{
	if (strcmp(event, "user_authorization_revoke") == 0)
		return revoke_info;
	return strcmp(event, "user_info_modified") == 0 ? "6" : EVERYTHING;
}

const char *revocation_part_names(struct arena *arena, unsigned named)
{
	const char *list = "";

	for (size_t i = 0; i < N_OF(parts); i++)
		if ((named & parts[i].part) != 0)
			list = arena_printf(
				arena, "%s%s%s", list, *list == '\0' ? "" : ", ", parts[i].name);
	return list;
}

enum err revocation_pending(struct db *db, struct revocation *revocation)
{
	return stmt_need(db, &statements[PENDING], revocation, revocation, ERR_ABSENT);
}

struct revocation_ctx {
	const struct revocation *revocation;
	unsigned named, cleared;
};

/* Returns "", the change that clears a field, if the part is named and the field was set before the
 * message; else NULL. */
static const char *clear_field(
	struct revocation_ctx *ctx, enum revoked_part part, const char *stored, int64_t since_us)
{
	if ((ctx->named & part) == 0 ||
		(str_is_empty(stored) && stored != sealed_value_damaged) ||
		since_us >= ctx->revocation->happened_us + CLOCK_SECOND_US)
		return NULL;
	ctx->cleared |= part;
	return "";
}

/* Clears also what the user has set, as if the user did it. */
static struct profile_effect clear_profile(struct revocation_ctx *ctx, struct user_row *user)
{
	const struct profile *stored = &user->profile;
	const struct profile change = {
		.name = clear_field(ctx, REVOKED_NAME, stored->name, user->name_us),
		.avatar = clear_field(ctx, REVOKED_AVATAR, stored->avatar, user->avatar_us),
		.phone = clear_field(ctx, REVOKED_PHONE, stored->phone, user->phone_us),
		.country = clear_field(ctx, REVOKED_ADDRESS, stored->country, user->place_us),
		.province = clear_field(ctx, REVOKED_ADDRESS, stored->province, user->place_us),
		.city = clear_field(ctx, REVOKED_ADDRESS, stored->city, user->place_us),
	};

	return user_profile_apply(user, &change, PROFILE_FROM_USER);
}

static enum err audit_revocation(
	struct db *db, const struct revocation *revocation, unsigned cleared)
{
	char masked[STR_MASKED_SIZE];
	struct audit_entry entry = {
		.tenant_id = revocation->tenant_id,
		.action = "user.revoke",
		.actor = revocation->actor,
		.details = arena_printf(db->arena, "{\"revoke_info\":\"%s\",\"cleared\":\"%s\"}",
			revocation->revoke_info, revocation_part_names(db->arena, cleared)),
	};

	str_mask(revocation->openid, masked);
	entry.subject = arena_printf(db->arena, "%s %s", revocation->appid, masked);
	return audit_write(db, &entry);
}

static enum err store_cleared(struct db *db, const struct revocation_ctx *ctx,
	const struct user_row *before, const struct user_row *user)
{
	const struct confirmed_phone confirmed = {
		.tenant_id = user->tenant_id,
		.account_id = user->account_id,
		.phone = before->profile.phone,
	};
	enum err err = ERR_NONE;

	if ((ctx->cleared & REVOKED_PHONE) != 0)
		err = confirmed_phone_forget(db, &confirmed);
	if (err == ERR_NONE)
		err = user_row_update_profile(db, user);
	if (err == ERR_NONE)
		err = account_touch(db, user->tenant_id, user->account_id);
	return err == ERR_NONE ? audit_revocation(db, ctx->revocation, ctx->cleared) : err;
}

static enum err clear_user(struct db *db, struct revocation_ctx *ctx)
{
	const struct revocation *revocation = ctx->revocation;
	struct user_row user, before;
	enum err err = user_row_lock_by_openid(
		db, revocation->tenant_id, revocation->openid, &user);

	ctx->cleared = 0;
	if (err == ERR_USER_UNKNOWN)
		return ERR_NONE;
	if (err != ERR_NONE || (user.app_id != 0 && user.app_id != revocation->app_id))
		return err;
	before = user;
	if (!clear_profile(ctx, &user).is_changed)
		return ERR_NONE;
	return store_cleared(db, ctx, &before, &user);
}

static enum err revoke(struct db *db, void *ctx)
{
	struct revocation_ctx *revoking = ctx;
	const struct revocation *revocation = revoking->revocation;
	enum err err = clear_user(db, revoking);

	if (err == ERR_NONE && revocation->last_pending_id != 0)
		err = stmt_write(db, &statements[SETTLE], revocation);
	return err;
}

enum err revocation_run(struct db *db, const struct revocation *revocation, unsigned *cleared_r)
{
	struct revocation_ctx ctx = {
		.revocation = revocation,
		.named = revocation_parts(revocation->revoke_info),
	};
	enum err err = revocation->is_dry_run ? transaction_dry_run(db, revoke, &ctx)
					      : transaction_run(db, revoke, &ctx);

	*cleared_r = ctx.cleared;
	return err;
}
