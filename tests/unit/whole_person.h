/*
 * A person of whom there is something in every table with personal data.
 */
#ifndef WHOLE_PERSON_H
#define WHOLE_PERSON_H

#include <stddef.h>

#include "account.h"

#define WHOLE_PHONE "13912345678"
#define WHOLE_MEMBER_PHONE "13800000000"
#define WHOLE_ID_CARD "11010519491231002X"

/* The users oWhole of mini and oOther of official, who became one account, so that there is an
 * alias and something to undo. Call it after logins_open(), and again after an erasure. */
struct account make_whole_person(void);

/* Asserts that a replay of erasures.log succeeds. Returns how many it has erased. */
size_t replay_erasures(void);

#endif
