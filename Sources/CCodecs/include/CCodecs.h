#ifndef SMV_CCODECS_H
#define SMV_CCODECS_H

#include <stddef.h>
#include <stdint.h>

#endif
