/* The kernel calls a confined process may make, as a seccomp filter.
 *
 * What is not listed answers ENOSYS, so a library that tries something newer falls back as it would
 * on an older kernel; what is forbidden on purpose (new processes, programs, sockets, files to
 * write) answers EPERM or EACCES. */
#define _GNU_SOURCE
#include "layers.h"

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define SMV_AUDIT_ARCH AUDIT_ARCH_X86_64
#else
#define SMV_AUDIT_ARCH AUDIT_ARCH_AARCH64
#endif

_Static_assert(sizeof(smv_call_step) == sizeof(struct sock_filter), "a step is an instruction");

/* Harmless whatever the arguments. */
static const int allowed[] = {
    /* memory */
    SYS_brk, SYS_mmap, SYS_munmap, SYS_mprotect, SYS_mremap, SYS_madvise, SYS_mincore, SYS_msync,
    SYS_membarrier, SYS_mlock, SYS_munlock, SYS_set_mempolicy,
    /* what is open already, and looking around */
    SYS_read, SYS_readv, SYS_pread64, SYS_preadv, SYS_write, SYS_writev, SYS_pwrite64, SYS_lseek,
    SYS_close, SYS_dup, SYS_dup3, SYS_fstat, SYS_newfstatat, SYS_statx, SYS_faccessat,
    SYS_readlinkat, SYS_getdents64, SYS_getcwd, SYS_statfs, SYS_fstatfs, SYS_fadvise64, SYS_ppoll,
    SYS_pselect6, SYS_pipe2, SYS_umask,
#ifdef SYS_close_range
    SYS_close_range,
#endif
#ifdef SYS_faccessat2
    SYS_faccessat2,
#endif
#ifdef SYS_open /* the older calls that x86-64 still has */
    SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_poll, SYS_select, SYS_pipe, SYS_dup2,
    SYS_getdents, SYS_time, SYS_getrlimit, SYS_arch_prctl, SYS_getpgrp,
#endif
    /* the connection to the parent; there is no way to a new one */
    SYS_sendmsg, SYS_recvmsg, SYS_sendto, SYS_recvfrom, SYS_shutdown,
    /* threads, signals, ends */
    SYS_futex, SYS_set_robust_list, SYS_get_robust_list, SYS_set_tid_address, SYS_gettid, SYS_getpid,
    SYS_getppid, SYS_getpgid, SYS_getsid, SYS_exit, SYS_exit_group, SYS_sched_yield,
    SYS_sched_getaffinity, SYS_sched_setaffinity, SYS_sched_getparam, SYS_sched_getscheduler,
    SYS_sched_get_priority_max, SYS_sched_get_priority_min, SYS_get_mempolicy, SYS_getcpu,
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigsuspend, SYS_sigaltstack,
    SYS_restart_syscall, SYS_wait4, SYS_waitid, SYS_prctl, SYS_seccomp,
#ifdef SYS_rseq
    SYS_rseq,
#endif
#ifdef SYS_pidfd_open
    SYS_pidfd_open,
#endif
    /* clocks, names, numbers */
    SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday,
    SYS_times, SYS_getrusage, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getgroups,
    SYS_getresuid, SYS_getresgid, SYS_uname, SYS_sysinfo, SYS_getrandom, SYS_capget,
};

/* What a process that starts programs needs besides. */
static const int allowed_to_start[] = {
    SYS_setrlimit, SYS_capset, 444, 445, 446, /* Landlock: more rules only forbid more */
};

/* Forbidden by name: a reader of the filter sees them, and they answer EPERM. */
static const int forbidden[] = {
    SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4,
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_unshare, SYS_setns, SYS_mount,
    SYS_umount2, SYS_chroot, SYS_pivot_root, SYS_unlinkat, SYS_renameat, SYS_mkdirat, SYS_symlinkat,
    SYS_linkat, SYS_fchmodat, SYS_fchownat, SYS_truncate, SYS_ftruncate, SYS_mknodat, SYS_kexec_load,
    SYS_bpf, SYS_keyctl, SYS_add_key, SYS_request_key, SYS_setuid, SYS_setgid, SYS_setpgid,
    SYS_setsid,
};

#define SMV_FIELD(name) ((uint32_t)offsetof(struct seccomp_data, name))
/* The lower half of an argument, where the flags are. */
#define SMV_ARGUMENT(index) (SMV_FIELD(args) + 8u * (index))
#define SMV_FAIL(number) (SECCOMP_RET_ERRNO | (uint32_t)(number))

static void step(smv_layers *layers, unsigned code, uint32_t value, unsigned if_true,
                 unsigned if_false) {
    /* One too many and there is no filter: see the end of `smv_calls_prepare`. */
    if (layers->call_count < SMV_CALL_CAPACITY)
        layers->calls[layers->call_count] = (smv_call_step){
            (uint16_t)code, (uint8_t)if_true, (uint8_t)if_false, value};
    layers->call_count++;
}

static void give(smv_layers *layers, uint32_t action) {
    step(layers, BPF_RET | BPF_K, action, 0, 0);
}

static void load(smv_layers *layers, uint32_t field) {
    step(layers, BPF_LD | BPF_W | BPF_ABS, field, 0, 0);
}

/* When the call is `number`: `action`. */
static void on_call(smv_layers *layers, int number, uint32_t action) {
    step(layers, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1);
    give(layers, action);
}

