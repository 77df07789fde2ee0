#include <curl/curl.h>
#include <jansson.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "authorities.h"
#include "clock.h"
#include "crypto.h"
#include "err.h"
#include "fiber.h"
#include "heap.h"
#include "transfers.h"

#define N_EVENTS 16 /* a handshake takes a millisecond, and others have their turn in between */
#define NEVER INT64_MAX
#define DOUBT_US (60 * CLOCK_SECOND_US)
#define THREAD_STACK_SIZE ((size_t)512 * 1024)

/* A wait, on the stack of the function that waits. */
struct wait {
	struct fiber *fiber; /* NULL: outside of fibers */
	bool is_over;
};

struct transfer {
	struct wait wait;
	CURLcode result;
};

struct sleeper {
	struct wait wait;
	int64_t due_us;
	struct sleeper *next; /* is due later */
};

struct transfers {
	unsigned n, n_max;      /* exchanges */
	CURLM *multi;           /* NULL until the first */
	CURLSH *sessions;       /* of TLS, since a handle lives for one exchange */
	int64_t shared_from_us; /* when handles share sessions again; 0: they do */
	struct authorities authorities;
	int epoll, timer; /* the timer is in the epoll set */
	int64_t armed_us; /* when the timer expires; 0: it has */
	int64_t due_us;   /* when libcurl wants to be called; NEVER: not by itself */
	struct sleeper *sleepers;
};

/* ---- What libcurl asks for. */

static int on_socket(CURL *curl, curl_socket_t fd, int what, void *ctx, void *is_watched)
{
	struct transfers *transfers = ctx;
	struct epoll_event event = {
		.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) |
			(what & CURL_POLL_OUT ? EPOLLOUT : 0u),
		.data.fd = fd,
	};

	(void)curl;
	if (what == CURL_POLL_REMOVE) /* fails for a socket that is closed by now */
		return epoll_ctl(transfers->epoll, EPOLL_CTL_DEL, fd, NULL), 0;
	if (epoll_ctl(transfers->epoll, is_watched == NULL ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd,
		    &event) != 0)
		BUG("epoll_ctl: %m");
	curl_multi_assign(transfers->multi, fd, transfers);
	return 0;
}

static int on_timeout(CURLM *multi, long in_ms, void *ctx)
{
	struct transfers *transfers = ctx;

	(void)multi;
	transfers->due_us = in_ms < 0 ? NEVER : clock_monotonic_us() + in_ms * 1000;
	return 0;
}

/* ---- Opening and closing. */

static void set_up_multi(struct transfers *transfers)
{
	CURLM *multi = transfers->multi;
	int refused = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);

	refused |= curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, transfers);
	refused |= curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timeout);
	refused |= curl_multi_setopt(multi, CURLMOPT_TIMERDATA, transfers);
	refused |= curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)transfers->n_max);
	refused |= curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)transfers->n_max);
	if (refused != 0)
		BUG("libcurl refuses an option");
}

/* libcurl resolves each name in a thread. By default a thread reserves 8 MB for its stack and 64 MB
 * for a heap, and a worker has but a gigabyte of address space for all it waits for. */
static void shrink_threads(void)
{
	pthread_attr_t small;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, THREAD_STACK_SIZE);
	pthread_setattr_default_np(&small);
	pthread_attr_destroy(&small);
	mallopt(M_ARENA_MAX, 1);
}

/* URLs and headers hold the secrets of apps and gateways, answers those of users. So what libcurl
 * and Jansson give back is wiped. */
static void transfers_free_memory(void *memory)
{
	if (memory != NULL)
		crypto_wipe(memory, malloc_usable_size(memory));
	free(memory);
}

static void *transfers_grow_memory(void *memory, size_t size)
{
	const size_t before = malloc_usable_size(memory);
	void *grown = malloc(size);

	if (grown == NULL)
		return NULL;
	if (before > 0)
		memcpy(grown, memory, before < size ? before : size);
	transfers_free_memory(memory);
	return grown;
}

static void open_sessions(struct transfers *transfers)
{
	transfers->sessions = curl_share_init();
	if (transfers->sessions == NULL)
		abort();
	if (curl_share_setopt(transfers->sessions, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) !=
		CURLSHE_OK)
		BUG("libcurl refuses to share sessions");
	transfers->shared_from_us = 0;
}

