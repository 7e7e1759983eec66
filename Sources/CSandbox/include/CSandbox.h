/* Processes that may do little: started with a handful of descriptors, limited in memory, time and
 * files, and shut off from the network, from other processes and from files that are none of their
 * business.
 *
 * Each layer is put on where the kernel has it and left out where it has not; `smv_confine` says
 * which are on. Only Linux has the filters (seccomp, Landlock); elsewhere the resource limits alone
 * hold.
 */
#ifndef SMV_CSANDBOX_H
#define SMV_CSANDBOX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What a confined process may still do. */
typedef struct smv_rules {
    /* Address space: added to what is mapped now for `smv_confine`, in all for `smv_spawn`. 0: as
     * much as there is. */
    uint64_t memory_bytes;
    uint32_t cpu_seconds; /* of all its threads together; 0: no limit */
    uint32_t open_files;
    /* The size to which it may write what it has been given open; it can open nothing to write. */
    uint64_t file_bytes;
    /* Whether it may start processes, and which programs: paths, ended by NULL. With `smv_spawn`
     * the started program may replace itself by one of these, but start no process. */
    int may_start_processes;
    const char *const *programs;
    /* Folders and files it may read besides those of the system; paths, ended by NULL. */
    const char *const *readable;
    /* A descriptor whose file may be opened again for reading (by /proc/self/fd), or -1. */
    int input;
} smv_rules;

/* The layers that are on. */
enum {
    SMV_LAYER_LIMITS = 1,  /* resource limits */
    SMV_LAYER_CALLS = 2,   /* seccomp: the kernel calls that are known to be needed */
    SMV_LAYER_FILES = 4,   /* Landlock: files of the system to read, nothing to write */
    SMV_LAYER_NETWORK = 8, /* a network name space of its own; tried only where seccomp is missing */
};

/* Confines the calling process for good, all its threads. Returns the layers that are on. */
unsigned smv_confine(const smv_rules *rules);

/* From now on a crash for want of memory ends the process with SMV_EXIT_NO_MEMORY: a crash counts as
 * one when not even `probe_bytes` can be had any more. */
void smv_mark_memory_crashes(size_t probe_bytes);
enum { SMV_EXIT_NO_MEMORY = 86 };

typedef struct smv_spawn_request {
    const char *program;            /* a path; no search */
    const char *const *arguments;   /* the program's own name first; ended by NULL */
    const char *const *environment; /* all of it; ended by NULL */
    const int *descriptors;         /* these become 0, 1, 2, ...; all others are closed */
    size_t descriptor_count;
    int own_group;          /* whether it leads a process group of its own */
    const smv_rules *rules; /* NULL: not confined */
} smv_spawn_request;

/* Starts a program that dies with the calling thread. Returns 0 and its id, or an errno. */
int smv_spawn(const smv_spawn_request *request, pid_t *pid);

/* Waits until a child has ended, for at most `timeout_ms` (-1: for ever), and reaps it. Returns 1 and
 * its status, 0 when it still runs, or -1 when there is no such child. */
int smv_reap(pid_t pid, int timeout_ms, int *exit_code, int *signal_number);

/* Two ends of a connection, closed on exec. Returns 0 or an errno. */
int smv_channel(int ends[2]);
/* Two ends of a pipe, closed on exec; what is read comes from ends[0]. Returns 0 or an errno. */
int smv_pipe(int ends[2]);
/* Lets a pipe hold a mebibyte where the system can. */
void smv_pipe_widen(int end);

/* Sends bytes, with a descriptor unless it is -1, and never waits nor raises SIGPIPE. Returns the
 * bytes sent, or -errno. */
ssize_t smv_send(int channel, const void *bytes, size_t count, int descriptor);
/* Receives bytes and, where one came with them, a descriptor (else -1), closed on exec. Returns 0
 * at the end, or -errno. */
ssize_t smv_receive(int channel, void *bytes, size_t capacity, int *descriptor);

/* How many processors this process may use. */
int smv_processors(void);

/* Anonymous memory of `byte_count` bytes behind a descriptor; its size is fixed for good where the
 * kernel can do that. Returns the descriptor or -errno. */
int smv_memory(size_t byte_count);
/* Forbids all writing to such memory. Returns 0, or an errno: EBUSY when somebody still has it mapped
 * for writing. */
int smv_memory_freeze(int descriptor);
/* An unnamed file that grows as it is written: in a temporary folder, else in memory. Returns the
 * descriptor or -errno. */
int smv_spool(const char *folder);

/* Trials of what the process may do; each returns 0 when it may, else an errno. The tests ask a
 * confined process to make them. */
int smv_try_socket(int family);
int smv_try_process(void);
int smv_try_exec(const char *path);
int smv_try_open(const char *path, int for_writing);
int smv_try_ptrace(pid_t pid);
int smv_try_signal(pid_t pid);

#endif
