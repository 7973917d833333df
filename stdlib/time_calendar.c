// SPDX-License-Identifier: MIT
//
// Broken-down time: struct_time and the functions that convert it, on the C library's calendar and time zone.

#include "time_internal.h"

#include "runtime/io/sys.h"
#include "vm/types/int_big.h"

static const GetSetDef fields[] = {
    FIELD(0, "tm_year", "year, for example, 1993"), FIELD(1, "tm_mon", "month of year, range [1, 12]"),
    FIELD(2, "tm_mday", "day of month, range [1, 31]"), FIELD(3, "tm_hour", "hours, range [0, 23]"),
    FIELD(4, "tm_min", "minutes, range [0, 59]"), FIELD(5, "tm_sec", "seconds, range [0, 61])"),
    FIELD(6, "tm_wday", "day of week, range [0, 6], Monday is 0"), FIELD(7, "tm_yday", "day of year, range [1, 366]"),
    FIELD(8, "tm_isdst", "1 if summer time is in effect, 0 if not, and -1 if unknown"), HIDDEN(9, "tm_zone"),
        HIDDEN(10, "tm_gmtoff"), {0},
};

const TypeDef struct_time_def = {
    STRUCT_SEQUENCE_TYPE("time.struct_time", fields),
    .make = {"struct_time(cls, sequence, dict=<unset>, /)", struct_sequence_make, NULL, 0, 0, 0},
    .doc = "The time value as returned by gmtime(), localtime(), and strptime(), and accepted by asctime(), mktime() "
        "and strftime().",
};

static Value from_tm(VM *vm, const struct tm *t)
{
    Value zone = t->tm_zone ? str_decode(vm, t->tm_zone, strlen(t->tm_zone), "utf-8", "surrogateescape") : VALUE_NONE;
    if (!zone)
        return VALUE_EMPTY;
    Value v[11] = {
        int_from_i64(vm, (int64_t)t->tm_year + 1900), from_small(t->tm_mon + 1), from_small(t->tm_mday),
            from_small(t->tm_hour),
        from_small(t->tm_min), from_small(t->tm_sec), from_small((t->tm_wday + 6) % 7), from_small(t->tm_yday + 1),
        from_small(t->tm_isdst), zone, from_small(t->tm_gmtoff),
    };
    return struct_sequence_new(vm, &struct_time_def, v);
}

static time_t current_second(VM *vm)
{
    struct timespec t = {0, 0};
    sys_clock(vm, CLOCK_REALTIME, &t);
    return t.tv_sec;
}

// Seconds since the epoch from an optional argument.
static bool moment(VM *vm, Value *args, int nargs, time_t *out)
{
    struct timespec t;
    if (nargs == 0 || is_none(args[0])) {
        *out = current_second(vm);
        return true;
    }
    if (!seconds_argument(vm, args[0], &t, TIME_T_RANGE))
        return false;
    *out = t.tv_sec;
    return true;
}

static Value break_down(VM *vm, Value *args, int nargs, struct tm *(*convert)(const time_t *, struct tm *))
{
    time_t when;
    struct tm t;
    if (!moment(vm, args, nargs, &when))
        return VALUE_EMPTY;
    if (!convert(&when, &t))
        return raise_overflow(vm, TIME_T_RANGE);
    return from_tm(vm, &t);
}

TIME(gmtime) { return break_down(vm, args, nargs, gmtime_r); }
TIME(localtime) { return break_down(vm, args, nargs, localtime_r); }

// ---- struct tm out of a tuple

static bool to_tm(VM *vm, Value v, const char *function, struct tm *t)
{
    int64_t n[9];
    if (!is_tuple(v))
        return raise_type(vm, "Tuple or struct_time argument required"), false;
    if (as_tuple(v)->count != 9)
        return raise_type(vm, "%s(): illegal time tuple argument", function), false;
    for (int i = 0; i < 9; i++) {
        Value item = index_of(vm, as_tuple(v)->items[i]);
        if (!item)
            return false;
        if (!int_fits_i64(item, &n[i]) || n[i] != (int)n[i])
            return raise_overflow(vm, "signed integer is %s", int_sign(item) < 0 ? "less than minimum"
                : "greater than maximum"), false;
    }
    if (n[0] < INT32_MIN + INT64_C(1900))
        return raise_overflow(vm, "year out of range"), false;
    *t = (struct tm){.tm_year = (int)(n[0] - 1900), .tm_mon = (int)n[1] - 1, .tm_mday = (int)n[2], .tm_hour = (int)n[3],
                     .tm_min = (int)n[4], .tm_sec = (int)n[5], .tm_wday = (int)((n[6] + 1) % 7), .tm_yday =
                         (int)n[7] - 1,
                     .tm_isdst = (int)n[8]};
    if (type_of(vm, v) == struct_sequence_type(vm, &struct_time_def)) {
        Value zone = struct_sequence_field(v, 9), offset = struct_sequence_field(v, 10);
        t->tm_zone = is_str(zone) ? as_str(zone)->data : NULL;
        t->tm_gmtoff = is_small(offset) ? as_small(offset) : 0;
    }
    return true;
}

