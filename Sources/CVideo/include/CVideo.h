#ifndef SMV_CVIDEO_H
#define SMV_CVIDEO_H

#include "CPlugin.h"

#endif
