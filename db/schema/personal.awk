# Makes C of the marks of the migrations, from which the export and the erasure of a person's data are made. Each CREATE TABLE has
# one of these marks before it:
#
#	-- Personal data: by KEY.                  rows of a person, found by KEY: account, wechat_user, openid, openid_hash, phone or member
#	-- Personal data: by KEY, erased apart.    the same; db/erasure.c has a statement of its own that erases them
#	-- Personal data: the tenant's own.        what stays when a person is erased
#	-- Personal data: none.
#
# Of a person's rows each column has a mark, before the CREATE TABLE or ALTER TABLE that makes it:
#
#	-- Exported: name, phone.     the person gets it
#	-- Internal: is_risk.         the tenant's own notes, which the person gets if the setting export_internal is on
#	-- Secret: hash.              credentials, hashes and keys
#	-- Of others: merged_id.      what may identify another person
#	-- Technical: tenant_id.      which row it is, and what this program keeps for itself
#
# The result has a PERSONAL_TABLE(table, key, how) for each table of persons, how being ALIKE or APART; after it for each of its
# columns a PERSONAL_COLUMN(table, column, type, mark). Then, if anything of the table is exported, an EXPORT_BEGIN(table, key, column),
# column being that of the key, an EXPORT_COLUMN(table, column, type, mark) for each of what an export reads, and an EXPORT_END like
# EXPORT_BEGIN. OTHER_TABLE(table) stands for each other table. A macro that the includer has not defined is empty, and all are
# undefined at the end.
#
# Rows by account have to be moved when two accounts become one, and back: db/account_merge.c and account_unmerge.c do not compile
# until they do. A table without personal data may have no column that names a person.
BEGIN {
	person = "^(account_id|wechat_user_id|openid|openid_hash|unionid|phone|phone_hash)$"
	marks["Exported"] = "EXPORTED"
	marks["Internal"] = "INTERNAL"
	marks["Secret"] = "SECRET"
	marks["Of others"] = "OF_OTHERS"
	marks["Technical"] = "TECHNICAL"
	n_macros = split("PERSONAL_TABLE PERSONAL_COLUMN EXPORT_BEGIN EXPORT_COLUMN EXPORT_END OTHER_TABLE", macros)
}
function fail(what) {
	printf "%s:%d: %s\n", FILENAME, FNR, what >"/dev/stderr"
	exit has_failed = 1
}
# How the export reads and shows a column.
function type_of(name, sql) {
	if (name == "tenant_id" || name == "row_uuid")
		return toupper(name)
	if (name == "app_id")
		return "APP"
	if (sql ~ /^TINYINT/ && name ~ /^(is|can)_/)
		return "BOOL"
	if (sql ~ /^(TINY|BIG)?INT/)
		return "NUMBER"
	if (sql ~ /^DATETIME/)
		return "TIME"
	if (sql ~ /^BINARY\(16\)/)
		return "UUID"
	if (sql ~ /^VARBINARY/)
		return "SEALED"
	return sql ~ /^BINARY/ ? "BYTES" : "TEXT"
}
function add_column(name, sql,	type, column) {
	type = type_of(name, sql)
	if (key_of[table] == "none" && name ~ person)
		fail("table " table " is marked to have no personal data, but has the column " name)
	if (how_of[table] == "")
		return
	if (!(name in mark_of))
		fail("column " table "." name " has no mark \"-- Exported: " name ".\" or the like, see db/schema/personal.awk")
	if (mark_of[name] ~ /EXPORTED|INTERNAL/ && type == "BYTES")
		fail("column " table "." name " is bytes, which no export shows")
	column = sprintf("_COLUMN(%s, %s, %s, %s)\n", table, name, type, mark_of[name])
	columns_of[table] = columns_of[table] "PERSONAL" column
	if (mark_of[name] ~ /EXPORTED|INTERNAL/ || type == "ROW_UUID")
		exports_of[table] = exports_of[table] "EXPORT" column
	if (mark_of[name] ~ /EXPORTED|INTERNAL/)
		is_exported[table] = 1
	delete mark_of[name]
}
/^-- Personal data: / {
	mark = $0
	sub(/^-- Personal data: /, "", mark)
	if (mark !~ /^(none|the tenant's own|by (account|wechat_user|openid|openid_hash|phone|member)(, erased apart)?)\.$/)
		fail("no mark of personal data as db/schema/personal.awk knows it: " mark)
}
/^-- [A-Z][a-z ]+: [a-z_, ]+\.?$/ {
	word = substr($0, 4, index($0, ":") - 4)
	if (word in marks) {
		list = substr($0, index($0, ":") + 2)
		sub(/\.$/, "", list)
		n = split(list, names, ", ")
		for (i = 1; i <= n; i++) {
			if (names[i] in mark_of)
				fail("column " names[i] " has two marks")
			mark_of[names[i]] = marks[word]
		}
	}
}
/^--/ { next }
# Written in another way, a table or a column would escape the rules below.
toupper($0) ~ /CREATE.*TABLE/ && !/^CREATE TABLE IF NOT EXISTS [a-z_]+ \($/ {
	fail("the line that creates a table must be: CREATE TABLE IF NOT EXISTS name (")
}
toupper($0) ~ /[^A-Z]ADD / && !/ADD (COLUMN IF NOT EXISTS [a-z_]+ [A-Z]|((UNIQUE|PRIMARY) )?KEY |CONSTRAINT )/ {
	fail("a line that adds a column must be: ADD COLUMN IF NOT EXISTS name TYPE …")
}
/^CREATE TABLE / {
	if (mark == "")
		fail("table " $6 " has no mark \"-- Personal data: ….\" before it, see db/schema/personal.awk")
	tables[++n_tables] = table = $6
	split(mark, words, /[ ,.]+/)
	key_of[table] = words[1] == "by" ? words[2] : words[1]
	how_of[table] = words[1] != "by" ? "" : words[3] == "erased" ? "APART" : "ALIKE"
	mark = ""
	is_in_create = 1
	next
}
/^ALTER TABLE / { table = $3 }
is_in_create && /^\t[a-z_]+ [A-Z]/ { add_column($1, $2) }
match($0, /ADD COLUMN IF NOT EXISTS [a-z_]+ [A-Z]+(\([0-9]+\))?/) {
	split(substr($0, RSTART, RLENGTH), words, " ")
	add_column(words[6], words[7])
}
/;[ \t]*$/ {
	for (name in mark_of)
		fail("column " name " has a mark, but the statement after it does not make it")
	is_in_create = 0
}
END {
	if (has_failed)
		exit 1
	for (i = 1; i <= n_macros; i++)
		printf "#ifndef %s\n#define %s(...)\n#endif\n", macros[i], macros[i]
	for (i = 1; i <= n_tables; i++) {
		table = tables[i]
		if (how_of[table] == "")
			printf "OTHER_TABLE(%s)\n", table
		else
			printf "PERSONAL_TABLE(%s, %s, %s)\n%s", table, key_of[table], how_of[table], columns_of[table]
		if (!is_exported[table])
			continue
		key = sprintf("(%s, %s, %s)", table, key_of[table], key_of[table] == table ? "id" : key_of[table] "_id")
		printf "EXPORT_BEGIN%s\n%sEXPORT_END%s\n", key, exports_of[table], key
	}
	for (i = 1; i <= n_macros; i++)
		printf "#undef %s\n", macros[i]
}
