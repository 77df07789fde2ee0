# Makes C of the marks of the migrations: PERSONAL_TABLE(table, key, is_exported) for each table whose rows belong to a person.
# Each CREATE TABLE has one of these marks before it:
#
#	-- Personal data: by KEY, exported.      what a person has told; found by KEY: account, wechat_user, openid or phone
#	-- Personal data: by KEY, not exported.  what is noted about a person
#	-- Personal data: the tenant's own.      what stays when a person is erased
#	-- Personal data: none.
#
# "Exported" is stated for the export of a person's data, which does not exist yet: nothing reads it.
#
# db/erasure.c and, for rows by account, db/account_merge.c do not compile until they run a statement named after each table. A
# table without personal data may have no column that names a person, be it by CREATE TABLE or by a later ALTER TABLE.
BEGIN {
	person = "(account_id|wechat_user_id|openid|unionid|phone|phone_hash) "
}
function fail(what) {
	printf "%s:%d: %s\n", FILENAME, FNR, what >"/dev/stderr"
	exit 1
}
/^-- Personal data: / {
	mark = $0
	sub(/^-- Personal data: /, "", mark)
	if (mark !~ /^(none|the tenant's own|by (account|wechat_user|openid|phone), (not )?exported)\.$/)
		fail("no mark of personal data as db/schema/personal.awk knows it: " mark)
}
/^--/ { next }
# Written in another way, a table would escape the rules below.
toupper($0) ~ /CREATE.*TABLE/ && !/^CREATE TABLE IF NOT EXISTS [a-z_]+ \($/ {
	fail("the line that creates a table must be: CREATE TABLE IF NOT EXISTS name (")
}
/^CREATE TABLE / {
	if (mark == "")
		fail("table " $6 " has no mark \"-- Personal data: ….\" before it, see db/schema/personal.awk")
	if (split(mark, words, /[ ,.]+/) > 0 && words[1] == "by")
		printf "PERSONAL_TABLE(%s, %s, %s)\n", $6, words[2], words[3] == "exported" ? "true" : "false"
	table = $6
	marks[table] = mark
	mark = ""
}
/^ALTER TABLE / {
	table = $3
}
marks[table] == "none." && ($0 ~ "^\t" person || $0 ~ "ADD (COLUMN )?(IF NOT EXISTS )?" person) {
	sub(/^.*ADD (COLUMN )?(IF NOT EXISTS )?/, "")
	fail("table " table " is marked to have no personal data, but has the column " $1)
}
