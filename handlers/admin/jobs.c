#include "admin/dialect.h"
#include "arena.h"
#include "job.h"
#include "request.h"
#include "v1/admin_shapes.h"

#define JOBS_MAX 64

struct jobs_answer {
	struct object_list jobs;
};

static const struct field jobs_fields[] = {
	FIELD(struct jobs_answer, jobs, OBJECT_LIST, .name = "jobs", .shape = &admin_job_shape,
		.text = {"按执行的顺序", "in the order in which they are done"}),
	FIELD_END
};

static const struct shape jobs_shape = {
	.name = "Jobs", .size = sizeof(struct jobs_answer), .fields = jobs_fields,
};

struct jobs_found {
	struct job_state *jobs;
	size_t n;
};

static void keep_job(void *ctx, const struct job_state *state)
{
	struct jobs_found *found = ctx;

	struct job_state *job = &found->jobs[found->n];

	if (found->n == JOBS_MAX)
		return;
	*job = *state;
	if (job->holder == NULL)
		job->holder = "";
	found->n++;
}

static enum err jobs_get(struct request *req)
{
	struct jobs_answer *out = req->out;
	struct jobs_found found = {
		.jobs = arena_array(req->arena, struct job_state, JOBS_MAX)};
	enum err err = job_list(req->db, keep_job, &found);

	out->jobs = (struct object_list){.items = found.jobs, .n_items = found.n};
	return err;
}

const struct endpoint admin_jobs_get = {
	.dialect = &admin_dialect,
	.method = "GET",
	.path = "v1/admin/jobs",
	.summary = {"列出定时任务", "List the periodic jobs"},
	.access = ACCESS_OPERATOR,
	.pool = POOL_CORE,
	.source = FROM_NOTHING,
	.answer = ANSWER_PLAIN,
	.response = &jobs_shape,
	.run = jobs_get,
};

static enum err jobs_run_post(struct request *req)
{
	enum err err = job_hasten(req->db, req->path_parameter);

	return err == ERR_PARAMETER ? request_fail(req, ERR_NOT_FOUND, "no such job") : err;
}

static const enum err run_errors[] = {ERR_NOT_FOUND, ERR_NONE};

const struct endpoint admin_jobs_run_post = {
	.dialect = &admin_dialect,
	.method = "POST",
	.path = "v1/admin/jobs/{name}/run",
	.parameter = {"任务的名称", "name of the job"},
	.summary = {"让任务马上到期", "Make a job due"},
	.details = {"某个工作进程在约一分钟之内执行它；结果见任务列表和日志。请求没有正文。重复请求结果相同。",
		"A worker does it within about a minute; see the list of jobs and the log for "
		"how it "
		"went. The request has no body. A repetition has the same result."},
	.access = ACCESS_OPERATOR,
	.pool = POOL_CORE,
	.source = FROM_NOTHING,
	.answer = ANSWER_EMPTY,
	.errors = run_errors,
	.run = jobs_run_post,
};
