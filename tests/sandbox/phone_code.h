/*
 * The codes of WeChat's phone button, and the numbers that they stand for.
 */
#ifndef PHONE_CODE_H
#define PHONE_CODE_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

struct db;

struct phone_code {
	const char *code, *appid, *openid;
	const char *country_code;    /* "86" */
	const char *phone;           /* without it */
	const char *watermark_appid; /* that the answer names */
	int32_t expires_in;          /* seconds; negative: has expired */
	bool is_expired;
};

/* Checks the statements. */
enum err phone_code_prepare(struct db *db);
/* ERR_ABSENT: it was spent before, or is unknown. */
enum err phone_code_spend(struct db *db, const char *code);
enum err phone_code_find(struct db *db, const char *text, struct phone_code *code_r);

#endif
