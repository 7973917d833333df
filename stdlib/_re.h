// SPDX-License-Identifier: MIT
//
// The module _re: Python's regular expressions on PCRE2. A pattern is read by our own parser (_re_parse.c, _re_group.c,
// _re_escape.c, _re_class.c), which raises Python's errors and writes the same expression in PCRE2's syntax. What PCRE2
// compiles from that is a program (_re_engine.c); each pattern has several, made when first needed: one for subjects
// that are ASCII (bytes without Unicode properties, the fastest), one for other text, one on the 32-bit library for
// expressions too large for the 8-bit one; each of them for search, match and fullmatch.
//
// Offsets are bytes of the subject everywhere below Match, which converts to code points when asked.
#ifndef AIOLOS_STDLIB_RE_H
#define AIOLOS_STDLIB_RE_H

#define PCRE2_CODE_UNIT_WIDTH 0 // functions are named with their width
#include <pcre2.h>
#include <stdio.h>

#include "vm/types/container.h"
#include "vm/types/str_internal.h"

// Up to 10.42 a word character of PCRE2 is what str.isalnum accepts, or "_"; later versions count marks too.
#define RE_WORD_IS_PYTHONS (PCRE2_MAJOR == 10 && PCRE2_MINOR < 43)

enum {
    RE_TEMPLATE = 1, RE_IGNORECASE = 2, RE_LOCALE = 4, RE_MULTILINE = 8, RE_DOTALL = 16, RE_UNICODE = 32,
    RE_VERBOSE = 64, RE_DEBUG = 128, RE_ASCII = 256,
};
#define RE_TYPE_FLAGS (RE_ASCII | RE_LOCALE | RE_UNICODE)
#define RE_GLOBAL_FLAGS (RE_DEBUG | RE_TEMPLATE)
#define RE_MAX_REPEAT UINT32_MAX       // stands for "no upper limit"
#define RE_MAX_GROUPS 1073741823
#define RE_NEVER "[^\\x00-\\xff]"      // one item of a byte program that matches nothing

// ---- the parser

// One unit of a pattern: a character, or a backslash with the character behind it. Length 0: the end.
typedef struct ReToken {
    uint8_t length;
    uint32_t c, escaped;
} ReToken;

typedef struct ReGroup {
    uint64_t low, high;   // how many characters it may match
    bool closed;
    uint32_t close_order; // how many groups were closed before it
} ReGroup;

// What a part of a pattern is, for the quantifier behind it and for look-behind.
typedef struct ReItem {
    enum { ITEM_NONE, ITEM_PLACE, ITEM_REPEAT, ITEM_OTHER } kind;
    size_t start;         // where it begins in the output
    uint64_t low, high;
    bool captures;        // groups lie inside
    uint32_t first_group; // the number that the first of them has
} ReItem;

typedef struct ReSequence {
    ReItem last;
    uint64_t low, high;   // of the items before the last
    bool captures;
} ReSequence;

typedef struct ReParser {
    VM *vm;
    Value pattern;            // str or bytes
    bool text;
    bool narrow;              // write for byte programs: the subject is ASCII, or bytes
    bool quiet;               // no warnings: the pattern has been parsed before
    const uint32_t *source;   // code points; bytes as Latin-1
    size_t count, index;      // index: behind `next`
    ReToken next;
    uint32_t flags;           // given, and set by (?...) at the start
    ReGroup *groups;
    uint32_t group_count, group_capacity; // group 0 counts
    uint32_t closed_count;
    Dict *names;              // name -> number
    List *conditions;         // numbers and positions of (?(1)...), checked at the end
    int64_t lookbehind_groups; // group_count at the start of the outermost look-behind, -1: outside
    bool bad_lookbehind;
    bool loops;               // a group lies inside a repetition
    int depth;
    int frames;               // how far up the caller is that warnings are for: behind functions of re
    StrBuilder out;
} ReParser;

// Reads the whole pattern; p->out is the result. False: error pending.
bool re_parse(ReParser *p, VM *vm, Value pattern, uint32_t flags, bool narrow, bool quiet);

// For the parser's files. After an error `next` is the end, so that all loops stop; the first error counts.
void re_advance(ReParser *p);
bool re_accept(ReParser *p, char c);
static inline bool re_at(const ReParser *p, char c) { return p->next.length == 1 && p->next.c == (unsigned char)c; }
static inline size_t re_tell(const ReParser *p) { return p->index - p->next.length; }
bool re_error(ReParser *p, size_t offset, const char *format, ...); // at tell - offset; always false
bool re_raise(VM *vm, Str *message, Value pattern, Value position); // re.error
Str *re_source_text(ReParser *p, size_t from, size_t to);
// The text up to the terminator, which is skipped. NULL: error.
Str *re_until(ReParser *p, char terminator, const char *what);
bool re_check_name(ReParser *p, Str *name);
bool re_is_identifier(const Str *name);
Value re_number_of(VM *vm, Str *digits); // int(digits), VALUE_EMPTY without error: not a number, or negative
bool re_warn(ReParser *p, ExcId category, const char *format, ...);

