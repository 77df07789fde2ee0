/*
 * What is logged between two calls, at every level.
 */
#ifndef CAPTURED_LOG_H
#define CAPTURED_LOG_H

void captured_log_begin(void);
/* Good until the next begin; the log is back at standard error. */
const char *captured_log_end(void);

#endif
