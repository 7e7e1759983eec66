#ifndef SMV_CSANDBOX_H
#define SMV_CSANDBOX_H

#include <stddef.h>
#include <stdint.h>

#endif