typedef struct ReEscape {
    enum { ESCAPE_CHAR, ESCAPE_CATEGORY, ESCAPE_PLACE, ESCAPE_GROUP } kind;
    uint32_t value;           // the character, the letter, or the number of the group
} ReEscape;
bool re_escape(ReParser *p, ReToken token, bool in_class, ReEscape *out);
bool re_octal_or_group(ReParser *p, ReToken token, ReEscape *out); // "\1", "\12", "\123"

bool re_parse_alternatives(ReParser *p, uint32_t flags, bool top, ReItem *out);
bool re_parse_sequence(ReParser *p, uint32_t flags, bool first, ReItem *out);
bool re_parse_group(ReParser *p, uint32_t *flags, bool first, ReSequence *s); // behind "("
bool re_parse_class(ReParser *p, uint32_t flags);                             // behind "["
ReItem *re_item(ReParser *p, ReSequence *s);  // begins a new item: the next output belongs to it
bool re_check_reference(ReParser *p, uint32_t group, size_t offset);
bool re_check_lookbehind(ReParser *p, uint32_t group);

static inline bool re_unicode(const ReParser *p, uint32_t flags) { return p->text && !(flags & RE_ASCII); }
bool re_put_char(ReParser *p, uint32_t c);                    // so that PCRE2 takes it literally
bool re_put_literal(ReParser *p, uint32_t c, uint32_t flags);
bool re_put_category(ReParser *p, char letter, uint32_t flags);
bool re_put_boundary(ReParser *p, char letter, uint32_t flags);
static inline bool re_put(ReParser *p, const char *text) { return builder_add_cstr(&p->out, text); }
static inline uint64_t re_width_add(uint64_t a, uint64_t b)
{
    return a + b < RE_MAX_REPEAT ? a + b : RE_MAX_REPEAT;
}

// ---- programs

enum { FORM_SEARCH, FORM_MATCH, FORM_FULLMATCH, FORM_COUNT };
enum { SUBJECT_BYTES, SUBJECT_TEXT, SUBJECT_COUNT }; // SUBJECT_BYTES: also ASCII text

typedef struct ReProgram {
    void *code;           // pcre2_code_8 or, when wide, pcre2_code_32
    void *context;        // its match context
    void *spare;          // match data, when nobody uses it
    uint8_t uses;         // saturates; a program that is used again is translated to machine code
    bool wide;
    bool deep;            // the machine code needs more stack than it has by itself
} ReProgram;

typedef struct Pattern {
    Object base;
    Value pattern;        // str, bytes
    uint32_t flags;
    uint32_t group_count; // without group 0
    bool text, loops;
    Dict *names;          // name -> number
    Tuple *group_names;   // by number, None: no name
    uint32_t *close_order; // by number
    Value template_source, template; // the replacement used last and what it means
    ReProgram programs[SUBJECT_COUNT][FORM_COUNT];
    ReProgram watched[SUBJECT_COUNT][FORM_COUNT]; // with interrupts polled at every step
    Value attributes;
} Pattern;

// What is searched: bytes that do not change while the subject is used.
typedef struct Subject {
    Value source;         // as the script gave it
    Value holder;         // str or bytes
    const char *data;
    size_t size;
    int64_t length;       // in the script's units
    size_t start, end;    // bytes
    int64_t pos, endpos;  // in the script's units
    bool text;
    int kind;             // SUBJECT_
    uint32_t *wide;       // code points, for wide programs; a GC buffer
} Subject;

bool subject_open(VM *vm, Subject *s, Pattern *p, Value source, Value pos, Value endpos);
Value subject_cut(VM *vm, const Subject *s, size_t from, size_t to);
// 1: spans has 2 * (group_count + 1) byte offsets, SIZE_MAX for groups that took no part; 0: no match; -1: error.
int program_run(VM *vm, Pattern *p, int form, Subject *s, size_t from, bool not_empty, size_t *spans);
void programs_free(VM *vm, Pattern *p);

// ---- objects

typedef struct Match {
    Object base;
    Pattern *pattern;
    Value source, holder;
    int64_t pos, endpos;
    size_t spans[];
} Match;

// Walks the matches of a subject as findall, split and sub see them.
typedef struct Finder {
    Pattern *pattern;
    Subject subject;
    size_t from;
    bool not_empty;
    size_t *spans;
    size_t local[8];
} Finder;
bool finder_open(VM *vm, Finder *f, Pattern *p, Value source, Value pos, Value endpos);
int finder_next(VM *vm, Finder *f, int form); // 1, 0, -1 as program_run
static inline bool span_is_set(const size_t *spans, size_t group) { return spans[2 * group] != SIZE_MAX; }

Value re_match_new(VM *vm, Pattern *p, const Subject *s, const size_t *spans);
Value match_text(VM *vm, const Match *m, size_t group, Value absent);
static inline Pattern *as_pattern(Value v) { return (Pattern *)as_object(v); }
static inline Match *as_match(Value v) { return (Match *)as_object(v); }

// Replacement templates: a tuple of literal, group number, literal ... A template without groups is one literal.
Value template_of(VM *vm, Pattern *p, Value source);
Value template_expand(VM *vm, Value template, const Match *m);

Value pattern_sub(VM *vm, Value *args, int nargs);
Value pattern_subn(VM *vm, Value *args, int nargs);
Value pattern_split(VM *vm, Value *args, int nargs);

extern const TypeDef re_pattern_def, re_match_def, re_scanner_def;

#endif