// Zeros stand for the first month and day; everything else must be in its range.
static bool check_tm(VM *vm, struct tm *t)
{
    const char *what = NULL;
    if (t->tm_mon == -1)
        t->tm_mon = 0;
    if (t->tm_mday == 0)
        t->tm_mday = 1;
    if (t->tm_yday == -1)
        t->tm_yday = 0;
    if (t->tm_mon < 0 || t->tm_mon > 11)
        what = "month";
    else if (t->tm_mday < 0 || t->tm_mday > 31)
        what = "day of month";
    else if (t->tm_hour < 0 || t->tm_hour > 23)
        what = "hour";
    else if (t->tm_min < 0 || t->tm_min > 59)
        what = "minute";
    else if (t->tm_sec < 0 || t->tm_sec > 61)
        what = "seconds";
    else if (t->tm_wday < 0)
        what = "day of week";
    else if (t->tm_yday < 0 || t->tm_yday > 365)
        what = "day of year";
    return !what || (raise_value(vm, "%s out of range", what), false);
}

// The time to show: an argument, or now.
static bool shown_time(VM *vm, Value v, const char *function, struct tm *t)
{
    if (v != VALUE_EMPTY)
        return to_tm(vm, v, function, t) && check_tm(vm, t);
    time_t now = current_second(vm);
    return localtime_r(&now, t) || (raise_overflow(vm, TIME_T_RANGE), false);
}

TIME(mktime)
{
    (void)nargs;
    struct tm t;
    if (!to_tm(vm, args[0], "mktime", &t))
        return VALUE_EMPTY;
    t.tm_wday = -1; // stays so only when the call fails: -1 is a good time
    time_t when = mktime(&t);
    if (when == -1 && t.tm_wday == -1)
        return raise_overflow(vm, "mktime argument out of range");
    return from_double((double)when);
}

static Value classic_form(VM *vm, const struct tm *t)
{
    static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    return from_object(str_format(vm, "%.3s %.3s%3d %.2d:%.2d:%.2d %lld", days + 3 * t->tm_wday, months + 3 * t->tm_mon,
        t->tm_mday,
                                  t->tm_hour, t->tm_min, t->tm_sec, (long long)t->tm_year + 1900));
}

TIME(asctime)
{
    struct tm t;
    return shown_time(vm, nargs ? args[0] : VALUE_EMPTY, "asctime", &t) ? classic_form(vm, &t) : VALUE_EMPTY;
}

TIME(ctime)
{
    time_t when;
    struct tm t;
    if (!moment(vm, args, nargs, &when))
        return VALUE_EMPTY;
    if (!localtime_r(&when, &t))
        return raise_overflow(vm, TIME_T_RANGE);
    return classic_form(vm, &t);
}

TIME(strftime)
{
    struct tm t;
    if (!is_str(args[0]))
        return raise_type(vm, "strftime() argument 1 must be str, not %T", args[0]);
    Str *format = as_str(args[0]);
    if (strlen(format->data) != format->size)
        return raise_value(vm, "embedded null character");
    if (!shown_time(vm, nargs > 1 ? args[1] : VALUE_EMPTY, "strftime", &t))
        return VALUE_EMPTY;
    if (t.tm_isdst < -1 || t.tm_isdst > 1)
        t.tm_isdst = t.tm_isdst < 0 ? -1 : 1;
    // A result of zero bytes is too little room or an empty text: give up once the room is plainly enough.
    for (size_t room = format->size + 256;; room *= 2) {
        char *out = gc_buffer(vm, room);
        if (!out)
            return VALUE_EMPTY;
        size_t n = strftime(out, room, format->data, &t);
        if (n > 0 || room >= 256 * ((size_t)format->size + 1))
            return str_decode(vm, out, n, "utf-8", "surrogateescape");
    }
}

TIME(strptime)
{
    Str *name = str_from(vm, "_strptime"), *function = str_intern_text(vm, "_strptime_time", 14);
    if (!name || !function)
        return VALUE_EMPTY;
    Value module = dict_get_str(vm, vm->modules, name);
    if (!module && vm->hooks.import)
        module = vm->hooks.import(vm, name, VALUE_NONE, vm->empty_tuple, 0);
    else if (!module)
        raise_exc(vm, EXC_ImportError, "__import__ not found");
    Value f = module ? object_getattr(vm, module, function) : VALUE_EMPTY;
    return f ? object_call(vm, f, args, nargs, NULL) : VALUE_EMPTY;
}

// ---- time zone

bool time_add_zone(VM *vm, Module *module)
{
    tzset();
    Value names[2];
    for (int i = 0; i < 2; i++)
        if (!(names[i] = str_decode(vm, tzname[i], strlen(tzname[i]), "utf-8", "surrogateescape")))
            return false;
    return module_set(vm, module, "timezone", from_small(timezone)) &&
        module_set(vm, module, "daylight", from_small(daylight)) &&
           module_set(vm, module, "altzone", from_small(daylight ? timezone - 3600 : timezone)) &&
           module_set(vm, module, "tzname", tuple_pack(vm, 2, names[0], names[1]));
}

TIME(tzset)
{
    (void)args, (void)nargs;
    Str *name = str_from(vm, "time");
    Value module = name ? dict_get_str(vm, vm->modules, name) : VALUE_EMPTY;
    if (!module || !is_module(module)) {
        tzset();
        return vm->error ? VALUE_EMPTY : VALUE_NONE;
    }
    return time_add_zone(vm, as_module(module)) ? VALUE_NONE : VALUE_EMPTY;
}