static struct authorities choose_authorities(void)
{
	const curl_version_info_data *built = curl_version_info(CURLVERSION_NOW);

	return authorities_choose(&(struct authorities){built->cainfo, built->capath});
}

static void open_multi(struct transfers *transfers)
{
	shrink_threads();
	unsetenv("SSLKEYLOGFILE"); /* libcurl would write down what opens its connections */
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, transfers_free_memory,
		    transfers_grow_memory, strdup, calloc) != CURLE_OK)
		abort();
	json_set_alloc_funcs(malloc, transfers_free_memory);
	transfers->multi = curl_multi_init();
	if (transfers->multi == NULL)
		abort();
	set_up_multi(transfers);
	open_sessions(transfers);
	transfers->authorities = choose_authorities();
}

/* Gives up the old sessions after a pause, when no handle shares them any more. */
static void share_sessions(struct transfers *transfers, CURL *curl)
{
	if (transfers->shared_from_us != 0 && clock_monotonic_us() >= transfers->shared_from_us &&
		curl_share_cleanup(transfers->sessions) == CURLSHE_OK)
		open_sessions(transfers);
	if (transfers->shared_from_us == 0 &&
		curl_easy_setopt(curl, CURLOPT_SHARE, transfers->sessions) != CURLE_OK)
		BUG("libcurl refuses an option");
}

/* A server or a proxy that cannot resume a session, but hangs up, would do so each time. Who is not
 * reached has seen none. */
static void doubt_sessions(struct transfers *transfers, CURL *curl, CURLcode failure)
{
	curl_off_t began_us = 0;

	curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &began_us);
	if (began_us == 0 && failure != CURLE_COULDNT_RESOLVE_HOST &&
		failure != CURLE_COULDNT_CONNECT)
		transfers->shared_from_us = clock_monotonic_us() + DOUBT_US;
}

/* Opens libcurl at the first exchange, because most workers of the core pool never have one. */
void *transfers_new_handle(struct transfers *transfers)
{
	CURL *curl;

	if (transfers->multi == NULL)
		open_multi(transfers);
	curl = curl_easy_init();
	if (curl == NULL)
		abort();
	share_sessions(transfers, curl);
	return curl;
}

const struct authorities *transfers_authorities(const struct transfers *transfers)
{
	return &transfers->authorities;
}

struct transfers *transfers_new(unsigned n_max)
{
	struct transfers *transfers = heap_new_of(struct transfers);
	struct epoll_event event = {.events = EPOLLIN};

	transfers->n_max = n_max;
	transfers->armed_us = transfers->due_us = NEVER;
	transfers->epoll = epoll_create1(EPOLL_CLOEXEC);
	transfers->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	event.data.fd = transfers->timer;
	if (epoll_ctl(transfers->epoll, EPOLL_CTL_ADD, transfers->timer, &event) != 0)
		BUG("no timer in an epoll set: %m");
	return transfers;
}

void transfers_free(struct transfers *transfers)
{
	curl_multi_cleanup(transfers->multi);
	curl_share_cleanup(transfers->sessions);
	close(transfers->timer);
	close(transfers->epoll);
	free(transfers);
}

int transfers_fd(const struct transfers *transfers)
{
	return transfers->epoll;
}

/* ---- Waits. */

/* Sets the timer, unless it will expire before. */
static void arm_timer(struct transfers *transfers)
{
	int64_t at_us = transfers->due_us;
	struct itimerspec end = {0};

	if (transfers->sleepers != NULL && transfers->sleepers->due_us < at_us)
		at_us = transfers->sleepers->due_us;
	if (transfers->armed_us != 0 && transfers->armed_us <= at_us)
		return;
	transfers->armed_us = at_us;
	if (at_us != NEVER) {
		end.it_value.tv_sec = at_us / CLOCK_SECOND_US;
		end.it_value.tv_nsec = at_us % CLOCK_SECOND_US * 1000;
	}
	timerfd_settime(transfers->timer, TFD_TIMER_ABSTIME, &end, NULL);
}

