libprocess_a_CPPFLAGS = $(SEES_PROCESS) $(FCGI_CFLAGS)
libprocess_a_SOURCES = \
	%D%/access_log.c %D%/access_log.h \
	%D%/confine.c %D%/confine.h \
	%D%/connections.c %D%/connections.h \
	%D%/control.c %D%/control.h \
	%D%/fcgi.c %D%/fcgi.h \
	%D%/generation.c %D%/generation.h \
	%D%/handover.c %D%/handover.h \
	%D%/instance.c %D%/instance.h \
	%D%/listen_fds.c %D%/listen_fds.h \
	%D%/listener.c %D%/listener.h \
	%D%/master.c %D%/master.h \
	%D%/notify.c %D%/notify.h \
	%D%/params.c %D%/params.h \
	%D%/privileges.c %D%/privileges.h \
	%D%/program.h \
	%D%/reload.c %D%/reload.h \
	%D%/shared_limits.c %D%/shared_limits.h \
	%D%/shutdown.c %D%/shutdown.h \
	%D%/signals.c %D%/signals.h \
	%D%/socket_name.c %D%/socket_name.h \
	%D%/spool.c %D%/spool.h \
	%D%/start.c %D%/start.h \
	%D%/task.c %D%/task.h \
	%D%/upgrade.c %D%/upgrade.h \
	%D%/watchdog.c %D%/watchdog.h \
	%D%/worker.c %D%/worker.h %D%/worker_place.h \
	%D%/worker_pool.c %D%/worker_pool.h \
	%D%/workers.c %D%/workers.h
