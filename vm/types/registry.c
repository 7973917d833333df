// SPDX-License-Identifier: MIT
//
// The one list of built-in types.

#include "registry.h"

#include "bytes.h"
#include "generator.h"
#include "int.h"
#include "iterators.h"
#include "list.h"
#include "set.h"
#include "slice.h"
#include "str.h"
#include "tuple.h"
#include "vm/core/type.h"

extern const TypeDef none_def, ellipsis_def, not_implemented_def, code_def, cell_def, function_def, method_def,
    native_def, native_method_def, class_method_def, method_wrapper_def, slot_wrapper_def, getset_def, member_def,
    property_def, classmethod_def, staticmethod_def, super_def, module_def, bound_slot_def, generic_alias_def,
    union_def, exception_def, traceback_def, frame_def;

const TypeDef *const core_type_defs[] = {
    &object_def,
    &none_def,
    &ellipsis_def,
    &not_implemented_def,
    &int_def,
    &bool_def,
    &float_def,
    &complex_def,
    &str_def,
    &bytes_def,
    &bytearray_def,
    &memoryview_def,
    &tuple_def,
    &list_def,
    &dict_def,
    &set_def,
    &frozenset_def,
    &range_def,
    &slice_def,
    &code_def,
    &cell_def,
    &function_def,
    &native_def,
    &method_def,
    &native_method_def,
    &slot_wrapper_def,
    &method_wrapper_def,
    &class_method_def,
    &getset_def,
    &member_def,
    &property_def,
    &classmethod_def,
    &staticmethod_def,
    &super_def,
    &module_def,
    &mapping_proxy_def,
    &generator_def,
    &coroutine_def,
    &async_generator_def,
    &coroutine_wrapper_def,
    &asend_def,
    &athrow_def,
    &exception_def,
    &traceback_def,
    &frame_def,
    &generic_alias_def,
    &union_def,
    NULL,
};

const RegisteredType other_type_defs[] = {
    {&list_iterator_def, NULL}, {&tuple_iterator_def, NULL}, {&list_reverse_iterator_def, NULL}, {&sequence_iterator_def, NULL},
    {&callable_iterator_def, NULL}, {&reversed_def, NULL}, {&enumerate_def, NULL}, {&zip_def, NULL}, {&map_def, NULL}, {&filter_def, NULL},
    {&range_iterator_def, NULL}, {&long_range_iterator_def, NULL}, {&dict_keys_def, NULL}, {&dict_values_def, NULL}, {&dict_items_def, NULL},
    {&dict_key_iterator_def, NULL}, {&dict_value_iterator_def, NULL}, {&dict_item_iterator_def, NULL}, {&dict_reverse_key_iterator_def, NULL},
    {&dict_reverse_value_iterator_def, NULL}, {&dict_reverse_item_iterator_def, NULL}, {&set_iterator_def, NULL}, {&str_iterator_def, NULL}, {&str_ascii_iterator_def, NULL},
    {&bytes_iterator_def, NULL}, {&bytearray_iterator_def, NULL}, {&memory_iterator_def, NULL}, {&bound_slot_def, NULL}, {0},
};
