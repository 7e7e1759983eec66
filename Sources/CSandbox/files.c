/* The files a confined process may reach, as Landlock rules: those of the system for reading, the
 * programs it may start, and nothing to write. Also the end of root's privileges. */
#define _GNU_SOURCE
#include "layers.h"

#ifdef __linux__

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* From the kernel's interface; headers of older systems lack them. */
enum { landlock_create = 444, landlock_add = 445, landlock_restrict = 446 };
enum { rule_path_beneath = 1, version_query = 1 };
#define FS_EXECUTE (1ull << 0)
#define FS_WRITE_FILE (1ull << 1)
#define FS_READ_FILE (1ull << 2)
#define FS_READ_DIR (1ull << 3)
#define FS_ALL_OF_VERSION_1 ((1ull << 13) - 1)
#define FS_REFER (1ull << 13)
#define FS_TRUNCATE (1ull << 14)
#define FS_IOCTL_DEV (1ull << 15)
#define NET_BIND_AND_CONNECT 3ull
#define SCOPE_SOCKETS_AND_SIGNALS 3ull

struct ruleset {
    uint64_t files, network, scoped;
};
struct path_rule {
    uint64_t allowed;
    int32_t folder;
} __attribute__((packed));

/* Libraries, fonts, encodings, and what the C library asks for. No home folders, no data. */
static const char *const system_paths[] = {
    "/usr", "/lib", "/lib64", "/lib32", "/bin", "/etc", "/opt", "/nix/store", "/gnu/store",
    "/var/cache/fontconfig", "/proc", "/sys/devices/system", "/dev/null", "/dev/zero",
    "/dev/urandom", NULL,
};
static const char *const loaders[] = {
    "/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-x86_64.so.1",
    "/lib/ld-musl-aarch64.so.1", NULL,
};

static void allow_descriptor(int ruleset, int descriptor, uint64_t access) {
    struct stat about;
    if (fstat(descriptor, &about) != 0) return;
    if (!S_ISDIR(about.st_mode)) access &= ~FS_READ_DIR;
    struct path_rule rule = {access, descriptor};
    syscall(landlock_add, ruleset, rule_path_beneath, &rule, 0);
}

static void allow_path(int ruleset, const char *path, uint64_t access) {
    int descriptor = open(path, O_PATH | O_CLOEXEC);
    if (descriptor < 0) return;
    allow_descriptor(ruleset, descriptor, access);
    close(descriptor);
}

static void allow_paths(int ruleset, const char *const *paths, uint64_t access) {
    for (; paths && *paths; paths++) allow_path(ruleset, *paths, access);
}

void smv_files_prepare(smv_layers *layers) {
    long version = syscall(landlock_create, NULL, 0, version_query);
    if (version < 1) return;
    struct ruleset set = {FS_ALL_OF_VERSION_1, 0, 0};
    size_t size = sizeof set.files;
    if (version >= 2) set.files |= FS_REFER;
    if (version >= 3) set.files |= FS_TRUNCATE;
    if (version >= 4) {
        set.network = NET_BIND_AND_CONNECT;
        size = offsetof(struct ruleset, scoped);
    }
    if (version >= 5) set.files |= FS_IOCTL_DEV;
    if (version >= 6) {
        set.scoped = SCOPE_SOCKETS_AND_SIGNALS;
        size = sizeof set;
    }
    int ruleset = (int)syscall(landlock_create, &set, size, 0);
    if (ruleset < 0) return;

    const uint64_t read = FS_READ_FILE | FS_READ_DIR;
    allow_paths(ruleset, system_paths, read);
    allow_paths(ruleset, layers->rules->readable, read);
    char folder[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);
    if (length > 0) { /* the decoder libraries lie beside the program */
        folder[length] = 0;
        char *slash = strrchr(folder, '/');
        if (slash && slash != folder) {
            *slash = 0;
            allow_path(ruleset, folder, read);
        }
    }
    if (layers->rules->input >= 0)
        allow_descriptor(ruleset, layers->rules->input, FS_READ_FILE);
    if (layers->rules->programs) {
        allow_paths(ruleset, layers->rules->programs, FS_EXECUTE | FS_READ_FILE);
        allow_paths(ruleset, loaders, FS_EXECUTE | FS_READ_FILE);
    }
    layers->file_rules = ruleset;
}

int smv_files_apply(const smv_layers *layers) {
    return layers->file_rules >= 0 && syscall(landlock_restrict, layers->file_rules, 0) == 0;
}

void smv_drop_privileges(void) {
    struct {
        uint32_t version;
        int process;
    } header = {0x20080522, 0};
    struct {
        uint32_t effective, permitted, inheritable;
    } none[2] = {{0, 0, 0}, {0, 0, 0}};
    syscall(SYS_capset, &header, none);
}

#else

void smv_files_prepare(smv_layers *layers) { (void)layers; }
int smv_files_apply(const smv_layers *layers) {
    (void)layers;
    return 0;
}
void smv_drop_privileges(void) {}

#endif
