/* Video decoded by a library that is opened at run time. */
#ifndef SMV_VIDEO_PLUGIN_H
#define SMV_VIDEO_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#endif
