#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit_head.h"

/* Each number has one text: heads are compared as texts. */
static bool read_number(const char **text, int64_t *number_r)
{
	char *end;

	if (!isdigit((unsigned char)**text) ||
		(**text == '0' && isdigit((unsigned char)(*text)[1])))
		return false;
	*number_r = strtoll(*text, &end, 10);
	if (*end != ':')
		return false;
	*text = end + 1;
	return true;
}

bool audit_head_read(const char *text, struct audit_head *head_r)
{
	const char *at = text;
	int64_t tenant_id;

	if (strlen(text) >= AUDIT_HEAD_SIZE || !read_number(&at, &tenant_id) ||
		!read_number(&at, &head_r->sequence))
		return false;
	head_r->tenant_id = (int32_t)tenant_id;
	snprintf(head_r->text, sizeof(head_r->text), "%s", text);
	return tenant_id >= 0 && tenant_id <= INT32_MAX && head_r->sequence > 0 &&
		strlen(at) == AUDIT_HEAD_MAC_DIGITS &&
		strspn(at, "0123456789abcdef") == AUDIT_HEAD_MAC_DIGITS;
}
