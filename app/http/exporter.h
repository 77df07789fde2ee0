/*
 * What the processes of this machine have counted, as text for Prometheus; the process layer knows
 * how to write it, the endpoint /metrics who may read it.
 */
#ifndef EXPORTER_H
#define EXPORTER_H

struct buf;

struct exporter {
	void (*write)(const void *ctx, struct buf *out);
	const void *ctx;
};

#endif
