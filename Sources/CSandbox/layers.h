/* What is worked out before a process is confined, so that putting it on is kernel calls alone: it
 * also happens between vfork and exec, where the memory is the parent's. */
#ifndef SMV_LAYERS_H
#define SMV_LAYERS_H

#include "CSandbox.h"

enum { SMV_CALL_CAPACITY = 640 };

/* One instruction of a packet filter: the layout of `struct sock_filter`. */
typedef struct smv_call_step {
    uint16_t code;
    uint8_t if_true, if_false;
    uint32_t value;
} smv_call_step;

typedef struct smv_layers {
    const smv_rules *rules;
    int for_program;
    uint64_t address_space;
    smv_call_step calls[SMV_CALL_CAPACITY]; /* the seccomp filter; none where there is none */
    size_t call_count;
    int file_rules; /* the Landlock rules, or -1 */
} smv_layers;

void smv_layers_prepare(smv_layers *layers, const smv_rules *rules, int for_program);
/* Only kernel calls. */
unsigned smv_layers_apply(const smv_layers *layers);
void smv_layers_release(smv_layers *layers);

void smv_calls_prepare(smv_layers *layers);
int smv_calls_apply(const smv_layers *layers);
void smv_files_prepare(smv_layers *layers);
int smv_files_apply(const smv_layers *layers);
void smv_drop_privileges(void);

#endif
