/*
 * Prints conf/wxuser.conf.in for "make documents": built with directories that are called
 * @sysconfdir@ and so on, so that it says the same on every machine.
 */
#include "conf.h"

int main(void)
{
	conf_write_sample(stdout);
	return fflush(stdout) == 0 ? 0 : 1;
}
