/* libcurl, opened at run time: it brings some thirty libraries with it, and most runs need none. */
#ifndef SMV_CTRANSFER_H
#define SMV_CTRANSFER_H

#include <stddef.h>
#include <stdint.h>

#endif
