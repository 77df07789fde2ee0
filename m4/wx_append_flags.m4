# WX_APPEND_FLAGS(FLAGS, VARIABLE, CFLAGS|LDFLAGS)
# Adds to VARIABLE each of FLAGS with which a program is compiled and linked.
AC_DEFUN([WX_APPEND_FLAGS], [
wx_saved_flags=$$3
for wx_flag in $1; do
	AC_MSG_CHECKING([whether $CC takes $wx_flag])
	$3="$wx_saved_flags $wx_flag"
	AC_LINK_IFELSE([AC_LANG_PROGRAM()],
		[$2="$$2 $wx_flag"; AC_MSG_RESULT([yes])], [AC_MSG_RESULT([no])])
done
$3=$wx_saved_flags
])