static void wait_for(struct transfers *transfers, struct wait *wait)
{
	struct pollfd input = {.fd = transfers->epoll, .events = POLLIN};

	arm_timer(transfers);
	wait->fiber = fiber_current();
	while (!wait->is_over) {
		if (wait->fiber != NULL)
			fiber_wait();
		else if (poll(&input, 1, -1) > 0)
			transfers_run(transfers);
	}
}

static void end_wait(struct wait *wait)
{
	wait->is_over = true;
	if (wait->fiber != NULL)
		fiber_resume(wait->fiber);
}

/* Returns how many exchanges go on. */
static int act(struct transfers *transfers, curl_socket_t fd, uint32_t events)
{
	int what = (events & EPOLLIN ? CURL_CSELECT_IN : 0) |
		(events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
		(events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
	int n_running;

	if (curl_multi_socket_action(transfers->multi, fd, what, &n_running) != CURLM_OK)
		BUG("libcurl loses a socket");
	return n_running;
}

/* Begins what was added at once: it goes out without a turn of the worker. Exchanges that end by
 * this are told in the next turn. */
static void begin_transfer(struct transfers *transfers)
{
	if (act(transfers, CURL_SOCKET_TIMEOUT, 0) < (int)transfers->n)
		transfers->due_us = clock_monotonic_us();
}

int transfers_perform(struct transfers *transfers, void *curl)
{
	struct transfer transfer = {.result = CURLE_OK};

	fiber_check_waiting(); /* before anything is sent */
	if (transfers->n++ == transfers->n_max) /* it would wait for one, past its deadline */
		BUG("more exchanges than connections");
	if (curl_easy_setopt(curl, CURLOPT_PRIVATE, &transfer) != CURLE_OK ||
		curl_multi_add_handle(transfers->multi, curl) != CURLM_OK)
		BUG("libcurl refuses a transfer");
	begin_transfer(transfers);
	wait_for(transfers, &transfer.wait);
	transfers->n--;
	if (transfer.result != CURLE_OK)
		doubt_sessions(transfers, curl, transfer.result);
	return (int)transfer.result;
}

void transfers_sleep_us(struct transfers *transfers, int64_t pause_us)
{
	struct sleeper sleeper = {.due_us = clock_monotonic_us() + pause_us};
	struct sleeper **place = &transfers->sleepers;

	fiber_check_waiting();
	while (*place != NULL && (*place)->due_us <= sleeper.due_us)
		place = &(*place)->next;
	sleeper.next = *place;
	*place = &sleeper;
	wait_for(transfers, &sleeper.wait);
}

/* ---- What is due. */

static void act_on_events(struct transfers *transfers)
{
	struct epoll_event events[N_EVENTS];
	int n = epoll_wait(transfers->epoll, events, N_EVENTS, 0);

	for (int i = 0; i < n; i++) {
		if (events[i].data.fd == transfers->timer)
			transfers->armed_us = 0;
		else
			act(transfers, events[i].data.fd, events[i].events);
	}
	if (transfers->due_us <= clock_monotonic_us()) {
		transfers->due_us = NEVER;
		act(transfers, CURL_SOCKET_TIMEOUT, 0);
	}
}

static void end_transfers(struct transfers *transfers)
{
	struct transfer *transfer;
	CURLMsg *message;
	int n_left;

	while (transfers->multi != NULL &&
		(message = curl_multi_info_read(transfers->multi, &n_left)) != NULL) {
		CURL *curl = message->easy_handle;

		curl_easy_getinfo(curl, CURLINFO_PRIVATE, (char **)&transfer);
		transfer->result = message->data.result;
		curl_multi_remove_handle(transfers->multi, curl);
		end_wait(&transfer->wait);
	}
}

static void end_sleep(struct transfers *transfers)
{
	int64_t now_us = clock_monotonic_us();

	while (transfers->sleepers != NULL && transfers->sleepers->due_us <= now_us) {
		struct sleeper *sleeper = transfers->sleepers;

		transfers->sleepers = sleeper->next;
		end_wait(&sleeper->wait);
	}
}

void transfers_run(struct transfers *transfers)
{
	act_on_events(transfers);
	end_transfers(transfers);
	end_sleep(transfers);
	arm_timer(transfers);
}
