/* Which layers a confined process gets, and in which order they are put on. */
#define _GNU_SOURCE
#include "layers.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#ifdef __linux__
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#if defined(__SANITIZE_ADDRESS__)
#define SMV_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SMV_ADDRESS_SANITIZER 1
#endif
#endif

/* Lowers a limit for good; a lower one that is already there stays. */
static int lower_limit(int which, uint64_t value) {
    struct rlimit limit;
    if (getrlimit(which, &limit) != 0) return 0;
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < value) value = limit.rlim_max;
    limit.rlim_cur = limit.rlim_max = (rlim_t)value;
    return setrlimit(which, &limit) == 0;
}

/* Bytes of address space in use. */
static uint64_t mapped_bytes(void) {
#ifdef __linux__
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long long pages = 0;
    if (file) {
        if (fscanf(file, "%llu", &pages) != 1) pages = 0;
        fclose(file);
    }
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
#else
    return 0;
#endif
}

void smv_layers_prepare(smv_layers *layers, const smv_rules *rules, int for_program) {
    memset(layers, 0, sizeof *layers);
    layers->rules = rules;
    layers->for_program = for_program;
    layers->address_space = rules->memory_bytes;
    if (layers->address_space && !for_program) layers->address_space += mapped_bytes();
#ifdef SMV_ADDRESS_SANITIZER
    /* It maps terabytes, and more as it goes; a program that is started is not built with it. */
    if (!for_program) layers->address_space = 0;
#endif
    layers->file_rules = -1;
    smv_calls_prepare(layers);
    smv_files_prepare(layers);
}

void smv_layers_release(smv_layers *layers) {
    if (layers->file_rules >= 0) close(layers->file_rules);
    layers->file_rules = -1;
}

unsigned smv_layers_apply(const smv_layers *layers) {
    const smv_rules *rules = layers->rules;
    unsigned on = 0;
    int limited = lower_limit(RLIMIT_CORE, 0) & lower_limit(RLIMIT_FSIZE, rules->file_bytes);
    if (rules->open_files) limited &= lower_limit(RLIMIT_NOFILE, rules->open_files);
    if (rules->cpu_seconds) limited &= lower_limit(RLIMIT_CPU, rules->cpu_seconds);
#ifdef __linux__
    if (layers->address_space) limited &= lower_limit(RLIMIT_AS, layers->address_space);
#endif
#ifndef __linux__
    /* Here threads do not count as processes, and nothing else would forbid new ones. */
    if (!rules->may_start_processes && !layers->for_program)
        limited &= lower_limit(RLIMIT_NPROC, 0);
#endif
    if (limited) on |= SMV_LAYER_LIMITS;
#ifdef __linux__
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return on;
    if (smv_files_apply(layers)) on |= SMV_LAYER_FILES;
    /* A name space of its own costs about as much as all the rest together and gives nothing that
     * the filter does not. */
    if (!layers->call_count && syscall(SYS_unshare, CLONE_NEWNET) == 0) on |= SMV_LAYER_NETWORK;
    smv_drop_privileges();
    if (smv_calls_apply(layers)) on |= SMV_LAYER_CALLS;
#endif
    return on;
}

unsigned smv_confine(const smv_rules *rules) {
    smv_layers layers;
    smv_layers_prepare(&layers, rules, 0);
    unsigned on = smv_layers_apply(&layers);
    smv_layers_release(&layers);
    return on;
}

/* Crashes for want of memory */

static size_t memory_probe;

static void on_crash(int number) {
    void *piece = mmap(NULL, memory_probe, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (piece == MAP_FAILED) _exit(SMV_EXIT_NO_MEMORY);
    /* The handler is gone (SA_RESETHAND): this time the signal kills. */
    raise(number);
}

void smv_mark_memory_crashes(size_t probe_bytes) {
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE};
    static char stack[64 << 10];
    stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
    memory_probe = probe_bytes;
    if (sigaltstack(&other, NULL) != 0) return;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_crash;
    action.sa_flags = SA_ONSTACK | (int)SA_RESETHAND | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++)
        sigaction(crashes[i], &action, NULL);
}
