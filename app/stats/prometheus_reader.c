#include "prometheus.h"

/* A label's value from behind its opening quote, unescaped in place; what follows its closing one.
 * NULL: there is none. */
static char *read_value(char *text)
{
	char *to = text;

	for (; *text != '\0' && *text != '"'; text++) {
		bool is_escaped = *text == '\\' && text[1] != '\0';

		text += is_escaped;
		*to++ = is_escaped && *text == 'n' ? '\n' : *text;
	}
	if (*text == '\0')
		return NULL;
	*to = '\0';
	return text + 1;
}

/* From behind the opening brace; what follows the closing one. NULL: not as it should be. */
static char *read_labels(char *text, struct prometheus_label *labels_r)
{
	size_t n = 0;

	while (text != NULL && *text != '}') {
		char *equals = strstr(text, "=\"");

		if (equals == NULL || n == PROMETHEUS_N_LABELS_MAX)
			return NULL;
		*equals = '\0';
		labels_r[n++] = (struct prometheus_label){text, equals + 2};
		text = read_value(equals + 2);
		if (text != NULL && *text == ',')
			text++;
	}
	return text == NULL ? NULL : text + 1;
}

bool prometheus_read(char *line, struct prometheus_sample *sample_r)
{
	char *end = line + strcspn(line, "{ ");
	char *value = end + 1;

	*sample_r = (struct prometheus_sample){.name = line};
	if (*line == '#' || end == line || *end == '\0')
		return false;
	if (*end == '{')
		value = read_labels(end + 1, sample_r->labels);
	*end = '\0';
	if (value == NULL)
		return false;
	sample_r->value = strtod(value, &end);
	return end != value && *end == '\0';
}

const char *prometheus_label_of(const struct prometheus_sample *sample, const char *name)
{
	for (const struct prometheus_label *at = sample->labels; at->name != NULL; at++)
		if (strcmp(at->name, name) == 0)
			return at->value;
	return "";
}
