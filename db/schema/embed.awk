# Makes C of the migrations: a struct migration for each file, a string for each statement. Comments are whole lines. Fails where
# numbers are missing or used twice.
function begin_file() {
	name = FILENAME
	sub(/.*\//, "", name)
	sub(/\.sql$/, "", name)
	if (substr(name, 1, 4) + 0 != n_files++) {
		printf "%s: the number is not one more than that of the file before\n", FILENAME >"/dev/stderr"
		exit has_failed = 1
	}
	printf "\t{\n\t\t.version = %d,\n\t\t.name = \"%s\",\n", substr(name, 1, 4) + 0, name
	print "\t\t.statements = (const char *const[]){"
}
function end_file() {
	print "\t\t\tNULL,\n\t\t},\n\t},"
}
FNR == 1 {
	if (NR > 1)
		end_file()
	begin_file()
}
/^[ \t]*(--.*)?$/ { next }
{
	is_last = sub(/;[ \t]*$/, "")
	gsub(/\\/, "&&")
	gsub(/"/, "\\\"")
	gsub(/\t/, " ")
	printf "\t\t\t\"%s\\n\"%s\n", $0, is_last ? "," : ""
}
END { if (!has_failed) end_file() }
