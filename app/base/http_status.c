#include "http_status.h"

static const struct {
	int status;
	const char *reason;
} statuses[HTTP_STATUS_N + 1] = {
	{200, "OK"},
	{204, "No Content"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{409, "Conflict"},
	{410, "Gone"},
	{413, "Content Too Large"},
	{415, "Unsupported Media Type"},
	{422, "Unprocessable Content"},
	{429, "Too Many Requests"},
	{500, "Internal Server Error"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
	{504, "Gateway Timeout"},
	{0, ""},
};

size_t http_status_index(int status)
{
	size_t index = 0;

	while (index < HTTP_STATUS_N && statuses[index].status != status)
		index++;
	return index;
}

int http_status_at(size_t index)
{
	return statuses[index].status;
}

const char *http_status_reason(int status)
{
	return statuses[http_status_index(status)].reason;
}
