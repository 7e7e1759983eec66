#include "CVideo.h"
#include <libavformat/avformat.h>
