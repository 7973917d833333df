// SPDX-License-Identifier: MIT
//
// What time.c and time_calendar.c share.
#ifndef AIOLOS_STDLIB_TIME_INTERNAL_H
#define AIOLOS_STDLIB_TIME_INTERNAL_H

#include <time.h>

#include "struct_sequence.h"

#define TIME(name) Value time_##name(VM *vm, Value *args, int nargs)

// Seconds as a float or int, rounded down. False: error pending; `too_large` is the text of the OverflowError.
bool seconds_argument(VM *vm, Value v, struct timespec *out, const char *too_large);
#define TIME_T_RANGE "timestamp out of range for platform time_t"

// time_calendar.c
TIME(asctime);
TIME(ctime);
TIME(gmtime);
TIME(localtime);
TIME(mktime);
TIME(strftime);
TIME(strptime);
TIME(tzset);
extern const TypeDef struct_time_def;
bool time_add_zone(VM *vm, Module *module); // timezone, altzone, daylight, tzname

#endif
