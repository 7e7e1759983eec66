/* What the loops that find a processor's peaks share. Private to CKernels. */
#ifndef SMV_PEAKS_H
#define SMV_PEAKS_H

#include "blocks.h"

/* Keeps the compiler from knowing that a value is what it was the round before, so that it works
 * every round out; costs nothing at run time. */
#if defined(__x86_64__)
#define SMV_FORGET(vector) __asm__("" : "+v"(vector))
#endif
#define SMV_FORGET_ADDRESS(address) __asm__("" : "+r"(address))

/* The sum of all chains, in order: the same for every variant. */
static inline float smv_sum_of_chains(const float *chains) {
    float sum = 0;
    for (size_t c = 0; c < SMV_PEAK_CHAINS; c++) sum += chains[c];
    return sum;
}

#endif
