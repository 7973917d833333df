// SPDX-License-Identifier: MIT
//
// The types of the module _collections, which is made in _collections.c.
#ifndef AIOLOS_STDLIB_COLLECTIONS_H
#define AIOLOS_STDLIB_COLLECTIONS_H

#include "vm/core/native.h"

extern const TypeDef deque_def, deque_iterator_def, deque_reverse_iterator_def;
extern const TypeDef ordered_dict_def, ordered_keys_def, ordered_values_def, ordered_items_def, ordered_iterator_def;

#endif
