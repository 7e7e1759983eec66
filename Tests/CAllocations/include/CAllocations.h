/* Counts what is allocated, for tests. */
#ifndef SMV_CALLOCATIONS_H
#define SMV_CALLOCATIONS_H

#include <stddef.h>

/* Whether allocations are counted: with glibc, and not under AddressSanitizer, which replaces the
 * same functions. */
int smv_counts_allocations(void);

/* How often the calling thread has asked for memory since it began. */
size_t smv_thread_allocations(void);

#endif
