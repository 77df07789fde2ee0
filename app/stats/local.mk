libstats_a_CPPFLAGS = $(SEES_STATS)
libstats_a_SOURCES = \
	%D%/activity.c %D%/activity.h \
	%D%/breaker.c %D%/breaker.h \
	%D%/bucket.c %D%/bucket.h \
	%D%/counters.c %D%/counters.h %D%/counter.def \
	%D%/histogram.c %D%/histogram.h \
	%D%/job_times.c %D%/job_times.h \
	%D%/metrics.c %D%/metrics.h \
	%D%/node.c %D%/node.h \
	%D%/node_cluster.c \
	%D%/prometheus.c %D%/prometheus.h \
	%D%/request_stats.c %D%/request_stats.h \
	%D%/scoreboard.c %D%/scoreboard.h \
	%D%/whitelist_refusal.c %D%/whitelist_refusal.h
