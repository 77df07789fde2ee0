#include "buf.h"
#include "histogram.h"
#include "prometheus.h"

#define NAME_SIZE 96

static const struct {
	int64_t us;
	const char *text;
} bounds[HISTOGRAM_N_BOUNDS + 1] = {
	{500, "0.0005"},
	{1000, "0.001"},
	{2500, "0.0025"},
	{5000, "0.005"},
	{10000, "0.01"},
	{25000, "0.025"},
	{50000, "0.05"},
	{100000, "0.1"},
	{250000, "0.25"},
	{500000, "0.5"},
	{1000000, "1"},
	{2500000, "2.5"},
	{5000000, "5"},
	{10000000, "10"},
	{INT64_MAX, "+Inf"},
};

void histogram_add(struct histogram *histogram, int64_t took_us)
{
	size_t i = 0;

	while (took_us > bounds[i].us)
		i++;
	atomic_fetch_add_explicit(&histogram->n[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&histogram->sum_us, (uint64_t)took_us, memory_order_relaxed);
}

void histogram_write(const struct histogram *histogram, struct buf *out, const char *family,
	struct prometheus_label *labels)
{
	struct prometheus_label *le = labels;
	char name[NAME_SIZE];
	uint64_t n = 0;

	while (le->name != NULL)
		le++;
	le[1] = (struct prometheus_label){0};
	snprintf(name, sizeof(name), "%s_bucket", family);
	for (size_t i = 0; i <= HISTOGRAM_N_BOUNDS; i++) {
		n += atomic_load_explicit(&histogram->n[i], memory_order_relaxed);
		*le = (struct prometheus_label){"le", bounds[i].text};
		prometheus_count(out, name, labels, n);
	}
	*le = (struct prometheus_label){0};
	snprintf(name, sizeof(name), "%s_sum", family);
	prometheus_seconds(out, name, labels,
		atomic_load_explicit(&histogram->sum_us, memory_order_relaxed));
	snprintf(name, sizeof(name), "%s_count", family);
	prometheus_count(out, name, labels, n);
}
