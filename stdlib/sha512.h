// SPDX-License-Identifier: MIT
//
// SHA-512 (FIPS 180-4), for the seeding of random from text.
#ifndef AIOLOS_STDLIB_SHA512_H
#define AIOLOS_STDLIB_SHA512_H

#include <stddef.h>
#include <stdint.h>

// SHA-512 of size bytes (FIPS 180-4) into 64 bytes.
void sha512(const void *data, size_t size, unsigned char out[64]);

#endif
