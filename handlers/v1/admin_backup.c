#include "v1/admin_shapes.h"

static const struct field backup_item_fields[] = {
	FIELD(struct admin_backup_item, what, STR, .name = "what",
		.text = {"是什么", "what it is"}),
	FIELD(struct admin_backup_item, path, STR, .name = "path",
		.text = {"路径；数据库为名称和位置", "its path; of the database name and place"}),
	FIELD(struct admin_backup_item, is_needed, BOOL, .name = "is_needed",
		.text = {"是否要备份", "whether it belongs into a backup"}),
	FIELD(struct admin_backup_item, reason, STR, .name = "reason", .may_be_null = true,
		.text = {"不用备份的原因", "why it does not; null: it does"}),
	FIELD_END
};

static const struct shape backup_item_shape = {
	.name = "BackupItem", .size = sizeof(struct admin_backup_item),
	.fields = backup_item_fields,
};

static const struct field backup_fields[] = {
	FIELD(struct admin_backup, items, OBJECT_LIST, .name = "items",
		.shape = &backup_item_shape, .text = {"各项", "the items"}),
	FIELD(struct admin_backup, dump, STR, .name = "dump",
		.text = {"导出数据库的命令", "the line that stores the database"}),
	FIELD(struct admin_backup, files, STR, .name = "files",
		.text = {"打包文件的命令", "the line that stores the files"}),
	FIELD_END
};

const struct shape admin_backup_shape = {
	.name = "Backup", .size = sizeof(struct admin_backup), .fields = backup_fields,
};
