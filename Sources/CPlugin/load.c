#define _GNU_SOURCE
#include "CPlugin.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Opens `file` in the folder of the file `beside`. */
static void *open_beside(const char *beside, const char *file) {
    const char *slash = strrchr(beside, '/');
    char path[PATH_MAX];
    if (!slash) return NULL;
    int written = snprintf(path, sizeof path, "%.*s/%s", (int)(slash - beside), beside, file);
    if (written < 0 || (size_t)written >= sizeof path || access(path, R_OK) != 0) return NULL;
    return dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

static void *open_library(const char *file) {
    void *library = NULL;
#ifdef __linux__
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length > 0) {
        program[length] = 0;
        library = open_beside(program, file);
    }
#endif
    Dl_info here;
    if (!library && dladdr((void *)(size_t)&smv_plugin_table, &here) && here.dli_fname)
        library = open_beside(here.dli_fname, file);
    return library ? library : dlopen(file, RTLD_NOW | RTLD_LOCAL);
}

const void *smv_plugin_table(const char *file, const char *symbol, char *reason,
                             size_t reason_capacity) {
    void *library = open_library(file);
    void *entry = library ? dlsym(library, symbol) : NULL;
    if (!entry) {
        const char *said = dlerror();
        snprintf(reason, reason_capacity, "%s", said ? said : "it lacks what it should have");
        return NULL;
    }
    const void *(*table)(void);
    memcpy(&table, &entry, sizeof table);
    return table();
}
