// SPDX-License-Identifier: MIT
//
// What time.c and time_calendar.c share.
#ifndef AIOLOS_STDLIB_TIME_INTERNAL_H
#define AIOLOS_STDLIB_TIME_INTERNAL_H

#include <time.h>

#include "struct_sequence.h"

#define TIME(name) Value time_##name(VM *vm, Value *args, int nargs)

// Seconds as a float or int, rounded down. False: error pending.
bool seconds_argument(VM *vm, Value v, struct timespec *out);

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
