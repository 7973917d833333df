// SPDX-License-Identifier: MIT
//
// SipHash-1-3 (J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF", with one compression and three
// finalisation rounds): the keyed hash behind str and bytes. With a secret random key nobody outside can prepare
// strings that collide.
#ifndef AIOLOS_VM_NUMBER_HASH_H
#define AIOLOS_VM_NUMBER_HASH_H

#include <stddef.h>
#include <stdint.h>

// Hash of size bytes at data under a 128-bit key. The result is the same on every machine.
uint64_t siphash13(const uint64_t key[2], const void *data, size_t size);

#endif
