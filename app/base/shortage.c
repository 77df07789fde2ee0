#include <errno.h>

#include "shortage.h"

bool shortage_is_meant(int error)
{
	switch (error) {
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
	case ENOSPC:
	case EDQUOT:
		return true;
	default:
		return false;
	}
}
