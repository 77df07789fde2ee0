#include "activity.h"

#define ONE_CHANGE UINT64_C(256)

static _Atomic uint64_t own;
static _Atomic uint64_t *in_use = &own;

void activity_use(_Atomic uint64_t *word)
{
	in_use = word != NULL ? word : &own;
}

enum activity activity_in(uint64_t word)
{
	uint64_t activity = word % ONE_CHANGE;

	return activity < ACTIVITY_N ? (enum activity)activity : ACTIVITY_NONE;
}

enum activity activity_begin(enum activity activity)
{
	uint64_t word = atomic_load_explicit(in_use, memory_order_relaxed);
	enum activity before = activity_in(word);

	atomic_store_explicit(in_use, word - (uint64_t)before + ONE_CHANGE + (uint64_t)activity,
		memory_order_relaxed);
	return before;
}

const char *activity_name(enum activity activity)
{
	static const char *const names[ACTIVITY_N] = {
		[ACTIVITY_NONE] = "nothing",
		[ACTIVITY_READING] = "reading",
		[ACTIVITY_RUNNING] = "running",
		[ACTIVITY_DATABASE] = "database",
		[ACTIVITY_WECHAT] = "wechat",
		[ACTIVITY_SMS] = "sms",
		[ACTIVITY_ANSWERING] = "answering",
	};

	return names[activity];
}
