#ifndef SMV_CHEIFSTILL_H
#define SMV_CHEIFSTILL_H

#include "CPlugin.h"

#endif
