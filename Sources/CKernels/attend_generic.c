/* Attention, in vectors that any processor has. */
#define LANES 4
#define QUERIES 4
#include "attend_lanes.h"

void smv_attend_generic(smv_tensor_kernels *table) { enter_attend(table); }
