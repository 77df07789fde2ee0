#include <math.h>

#include "top_histogram.h"

void top_histogram_add(struct top_histogram *histogram, double bound_s, double n)
{
	if (histogram->n_bounds == TOP_N_BOUNDS_MAX)
		return;
	histogram->bounds_s[histogram->n_bounds] = bound_s;
	histogram->n[histogram->n_bounds++] = n;
}

static double n_at(
	const struct top_histogram *before, const struct top_histogram *now, size_t i)
{
	return before != NULL && i < before->n_bounds ? now->n[i] - before->n[i] : now->n[i];
}

double top_histogram_quantile(
	const struct top_histogram *before, const struct top_histogram *now, double share)
{
	size_t last = now->n_bounds - 1;
	double wanted, lower_s, n_below;
	size_t i = 0;

	if (now->n_bounds < 2 || n_at(before, now, last) <= 0)
		return NAN;
	wanted = share * n_at(before, now, last);
	while (i < last && n_at(before, now, i) < wanted)
		i++;
	if (i == last)
		return now->bounds_s[last - 1];
	lower_s = i == 0 ? 0 : now->bounds_s[i - 1];
	n_below = i == 0 ? 0 : n_at(before, now, i - 1);
	return lower_s + (now->bounds_s[i] - lower_s) * (wanted - n_below) /
		(n_at(before, now, i) - n_below);
}