/* When the call is `number`: allowed when none of `bits` is set in the argument, else `action`. */
static void on_call_without(smv_layers *layers, int number, unsigned argument, uint32_t bits,
                            uint32_t action) {
    step(layers, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 4);
    load(layers, SMV_ARGUMENT(argument));
    step(layers, BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
    give(layers, action);
    give(layers, SECCOMP_RET_ALLOW);
}

/* When the call is `number`: allowed when the argument equals `value`, else `action`. */
static void on_call_equal(smv_layers *layers, int number, unsigned argument, uint32_t value,
                          uint32_t action) {
    step(layers, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 4);
    load(layers, SMV_ARGUMENT(argument));
    step(layers, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    give(layers, SECCOMP_RET_ALLOW);
    give(layers, action);
}

/* Not those that have a signal sent to somebody else. */
static void on_fcntl(smv_layers *layers) {
    step(layers, BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0, 6);
    load(layers, SMV_ARGUMENT(1));
    step(layers, BPF_JMP | BPF_JEQ | BPF_K, F_SETOWN, 2, 0);
    step(layers, BPF_JMP | BPF_JEQ | BPF_K, F_SETSIG, 1, 0);
    step(layers, BPF_JMP | BPF_JEQ | BPF_K, F_SETOWN_EX, 0, 1);
    give(layers, SMV_FAIL(EPERM));
    give(layers, SECCOMP_RET_ALLOW);
}

static void on_clone(smv_layers *layers, int may_start) {
    const uint32_t spaces = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                            CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP;
    if (may_start) {
        on_call_without(layers, SYS_clone, 0, spaces, SMV_FAIL(EPERM));
        return;
    }
    /* A thread, nothing else. */
    step(layers, BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4);
    load(layers, SMV_ARGUMENT(0));
    step(layers, BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1);
    give(layers, SECCOMP_RET_ALLOW);
    give(layers, SMV_FAIL(EPERM));
}

void smv_calls_prepare(smv_layers *layers) {
    const int may_start = layers->rules->may_start_processes && !layers->for_program;
    const int may_exec = layers->rules->may_start_processes || layers->for_program;
    const uint32_t writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;

    load(layers, SMV_FIELD(arch));
    step(layers, BPF_JMP | BPF_JEQ | BPF_K, SMV_AUDIT_ARCH, 1, 0);
    give(layers, SECCOMP_RET_KILL_PROCESS);
    load(layers, SMV_FIELD(nr));
#ifdef __x86_64__
    step(layers, BPF_JMP | BPF_JGE | BPF_K, 0x40000000u, 0, 1); /* the x32 calls */
    give(layers, SMV_FAIL(ENOSYS));
#endif
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
        on_call(layers, allowed[i], SECCOMP_RET_ALLOW);
    if (may_exec)
        for (size_t i = 0; i < sizeof allowed_to_start / sizeof allowed_to_start[0]; i++)
            on_call(layers, allowed_to_start[i], SECCOMP_RET_ALLOW);
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++)
        on_call(layers, forbidden[i], SMV_FAIL(EPERM));

    on_call_without(layers, SYS_openat, 2, writing, SMV_FAIL(EACCES));
#ifdef SYS_open
    on_call_without(layers, SYS_open, 1, writing, SMV_FAIL(EACCES));
    on_call(layers, SYS_fork, may_start ? SECCOMP_RET_ALLOW : SMV_FAIL(EPERM));
    on_call(layers, SYS_vfork, may_start ? SECCOMP_RET_ALLOW : SMV_FAIL(EPERM));
#endif
    on_clone(layers, may_start);
    /* clone3 keeps its flags in memory, out of the filter's reach: the C library then uses clone. */
    on_call(layers, SYS_execve, may_exec ? SECCOMP_RET_ALLOW : SMV_FAIL(EPERM));
    on_call(layers, SYS_execveat, SMV_FAIL(EPERM));

    on_fcntl(layers);

    /* One's own limits may be read, and lowered before a program starts. */
    if (may_exec)
        on_call_equal(layers, SYS_prlimit64, 0, 0, SMV_FAIL(EPERM));
    else
        on_call_without(layers, SYS_prlimit64, 2, 0xFFFFFFFFu, SMV_FAIL(EPERM));
    /* Signals to oneself, and to the programs one has started. A started program is not told apart
     * here, since its number is not known yet; it can end itself without a signal. */
    if (may_start) {
        on_call(layers, SYS_kill, SECCOMP_RET_ALLOW);
        on_call(layers, SYS_tgkill, SECCOMP_RET_ALLOW);
    } else if (!layers->for_program) {
        on_call_equal(layers, SYS_kill, 0, (uint32_t)getpid(), SMV_FAIL(EPERM));
        on_call_equal(layers, SYS_tgkill, 0, (uint32_t)getpid(), SMV_FAIL(EPERM));
    } else {
        on_call(layers, SYS_kill, SMV_FAIL(EPERM));
        on_call(layers, SYS_tgkill, SMV_FAIL(EPERM));
    }
    /* "Is this a terminal?": nothing else is asked of devices. */
    on_call_equal(layers, SYS_ioctl, 1, TCGETS, SMV_FAIL(ENOTTY));
    give(layers, SMV_FAIL(ENOSYS));

    if (layers->call_count > SMV_CALL_CAPACITY) layers->call_count = 0;
    /* Does the kernel know filters at all? */
    uint32_t action = SECCOMP_RET_ERRNO;
    if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) != 0 && errno == ENOSYS)
        layers->call_count = 0;
}

int smv_calls_apply(const smv_layers *layers) {
    if (!layers->call_count) return 0;
    struct sock_fprog program = {(unsigned short)layers->call_count,
                                 (struct sock_filter *)(uintptr_t)layers->calls};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                   layers->for_program ? 0u : SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}

#else

void smv_calls_prepare(smv_layers *layers) { (void)layers; }
int smv_calls_apply(const smv_layers *layers) {
    (void)layers;
    return 0;
}

#endif
