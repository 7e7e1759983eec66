#include "CHEIFStill.h"
#include <libheif/heif.h>
