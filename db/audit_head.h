/*
 * The head of a chain of the audit (audit_chain.h), and its text, as the log tells it.
 */
#ifndef AUDIT_HEAD_H
#define AUDIT_HEAD_H

#include <stdbool.h>
#include <stdint.h>

/* The text of a head, "7:1203:9f86d081884c7d65": the tenant, the sequence number of its last link,
 * which is the number of its links, too, and the first 8 bytes of that link's MAC. */
#define AUDIT_HEAD_MAC_DIGITS 16
#define AUDIT_HEAD_SIZE sizeof("-2147483648:-9223372036854775808:0123456789abcdef")

struct audit_head {
	int32_t tenant_id;
	int64_t sequence;
	char text[AUDIT_HEAD_SIZE];
};

/* Reads the text of a head. Returns false if it is none. */
bool audit_head_read(const char *text, struct audit_head *head_r);

#endif
