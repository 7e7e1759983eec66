#ifndef SMV_CKERNELS_H
#define SMV_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "TensorKernels.h"

#endif
