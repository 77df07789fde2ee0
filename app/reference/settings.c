#include <string.h>

#include "setting.h"
#include "settings.h"

void settings_write(struct arena *arena, bool is_zh, FILE *out)
{
	struct setting setting;

	fputs(is_zh ? "# 租户的设置\n\n[English](../settings.md)\n\n"
		      "`wxuserctl tenant settings 编号` 列出，`wxuserctl tenant set 编号 名称 值` "
		      "修改；控制台和 `PUT /v1/admin/settings/{name}` 也可以。\n"
		      "`sms_per_app_and_hour`、`sms_per_day` 和 `sms_per_key_and_day` 花费的是服务运行者的钱，"
		      "只能用 `wxuserctl tenant set` 修改。审计里有修改前后的值。\n"
		      "本机立即生效，其他主机 5 秒之内。\n\n"
		      "| 名称 | 默认 | 可设的值 | 含义 |\n|---|---|---|---|\n"
		    : "# Settings of a tenant\n\n"
		      "`wxuserctl tenant settings ID` lists them, `wxuserctl tenant set ID NAME "
		      "VALUE` changes one, and so do the console and\n"
		      "`PUT /v1/admin/settings/{name}`. A change holds at once on this host, "
		      "within five seconds on the others.\n"
		      "`sms_per_app_and_hour`, `sms_per_day` and `sms_per_key_and_day` spend the "
		      "money of who runs the service: only\n"
		      "`wxuserctl tenant set` changes them. The audit tells the value before and "
		      "after.\n\n"
		      "| Name | Default | May be | Meaning |\n|---|---|---|---|\n",
		out);
	for (size_t i = 0; setting_at(arena, i, &setting); i++)
		fprintf(out, "| `%s` | %s | %s | %s |\n", setting.name, setting.preset,
			strchr(setting.values, '|') == NULL ? setting.values : "true, false",
			is_zh ? setting.meaning_zh : setting.meaning);
}
