/* Stills decoded by a library that is opened at run time. */
#ifndef SMV_STILL_PLUGIN_H
#define SMV_STILL_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#endif
