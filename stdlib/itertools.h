// SPDX-License-Identifier: MIT
//
// The types of itertools, by file: itertools.c (the module and the endless and simple ones), itertools_select.c (those
// that pick or group), itertools_combine.c (those that combine pools). All are iterators over others and may be derived
// from.
#ifndef AIOLOS_STDLIB_ITERTOOLS_H
#define AIOLOS_STDLIB_ITERTOOLS_H

#include "vm/types/container.h"

// The TypeOps and TypeDef of one: PREFIX_mark, PREFIX_next and PREFIX_make are its functions, STRUCT its layout.
#define ITERTOOL(prefix, name_, layout, signature_, doc_, methods_) \
    static const TypeOps prefix##_ops = {.mark = prefix##_mark, .iter = iterator_self, .next = prefix##_next}; \
    const TypeDef prefix##_def = { \
        .name = "itertools." name_, .kind = KIND_OTHER, .size = sizeof(layout), .ops = &prefix##_ops, \
        .methods = methods_, .make = {signature_, prefix##_make, NULL, 0, 0, 0}, .doc = doc_, .flags = TYPE_BASE, \
    }

extern const TypeDef count_def, cycle_def, repeat_def, chain_def, starmap_def, accumulate_def, pairwise_def;
extern const TypeDef batched_def;
extern const TypeDef compress_def, dropwhile_def, takewhile_def, filterfalse_def, islice_def, zip_longest_def;
extern const TypeDef groupby_def, grouper_def, tee_def, tee_data_def;
extern const TypeDef product_def, permutations_def, combinations_def, combinations_with_replacement_def;

Value itertools_tee(VM *vm, Value *args, int nargs);

#endif
